/* Addresses and routes of the network devices, as the boot information has them. */
#include "net/net.h"

#include "base/string.h"
#include "net/virtio_net.h"

#include <lwip/ip.h>
#include <lwip/nd6.h>
#include <lwip/netif.h>

static void add4(struct virtio_net *dev, const struct pith_net_addr *a, bool first)
{
    ip4_addr_t addr, mask, gw = {0};
    struct netif *n = first ? &dev->netif : virtio_net_alias(dev);
    if (!n)
        return;
    memcpy(&addr, a->addr, 4);
    mask.addr = a->prefix ? lwip_htonl(~0u << (32 - MIN(a->prefix, 32))) : 0;
    netif_set_addr(n, &addr, &mask, &gw);
    netif_set_up(n);
    netif_set_link_up(n);
}

static void add6(struct virtio_net *dev, const struct pith_net_addr *a)
{
    ip6_addr_t addr = {0};
    memcpy(addr.addr, a->addr, 16);
    ip6_addr_assign_zone(&addr, IP6_UNICAST, &dev->netif);
    s8_t i = -1;
    if (ip6_addr_islinklocal(&addr)) {
        netif_ip6_addr_set(&dev->netif, 0, &addr);
        i = 0;
    } else if (netif_add_ip6_address(&dev->netif, &addr, &i) != ERR_OK) {
        return;
    }
    /* The host has seen to it that nobody else has it. */
    netif_ip6_addr_set_state(&dev->netif, i, IP6_ADDR_PREFERRED);
}

static int configure(struct virtio_net *dev)
{
    const struct pith_net_config *c = dev->config;
    struct netif *n = &dev->netif;
    bool any6 = c->flags & PITH_NET_AUTOCONF, first = true;
    for (u32 i = 0; i < MIN(c->naddrs, PITH_NET_ADDRS); i++)
        any6 |= c->addrs[i].family == 6;
    if (any6) {
        netif_create_ip6_linklocal_address(n, 1);
        netif_ip6_addr_set_state(n, 0, IP6_ADDR_PREFERRED);
    }
    if (c->flags & PITH_NET_AUTOCONF)
        netif_set_ip6_autoconfig_enabled(n, 1);
    netif_set_link_up(n);
    netif_set_up(n);
    if (!(c->flags & PITH_NET_AUTOCONF))
        n->rs_count = 0; /* nobody is asked for routers */
    for (u32 i = 0; i < MIN(c->naddrs, PITH_NET_ADDRS); i++) {
        if (c->addrs[i].family == 4) {
            add4(dev, &c->addrs[i], first);
            first = false;
        } else if (c->addrs[i].family == 6) {
            add6(dev, &c->addrs[i]);
        }
    }
    if (!netif_default)
        netif_set_default(n);
    for (u32 i = 0; i < MIN(c->nroutes, PITH_NET_ROUTES); i++) {
        int err = net_route_add(&c->routes[i], n);
        if (err)
            return err;
    }
    return c->flags & PITH_NET_DHCP ? net_dhcp_start(n) : 0;
}

int net_config(void)
{
    int err = 0;
    for (struct virtio_net *dev = virtio_nets; dev && !err; dev = dev->next)
        if (!dev->inside)
            err = configure(dev);
    return err;
}

const char *net_ifname(const struct netif *n)
{
    for (struct virtio_net *dev = virtio_nets; dev; dev = dev->next)
        if (n->state == dev)
            return dev->config->name;
    return "lo";
}
