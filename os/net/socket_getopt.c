/* getsockopt at SOL_SOCKET: see socket_setopt.c. */
#include <asm/socket.h>

#include "base/string.h"
#include "net/linux.h"
#include "net/socket.h"
#include "net/socket_opt.h"

/* As much of the value as the program has room for. */
static int give(void *val, unsigned *len, const void *from, size_t n)
{
    *len = (unsigned)MIN(*len, n);
    memcpy(val, from, *len);
    return 0;
}

static int give_timeout(void *val, unsigned *len, nsec_t t)
{
    s64 tv[2] = {(s64)(t / NSEC_PER_SEC), (s64)(t % NSEC_PER_SEC / 1000)};
    return give(val, len, tv, sizeof(tv));
}

static int give_device(struct socket *s, void *val, unsigned *len)
{
    char name[16];
    if (!s->bound_if) {
        *len = 0;
        return 0;
    }
    if (*len < sizeof(name))
        return -EINVAL;
    if (!sock_if_name || !sock_if_name(s->bound_if, name))
        return -ENODEV;
    return give(val, len, name, str_nlen(name, sizeof(name) - 1) + 1);
}

static int give_peer(struct socket *s, void *val, unsigned *len)
{
    char name[SOCK_NAME_MAX] = {0};
    int n = s->ops->getname ? s->ops->getname(s, name, true) : -ENOTCONN;
    if (n < 0)
        return -ENOTCONN;
    if ((unsigned)n < *len)
        return -EINVAL;
    memcpy(val, name, *len);
    return 0;
}

static bool stamp_is(const struct socket *s, u32 bit, bool newer)
{
    return s->options & bit && newer == !!(s->options & SOCK_OPT_TIMESTAMP_NEW);
}

/* Those whose value is an int; false: none of them. */
static bool get_int(struct socket *s, int name, int *v)
{
    switch (name) {
    case SO_TYPE:
        *v = s->type;
        return true;
    case SO_PROTOCOL:
        *v = s->protocol;
        return true;
    case SO_DOMAIN:
        *v = s->family;
        return true;
    case SO_ERROR:
        *v = -sock_error(s);
        return true;
    case SO_ACCEPTCONN:
        *v = !!(s->options & SOCK_OPT_LISTENING);
        return true;
    case SO_SNDBUF:
        *v = (int)s->sndbuf;
        return true;
    case SO_RCVBUF:
        *v = (int)s->rcvbuf;
        return true;
    case SO_PRIORITY:
        *v = (int)s->priority;
        return true;
    case SO_MARK:
        *v = (int)s->mark;
        return true;
    case SO_RCVLOWAT:
        *v = (int)s->rcvlowat;
        return true;
    case SO_SNDLOWAT:
        *v = 1;
        return true;
    case SO_TIMESTAMP_OLD:
    case SO_TIMESTAMP_NEW:
        *v = stamp_is(s, SOCK_OPT_TIMESTAMP, name == SO_TIMESTAMP_NEW);
        return true;
    case SO_TIMESTAMPNS_OLD:
    case SO_TIMESTAMPNS_NEW:
        *v = stamp_is(s, SOCK_OPT_TIMESTAMPNS, name == SO_TIMESTAMPNS_NEW);
        return true;
    case SO_BINDTOIFINDEX:
        *v = (int)s->bound_if;
        return true;
    case SO_BUF_LOCK:
        *v = (s->options & SOCK_OPT_SNDBUF_LOCK ? 1 : 0) |
             (s->options & SOCK_OPT_RCVBUF_LOCK ? 2 : 0);
        return true;
    case SO_INCOMING_CPU:
    case SO_BSDCOMPAT:
    case SO_BUSY_POLL:
    case SO_ZEROCOPY:
    case SO_LOCK_FILTER:
    case SO_INCOMING_NAPI_ID:
        *v = 0;
        return true;
    default:
        return false;
    }
}

int sock_getopt(struct socket *s, int name, void *val, unsigned *len)
{
    int v;
    for (unsigned i = 0; i < sock_nflags; i++)
        if (sock_flags[i].name == name) {
            v = !!(s->options & sock_flags[i].bit);
            return give(val, len, &v, sizeof(v));
        }
    if (get_int(s, name, &v))
        return give(val, len, &v, sizeof(v));
    switch (name) {
    case SO_LINGER: {
        s32 l[2] = {!!(s->options & SOCK_OPT_LINGER), s->linger};
        return give(val, len, l, sizeof(l));
    }
    case SO_RCVTIMEO_OLD:
    case SO_RCVTIMEO_NEW:
        return give_timeout(val, len, s->rcv_timeout);
    case SO_SNDTIMEO_OLD:
    case SO_SNDTIMEO_NEW:
        return give_timeout(val, len, s->snd_timeout);
    case SO_PEERCRED: {
        u32 c[3] = {s->peer_pid, s->peer_uid, s->peer_gid};
        if (!c[0])
            c[1] = c[2] = ~0u;
        return give(val, len, c, sizeof(c));
    }
    case SO_PEERNAME:
        return give_peer(s, val, len);
    case SO_BINDTODEVICE:
        return give_device(s, val, len);
    case SO_COOKIE:
        if (*len < sizeof(s->ino))
            return -EINVAL;
        return give(val, len, &s->ino, sizeof(s->ino));
    default:
        return -ENOPROTOOPT;
    }
}
