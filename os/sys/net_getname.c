/* getsockname(2), getpeername(2). */
#include "sys/net.h"

static long name_of(int fd, void *user, int *user_len, bool peer)
{
    char name[SOCK_NAME_MAX];
    int r;
    struct socket *s = sock_of_fd(fd, &r);
    if (!s)
        return r;
    r = s->ops->getname ? s->ops->getname(s, name, peer) : -EOPNOTSUPP;
    return r < 0 ? r : net_put_name(name, r, user, user_len);
}

long pith_sys_getsockname(int fd, void *name, int *len)
{
    return name_of(fd, name, len, false);
}

long pith_sys_getpeername(int fd, void *name, int *len)
{
    return name_of(fd, name, len, true);
}
