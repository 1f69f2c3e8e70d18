/* socket(2): reaches every family there is. */
#include "net/linux.h"
#include "sys/net.h"
#include "sys/restart.h"

static int make(int family, int type, int protocol, struct socket **out)
{
    if (family < 0 || family >= AF_MAX)
        return -EAFNOSUPPORT;
    if (type >= SOCK_MAX)
        return -EINVAL;
    switch (family) {
    case AF_INET:
    case AF_INET6:
        return inet_socket(family, type, protocol, out);
    case AF_UNIX:
        return unix_socket(type, protocol, out);
    case AF_NETLINK:
        return netlink_socket(type, protocol, out);
    default:
        return -EAFNOSUPPORT;
    }
}

static long socket_once(int family, int type, int protocol)
{
    struct socket *s;
    int flags = type & ~SOCK_TYPE_MASK;
    if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK))
        return -EINVAL;
    int r = make(family, type & SOCK_TYPE_MASK, protocol, &s);
    return r < 0 ? r : sock_publish(s, flags);
}

/* May sleep: the first socket of the network waits for an address, if DHCP gives it. */
long pith_sys_socket(int family, int type, int protocol)
{
    SYS_RETURN(socket_once(family, type, protocol));
}
