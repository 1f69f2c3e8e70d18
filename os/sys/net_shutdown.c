/* shutdown(2). */
#include "sys/net.h"

long pith_sys_shutdown(int fd, int how)
{
    int r;
    struct socket *s = sock_of_fd(fd, &r);
    if (!s)
        return r;
    return s->ops->shutdown ? s->ops->shutdown(s, how) : -EOPNOTSUPP;
}
