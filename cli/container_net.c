/* The interfaces that a container's network namespace has: see container.h. Their addresses and
 * routes are read when they are taken over (monitor/net_link.c). */
#include "cli/container.h"

#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* An interface that can be the guest's. Tunnels that every namespace has are neither up nor
 * Ethernet. */
static bool fits(int fd, const char *name)
{
    struct ifreq flags = {0}, address = {0};
    snprintf(flags.ifr_name, sizeof flags.ifr_name, "%s", name);
    snprintf(address.ifr_name, sizeof address.ifr_name, "%s", name);
    return ioctl(fd, SIOCGIFFLAGS, &flags) == 0 && flags.ifr_flags & IFF_UP &&
           !(flags.ifr_flags & IFF_LOOPBACK) && ioctl(fd, SIOCGIFHWADDR, &address) == 0 &&
           address.ifr_hwaddr.sa_family == ARPHRD_ETHER;
}

int container_interfaces(struct mon_net_options *net, struct host_error *err)
{
    struct if_nameindex *all = if_nameindex();
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), bad = 0;
    if (!all || fd < 0)
        bad =
            host_fail(err, "the interfaces of the container cannot be listed: %s", strerror(errno));
    for (unsigned i = 0; !bad && all && all[i].if_index; i++) {
        if (!fits(fd, all[i].if_name))
            continue;
        if (net->nifs == MON_NET_IFS) {
            bad = host_fail(err, "the container has more than %d interfaces", MON_NET_IFS);
            break;
        }
        struct mon_net_if *to = &net->ifs[net->nifs++];
        *to = (struct mon_net_if){.kind = MON_NET_PACKET, .taken = true};
        memcpy(to->name, all[i].if_name, strnlen(all[i].if_name, sizeof to->name - 1));
    }
    net->none = net->nifs == 0;
    if (fd >= 0)
        close(fd);
    if (all)
        if_freenameindex(all);
    return bad;
}
