/* accept(2), accept4(2). A descriptor is found first: a connection that cannot be handed out stays
 * in the queue. */
#include "base/uaccess.h"
#include "net/linux.h"
#include "sys/net.h"
#include "sys/restart.h"

static int put_peer(struct socket *s, void *name, int *len)
{
    char buf[SOCK_NAME_MAX];
    int n = s->ops->getname ? s->ops->getname(s, buf, true) : -EOPNOTSUPP;
    return n < 0 ? -ECONNABORTED : net_put_name(buf, n, name, len);
}

static long accept_held(struct socket *s, void *name, int *len, int flags)
{
    struct socket *got;
    int r = s->ops->accept(s, &got);
    if (r < 0)
        return r;
    if (name) {
        r = put_peer(got, name, len);
        if (r < 0) {
            got->ops->release(got);
            return r;
        }
    }
    return sock_publish(got, flags);
}

static long accept_once(int fd, void *name, int *len, int flags)
{
    int r;
    struct file *f = fd_open_file(fd);
    if (!f)
        return -EBADF;
    if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK))
        return -EINVAL;
    r = fd_room();
    if (r < 0)
        return r;
    struct socket *s = sock_of_file(f);
    if (!s)
        return -ENOTSOCK;
    if (!s->ops->accept)
        return -EOPNOTSUPP;
    file_get(f);
    long got = accept_held(s, name, len, flags);
    file_put(f);
    return got;
}

long pith_sys_accept4(int fd, void *name, int *len, int flags)
{
    SYS_RETURN(accept_once(fd, name, len, flags));
}

long pith_sys_accept(int fd, void *name, int *len)
{
    return pith_sys_accept4(fd, name, len, 0);
}
