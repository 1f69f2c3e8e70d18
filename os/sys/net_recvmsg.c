/* recvmsg(2). Control messages go straight into the program's buffer (sock_cmsg_put). */
#include "base/uaccess.h"
#include "net/linux.h"
#include "sys/net.h"
#include "sys/restart.h"
#include "vfs/rw.h"

static ssize_t with_data(struct socket *s, struct sock_msg *m, const struct msghdr_os *h)
{
    struct iter it;
    struct iovec_copy copy;
    if (h->iov_len > 1024 /* UIO_MAXIOV */)
        return -EMSGSIZE;
    ssize_t r = iovec_import(&it, &copy, h->iov, h->iov_len);
    if (r < 0)
        return r;
    m->it = &it;
    r = net_recv(s, m);
    m->it = 0;
    iovec_done(&copy);
    return r;
}

ssize_t net_recvmsg(struct socket *s, struct msghdr_os *user, unsigned flags)
{
    struct msghdr_os h;
    struct sock_msg m;
    char name[SOCK_NAME_MAX];
    if (USER_GET(&h, user) < 0)
        return -EFAULT;
    if (h.name && h.name_len < 0)
        return -EINVAL;
    m.name = name;
    m.flags = flags;
    m.control = h.control;
    m.control_len = h.control ? h.control_len : 0;
    ssize_t got = with_data(s, &m, &h);
    if (got < 0)
        return got;
    if (h.name) {
        int r = net_put_name(name, (int)m.name_len, h.name, &user->name_len);
        if (r < 0)
            return r;
    }
    u32 out = m.out_flags | (flags & MSG_CMSG_CLOEXEC);
    if (USER_PUT(&user->flags, &out) < 0 || USER_PUT(&user->control_len, &m.control_done) < 0)
        return -EFAULT;
    return got;
}

static ssize_t recvmsg_once(int fd, void *user, unsigned flags)
{
    int r;
    if (flags & MSG_CMSG_COMPAT)
        return -EINVAL;
    struct socket *s = sock_of_fd(fd, &r);
    return s ? net_recvmsg(s, user, flags) : r;
}

long pith_sys_recvmsg(int fd, void *user, unsigned flags)
{
    SYS_RETURN(recvmsg_once(fd, user, flags));
}
