/* listen(2). */
#include "net/linux.h"
#include "sys/net.h"

long pith_sys_listen(int fd, int backlog)
{
    int r;
    struct socket *s = sock_of_fd(fd, &r);
    if (!s)
        return r;
    if ((unsigned)backlog > SOMAXCONN)
        backlog = SOMAXCONN;
    return s->ops->listen ? s->ops->listen(s, backlog) : -EOPNOTSUPP;
}
