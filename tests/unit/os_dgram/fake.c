/* What the sockets want of the rooms above and below them, as small as this test needs it: nobody
 * else runs, so nothing sleeps; user memory is ours. */
#include "base/host.h"
#include "mem/alloc.h"
#include "net/linux.h"
#include "net/socket.h"

void sock_init(struct socket *s, const struct socket_ops *ops, int family, int type, int protocol)
{
    s->ops = ops;
    s->family = (u16)family;
    s->type = (u16)type;
    s->protocol = (u16)protocol;
    s->rcvbuf = s->sndbuf = 20000; /* small, so that queues fill up */
    waitq_init(&s->waitq);
}

bool sock_nonblock(const struct socket *s, u32 flags)
{
    (void)s, (void)flags;
    return true;
}

nsec_t sock_deadline(const struct socket *s, bool send)
{
    (void)s, (void)send;
    return NEVER;
}

int sock_wait(struct socket *s, nsec_t deadline)
{
    (void)s, (void)deadline;
    return -EAGAIN;
}

int sock_error(struct socket *s)
{
    int e = s->error;
    s->error = 0;
    return e;
}

static ssize_t move(struct iter *it, void *to, const void *from, size_t n)
{
    if (n > it->left)
        __builtin_trap();
    __builtin_memcpy(to ? to : (char *)it->one.base + it->skip,
                     from ? from : (char *)it->one.base + it->skip, n);
    it->skip += n;
    it->left -= n;
    return (ssize_t)n;
}

ssize_t iter_put(struct iter *it, const void *src, size_t n)
{
    return move(it, 0, src, n);
}

ssize_t iter_get(struct iter *it, void *dst, size_t n)
{
    return move(it, dst, 0, n);
}

int user_copy(void *dst, const void *src, size_t n)
{
    __builtin_memcpy(dst, src, n);
    return 0;
}

nsec_t time_real(void)
{
    return 1700000000 * NSEC_PER_SEC;
}

/* Files of /proc and /etc, which are not linked here. */
const char net_resolv_linked = 1;
const char *const proc_net_inet_linked[1];
