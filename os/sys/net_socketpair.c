/* socketpair(2): reaches AF_UNIX alone, the one family that makes pairs. */
#include "base/uaccess.h"
#include "net/linux.h"
#include "sys/net.h"

/* What the family would have said to socket(2), without naming it. */
static int refuse(int family, int type)
{
    if (family < 0 || family >= AF_MAX)
        return -EAFNOSUPPORT;
    if (type >= SOCK_MAX)
        return -EINVAL;
    if (family != AF_INET && family != AF_INET6 && family != AF_NETLINK)
        return -EAFNOSUPPORT;
    if (type != SOCK_STREAM && type != SOCK_DGRAM && type != SOCK_RAW)
        return -ESOCKTNOSUPPORT;
    return -EOPNOTSUPP;
}

long pith_sys_socketpair(int family, int type, int protocol, int *user)
{
    struct socket *s[2];
    int fd[2], flags = type & ~SOCK_TYPE_MASK;
    type &= SOCK_TYPE_MASK;
    if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK))
        return -EINVAL;
    fd[0] = fd_room();
    if (fd[0] < 0)
        return fd[0];
    if (user_touch(user, sizeof(fd), true) < 0)
        return -EFAULT;
    int r = family == AF_UNIX ? unix_pair(type, protocol, s) : refuse(family, type);
    if (r < 0)
        return r;
    fd[0] = sock_publish(s[0], flags);
    if (fd[0] < 0) {
        s[1]->ops->release(s[1]);
        return fd[0];
    }
    fd[1] = sock_publish(s[1], flags);
    if (fd[1] < 0 || USER_PUT((int(*)[2])user, &fd) < 0) {
        r = fd[1] < 0 ? fd[1] : -EFAULT;
        fd_close(fd[0]);
        if (fd[1] >= 0)
            fd_close(fd[1]);
        return r;
    }
    return 0;
}
