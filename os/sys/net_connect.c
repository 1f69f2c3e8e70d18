/* connect(2). */
#include "sys/net.h"
#include "sys/restart.h"

static long connect_once(int fd, const void *user, int len)
{
    char name[SOCK_NAME_MAX];
    struct file *f = fd_open_file(fd);
    if (!f)
        return -EBADF;
    int r = net_get_name(name, user, len);
    if (r < 0)
        return r;
    struct socket *s = sock_of_file(f);
    if (!s)
        return -ENOTSOCK;
    if (!s->ops->connect)
        return -EOPNOTSUPP;
    file_get(f);
    r = s->ops->connect(s, name, (unsigned)len);
    file_put(f);
    return r;
}

long pith_sys_connect(int fd, const void *user, int len)
{
    SYS_RETURN(connect_once(fd, user, len));
}
