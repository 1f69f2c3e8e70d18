/* What TCP sockets want besides ../os_dgram/fake.c. */
#include "base/host.h"
#include "base/uaccess.h"
#include "net/dgram.h"
#include "net/socket.h"

int user_touch(const void *p, size_t n, bool write)
{
    (void)p, (void)n, (void)write;
    return 0;
}

void iter_skip(struct iter *it, size_t n)
{
    it->skip += n;
    it->left -= n;
}

void *iter_peek(const struct iter *it, size_t *n)
{
    *n = it->left;
    return *n ? (char *)it->one.base + it->skip : 0;
}

int sock_epipe(u32 flags)
{
    (void)flags;
    return -EPIPE;
}

int sock_setopt(struct socket *s, int name, const void *val, unsigned len)
{
    int v;
    if (len < sizeof(v))
        return -EINVAL;
    __builtin_memcpy(&v, val, sizeof(v));
    if (name == 8) { /* SO_RCVBUF */
        s->rcvbuf = (u32)v;
        s->options |= SOCK_OPT_RCVBUF_LOCK;
    } else if (name == 7) { /* SO_SNDBUF */
        s->sndbuf = (u32)v;
        s->options |= SOCK_OPT_SNDBUF_LOCK;
    } else if (name == 2) {
        s->options |= SOCK_OPT_REUSEADDR;
    } else if (name == 15) {
        s->options |= SOCK_OPT_REUSEPORT;
    } else if (name == 9) {
        s->options |= SOCK_OPT_KEEPALIVE;
    } else if (name == 13) {
        s->options |= SOCK_OPT_LINGER; /* of 0 seconds */
    }
    return 0;
}

const char *const proc_net_tcp_linked[1];

/* Errors that ICMP reports are tested in os_dgram. */
void dgram_errors_start(void) {}
