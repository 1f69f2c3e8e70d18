/* socket(AF_INET) and socket(AF_INET6): which protocol it is. The network starts with the first. */
#include <linux/in.h>
#include <linux/in6.h>

#include "net/inet.h"
#include "net/inet_tcp.h"
#include "net/netif.h"

int inet_socket(int family, int type, int protocol, struct socket **out)
{
    int ping = family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
    if (protocol < 0 || protocol > IPPROTO_MPTCP)
        return -EINVAL;
    if (type != SOCK_STREAM && type != SOCK_DGRAM && type != SOCK_RAW)
        return -ESOCKTNOSUPPORT;
    bool known = type == SOCK_STREAM  ? !protocol || protocol == IPPROTO_TCP
                 : type == SOCK_DGRAM ? !protocol || protocol == IPPROTO_UDP || protocol == ping
                                      : protocol != 0;
    if (!known)
        return -EPROTONOSUPPORT;
    if (type == SOCK_RAW && !inet_privileged())
        return -EPERM;
    int r = net_start();
    if (r < 0)
        return r;
    if (type == SOCK_STREAM)
        return tcp_socket(family, out);
    if (type == SOCK_RAW)
        return raw_socket(family, protocol, out);
    return protocol == ping ? ping_socket(family, out) : udp_socket(family, out);
}
