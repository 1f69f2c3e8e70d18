/* sendmsg(2). The control messages are copied before anything looks at them. */
#include "base/uaccess.h"
#include "mem/alloc.h"
#include "net/linux.h"
#include "sys/net.h"
#include "sys/restart.h"
#include "vfs/rw.h"

#define CONTROL_SMALL 64u        /* bytes of control messages that need no allocation */
#define CONTROL_MAX (128u << 10) /* net.core.optmem_max */

static ssize_t with_control(struct socket *s, struct sock_msg *m, const struct msghdr_os *h)
{
    u64 small[CONTROL_SMALL / sizeof(u64)];
    m->control = 0;
    m->control_len = 0;
    if (!h->control_len)
        return net_send(s, m);
    if (h->control_len > CONTROL_MAX)
        return -ENOBUFS;
    void *big = h->control_len > sizeof(small) ? mem_alloc(h->control_len) : 0;
    if (!big && h->control_len > sizeof(small))
        return -ENOBUFS;
    m->control = big ? big : small;
    m->control_len = h->control_len;
    ssize_t r = user_copy(m->control, h->control, h->control_len);
    if (r == 0)
        r = net_send(s, m);
    m->control = 0;
    mem_free(big);
    return r;
}

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
    r = with_control(s, m, h);
    m->it = 0;
    iovec_done(&copy);
    return r;
}

ssize_t net_sendmsg(struct socket *s, const struct msghdr_os *user, unsigned flags)
{
    struct msghdr_os h;
    struct sock_msg m;
    char name[SOCK_NAME_MAX];
    if (USER_GET(&h, user) < 0)
        return -EFAULT;
    if (h.name && h.name_len < 0)
        return -EINVAL;
    m.name = 0;
    m.name_len = 0;
    m.flags = flags;
    if (h.name && h.name_len) {
        m.name = name;
        m.name_len = MIN((unsigned)h.name_len, SOCK_NAME_MAX);
        if (user_copy(name, h.name, m.name_len) < 0)
            return -EFAULT;
    }
    return with_data(s, &m, &h);
}

static ssize_t sendmsg_once(int fd, const void *user, unsigned flags)
{
    int r;
    if (flags & MSG_CMSG_COMPAT)
        return -EINVAL;
    struct socket *s = sock_of_fd(fd, &r);
    return s ? net_sendmsg(s, user, flags) : r;
}

long pith_sys_sendmsg(int fd, const void *user, unsigned flags)
{
    SYS_RETURN(sendmsg_once(fd, user, flags));
}
