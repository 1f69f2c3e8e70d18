/* sendto(2), which send is. */
#include "sys/net.h"
#include "sys/restart.h"

ssize_t net_send(struct socket *s, struct sock_msg *m)
{
    struct file *f = s->file;
    if (!s->ops->send)
        return -EOPNOTSUPP;
    m->flags &= ~MSG_INTERNAL;
    m->control_done = m->out_flags = 0;
    file_get(f);
    ssize_t r = s->ops->send(s, m);
    file_put(f);
    return r;
}

static ssize_t send_to(struct socket *s, struct sock_msg *m, const void *user, int len)
{
    char name[SOCK_NAME_MAX];
    int r = net_get_name(name, user, len);
    if (r < 0)
        return r;
    m->name = name;
    m->name_len = (unsigned)len;
    ssize_t done = net_send(s, m);
    m->name = 0;
    return done;
}

static ssize_t send_once(int fd, const void *buf, size_t n, unsigned flags, const void *user,
                         int len)
{
    struct iter it;
    struct sock_msg m;
    int r;
    if (iter_wild(buf, MIN(n, FILE_RW_MAX)))
        return -EFAULT;
    struct socket *s = sock_of_fd(fd, &r);
    if (!s)
        return r;
    iter_one(&it, buf, n);
    m.it = &it;
    m.flags = flags;
    m.name = m.control = 0;
    m.name_len = 0;
    m.control_len = 0;
    return user ? send_to(s, &m, user, len) : net_send(s, &m);
}

long pith_sys_sendto(int fd, const void *buf, size_t n, unsigned flags, const void *name, int len)
{
    SYS_RETURN(send_once(fd, buf, n, flags, name, len));
}
