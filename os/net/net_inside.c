/* lo's other end: a device of the host's (PITH_NET_INSIDE) through which come connections to
 * whatever the program serves, as if over lo, and behind which stands the address of a name server
 * among those of lo. Only in guests that have such a device. */
#include "net/net.h"

#include "base/string.h"
#include "base/view.h"
#include "net/inet_udp.h"
#include "net/virtio_net.h"

#include <lwip/ip.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/prot/ip4.h>

static struct virtio_net *inside;
static struct netif *lo;
static netif_output_fn stay;
static netif_output_ip6_fn stay6;

static err_t output(struct netif *n, struct pbuf *p, const ip4_addr_t *to)
{
    u8 protocol = IPH_PROTO((const struct ip_hdr *)p->payload);
    bool leaves = (protocol == IP_PROTO_TCP || protocol == IP_PROTO_UDP) &&
                  !memcmp(to, inside->config->addrs[0].addr, 4);
    return leaves ? virtio_net_send(&inside->netif, p) : stay(n, p, to);
}

static err_t output6(struct netif *n, struct pbuf *p, const ip6_addr_t *to)
{
    return memcmp(to->addr, inside->config->addrs[1].addr, sizeof(to->addr))
               ? stay6(n, p, to)
               : virtio_net_send(&inside->netif, p);
}

void net_inside_start(struct netif *n)
{
    for (struct virtio_net *dev = virtio_nets; dev; dev = dev->next)
        if (dev->inside)
            inside = dev;
    if (!inside)
        return;
    lo = n;
    stay = n->output;
    n->output = output;
    if (inside->config->naddrs > 1) {
        stay6 = n->output_ip6;
        n->output_ip6 = output6;
    }
}

void net_inside_input(struct pbuf *p)
{
    if (!lo || ip_input(p, lo) != ERR_OK)
        pbuf_free(p);
}

/* For `pith net`. */
static void __attribute__((used)) view(void)
{
    VIEW(pcb_next, offsetof(struct tcp_pcb, next));
    VIEW(pcb_state, offsetof(struct tcp_pcb, state));
    VIEW(pcb_local, offsetof(struct tcp_pcb, local_ip));
    VIEW(pcb_remote, offsetof(struct tcp_pcb, remote_ip));
    VIEW(pcb_local_port, offsetof(struct tcp_pcb, local_port));
    VIEW(pcb_remote_port, offsetof(struct tcp_pcb, remote_port));
    VIEW(udp_chains, UDP_PORT_HASH);
    VIEW(udp_bound, offsetof(struct dgram, bound));
    VIEW(udp_local, offsetof(struct dgram, is.local));
    VIEW(udp_remote, offsetof(struct dgram, is.remote));
    VIEW(udp_local_port, offsetof(struct dgram, is.local_port));
    VIEW(udp_remote_port, offsetof(struct dgram, is.remote_port));
    VIEW(addr_type, offsetof(ip_addr_t, type));
}
