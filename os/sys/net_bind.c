/* bind(2). */
#include "sys/net.h"
#include "sys/restart.h"

static long bind_once(int fd, const void *user, int len)
{
    char name[SOCK_NAME_MAX];
    int r;
    struct socket *s = sock_of_fd(fd, &r);
    if (!s)
        return r;
    r = net_get_name(name, user, len);
    if (r < 0)
        return r;
    if (!s->ops->bind)
        return -EOPNOTSUPP;
    struct file *f = s->file;
    file_get(f);
    r = s->ops->bind(s, name, (unsigned)len);
    file_put(f);
    return r;
}

long pith_sys_bind(int fd, const void *user, int len)
{
    SYS_RETURN(bind_once(fd, user, len));
}
