/* setsockopt at SOL_SOCKET, as far as all families answer alike: what a family does more than note
 * is done by its own op, which is asked first (sys/net_sockopt.c). */
#include <asm/socket.h>

#include "base/string.h"
#include "net/linux.h"
#include "net/socket.h"
#include "net/socket_opt.h"
#include "vfs/cred.h"

#define BUF_MAX 212992u /* net.core.rmem_max, wmem_max */
#define SNDBUF_MIN 4608u
#define RCVBUF_MIN 2304u

const struct sock_flag sock_flags[] = {
    {SO_DEBUG, SOCK_OPT_DEBUG},
    {SO_REUSEADDR, SOCK_OPT_REUSEADDR},
    {SO_REUSEPORT, SOCK_OPT_REUSEPORT},
    {SO_KEEPALIVE, SOCK_OPT_KEEPALIVE},
    {SO_BROADCAST, SOCK_OPT_BROADCAST},
    {SO_DONTROUTE, SOCK_OPT_DONTROUTE},
    {SO_OOBINLINE, SOCK_OPT_OOBINLINE},
    {SO_NO_CHECK, SOCK_OPT_NO_CHECK},
    {SO_PASSCRED, SOCK_OPT_PASSCRED},
    {SO_PASSSEC, SOCK_OPT_PASSSEC},
    {SO_RXQ_OVFL, SOCK_OPT_RXQ_OVFL},
    {SO_NOFCS, SOCK_OPT_NOFCS},
    {SO_SELECT_ERR_QUEUE, SOCK_OPT_SELECT_ERR},
    {SO_RCVMARK, SOCK_OPT_RCVMARK},
};
const unsigned sock_nflags = ARRAY_SIZE(sock_flags);

static void set_bit(struct socket *s, u32 bits, bool on)
{
    s->options = on ? s->options | bits : s->options & ~bits;
}

static int set_timeout(nsec_t *timeout, const void *val, unsigned len)
{
    s64 tv[2];
    if (len < sizeof(tv))
        return -EINVAL;
    memcpy(tv, val, sizeof(tv));
    if (tv[1] < 0 || tv[1] >= 1000000)
        return -EDOM;
    if (tv[0] < 0)
        *timeout = 1; /* does not wait, as Linux */
    else if (tv[0] >= INT32_MAX)
        *timeout = 0;
    else
        *timeout = (u64)tv[0] * NSEC_PER_SEC + (u64)tv[1] * 1000;
    return 0;
}

static int set_linger(struct socket *s, const void *val, unsigned len)
{
    s32 l[2]; /* struct linger */
    if (len < sizeof(l))
        return -EINVAL;
    memcpy(l, val, sizeof(l));
    set_bit(s, SOCK_OPT_LINGER, l[0]);
    if (l[0])
        s->linger = l[1] < 0 ? INT32_MAX : l[1];
    return 0;
}

static int set_device(struct socket *s, const void *val, unsigned len)
{
    char name[16] = {0};
    unsigned index = 0;
    memcpy(name, val, MIN(len, sizeof(name) - 1));
    if (s->bound_if && cred_uid())
        return -EPERM;
    if (name[0]) {
        index = sock_if_index ? sock_if_index(name) : 0;
        if (!index)
            return -ENODEV;
    }
    s->bound_if = index;
    return 0;
}

static void set_stamp(struct socket *s, int name, bool on)
{
    bool ns = name == SO_TIMESTAMPNS_OLD || name == SO_TIMESTAMPNS_NEW;
    set_bit(s, SOCK_OPT_TIMESTAMP | SOCK_OPT_TIMESTAMPNS | SOCK_OPT_TIMESTAMP_NEW, false);
    if (!on)
        return;
    set_bit(s, ns ? SOCK_OPT_TIMESTAMPNS : SOCK_OPT_TIMESTAMP, true);
    set_bit(s, SOCK_OPT_TIMESTAMP_NEW, name == SO_TIMESTAMP_NEW || name == SO_TIMESTAMPNS_NEW);
}

static int set_buffer(struct socket *s, int name, int v)
{
    u32 n = (u32)v;
    bool force = name == SO_SNDBUFFORCE || name == SO_RCVBUFFORCE;
    if (force && cred_uid())
        return -EPERM;
    if (force)
        n = v < 0 ? 0 : MIN((u32)v, (u32)INT32_MAX / 2);
    else
        n = MIN(n, BUF_MAX);
    if (name == SO_SNDBUF || name == SO_SNDBUFFORCE) {
        s->sndbuf = MAX(n * 2, SNDBUF_MIN);
        s->options |= SOCK_OPT_SNDBUF_LOCK;
        sock_wake(s, 4 /* EPOLLOUT */);
    } else {
        s->rcvbuf = MAX(n * 2, RCVBUF_MIN);
        s->options |= SOCK_OPT_RCVBUF_LOCK;
    }
    return 0;
}

/* The options with an int for a value that are more than a flag. */
static int set_int(struct socket *s, int name, int v)
{
    switch (name) {
    case SO_SNDBUF:
    case SO_RCVBUF:
    case SO_SNDBUFFORCE:
    case SO_RCVBUFFORCE:
        return set_buffer(s, name, v);
    case SO_PRIORITY:
        if ((v < 0 || v > 6) && cred_uid())
            return -EPERM;
        s->priority = (u32)v;
        return 0;
    case SO_MARK:
        if (cred_uid())
            return -EPERM;
        s->mark = (u32)v;
        return 0;
    case SO_RCVLOWAT:
        s->rcvlowat = v < 0 ? INT32_MAX : v ? (u32)v : 1;
        return 0;
    case SO_TIMESTAMP_OLD:
    case SO_TIMESTAMP_NEW:
    case SO_TIMESTAMPNS_OLD:
    case SO_TIMESTAMPNS_NEW:
        set_stamp(s, name, v);
        return 0;
    case SO_BINDTOIFINDEX: {
        char ifname[16];
        if (v < 0)
            return -EINVAL;
        if (v && !(sock_if_name && sock_if_name((unsigned)v, ifname)))
            return -ENODEV;
        s->bound_if = (u32)v;
        return 0;
    }
    case SO_INCOMING_CPU: /* there is one processor */
    case SO_BSDCOMPAT:
        return 0;
    case SO_BUSY_POLL: /* the wait of a receive is the monitor's, which looks before it sleeps */
        return v < 0 ? -EINVAL : 0;
    case SO_BUF_LOCK:
        if (v & ~3)
            return -EINVAL;
        set_bit(s, SOCK_OPT_SNDBUF_LOCK, v & 1);
        set_bit(s, SOCK_OPT_RCVBUF_LOCK, v & 2);
        return 0;
    case SO_DETACH_FILTER:
    case SO_DETACH_REUSEPORT_BPF:
        return -ENOENT; /* none is ever attached */
    case SO_PEEK_OFF:
    case SO_ZEROCOPY:
        return -EOPNOTSUPP;
    default:
        return -ENOPROTOOPT;
    }
}

int sock_setopt(struct socket *s, int name, const void *val, unsigned len)
{
    int v;
    if (name == SO_BINDTODEVICE)
        return set_device(s, val, len);
    if (len < sizeof(v))
        return -EINVAL;
    memcpy(&v, val, sizeof(v));
    for (unsigned i = 0; i < sock_nflags; i++)
        if (sock_flags[i].name == name) {
            set_bit(s, sock_flags[i].bit, v);
            return 0;
        }
    switch (name) {
    case SO_LINGER:
        return set_linger(s, val, len);
    case SO_RCVTIMEO_OLD:
    case SO_RCVTIMEO_NEW:
        return set_timeout(&s->rcv_timeout, val, len);
    case SO_SNDTIMEO_OLD:
    case SO_SNDTIMEO_NEW:
        return set_timeout(&s->snd_timeout, val, len);
    default:
        return set_int(s, name, v);
    }
}
