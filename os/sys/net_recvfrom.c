/* recvfrom(2), which recv is. */
#include "sys/net.h"
#include "sys/restart.h"

ssize_t net_recv(struct socket *s, struct sock_msg *m)
{
    struct file *f = s->file;
    if (!s->ops->recv)
        return -EOPNOTSUPP;
    m->control_done = m->out_flags = m->name_len = 0;
    file_get(f);
    ssize_t r = s->ops->recv(s, m);
    file_put(f);
    return r;
}

static ssize_t recv_from(struct socket *s, struct sock_msg *m, void *user, int *len)
{
    char name[SOCK_NAME_MAX];
    m->name = name;
    ssize_t got = net_recv(s, m);
    m->name = 0;
    if (got < 0)
        return got;
    int r = net_put_name(name, (int)m->name_len, user, len);
    return r < 0 ? r : got;
}

static ssize_t recv_once(int fd, void *buf, size_t n, unsigned flags, void *user, int *len)
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
    m.control_len = 0;
    return user ? recv_from(s, &m, user, len) : net_recv(s, &m);
}

long pith_sys_recvfrom(int fd, void *buf, size_t n, unsigned flags, void *name, int *len)
{
    SYS_RETURN(recv_once(fd, buf, n, flags, name, len));
}
