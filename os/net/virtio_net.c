/* Setting up the network devices of the boot information: see virtio_net.h. */
#include "net/virtio_net.h"

#include "base/host.h"
#include "base/string.h"
#include "mem/alloc.h"
#include "sched/sched.h"

#include <lwip/etharp.h>
#include <lwip/ethip6.h>
#include <lwip/priv/tcp_priv.h>
#include <netif/ethernet.h>

/* Receive buffers take at most this part of the memory that is free at the start, beside those that
 * lwIP and the program hold on to. In the beginning there are few: the ring fills with the traffic.
 */
#define POSTED_SHARE 24
#define POSTED_MIN 48u /* a frame of 64 KiB and some more */
#define HELD_MAX 8192u

struct virtio_net *virtio_nets;

/* The image's note that it drives a network device (pith/note.h). */
__asm__(".pushsection .note.pith, \"aR\", @note\n"
        ".balign 4\n"
        ".long 5, 4, 2\n"
        ".asciz \"pith\"\n"
        ".balign 4\n"
        ".long 1\n"
        ".popsection");

static err_t init(struct netif *n)
{
    struct virtio_net *dev = n->state;
    n->name[0] = 'e';
    n->name[1] = 't';
    n->output = etharp_output;
    n->output_ip6 = ethip6_output;
    n->linkoutput = virtio_net_send;
    n->mtu = dev->config->mtu ? dev->config->mtu : 1500;
    n->hwaddr_len = 6;
    memcpy(n->hwaddr, dev->config->mac, 6);
    n->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_IGMP |
               NETIF_FLAG_MLD6;
    if (dev->features & VIRTIO_NET_F_CSUM)
        NETIF_SET_CHECKSUM_CTRL(n, NETIF_CHECKSUM_ENABLE_ALL & ~NETIF_CHECKSUM_GEN_TCP);
    n->hostname = (const char *)host_boot->hostname;
    return ERR_OK;
}

struct netif *virtio_net_alias(struct virtio_net *dev)
{
    struct netif *n = mem_alloc(sizeof(*n));
    if (!n || !netif_add_noaddr(n, dev, init, ethernet_input)) {
        mem_free(n);
        return NULL;
    }
    dev->aliased = true;
    return n;
}

static int set_up(const struct pith_device *d)
{
    const struct pith_queue *q = (const struct pith_queue *)d->queues;
    struct virtio_net *dev = mem_alloc(sizeof(*dev));
    if (!dev)
        return -ENOMEM;
    ASSERT(d->nqueues >= PITH_NET_QUEUES && d->config_len >= sizeof(struct pith_net_config) &&
           q[PITH_NET_RX].size <= PITH_NET_QUEUE_SIZE &&
           q[PITH_NET_TX].size <= PITH_NET_QUEUE_SIZE);
    dev->config = (const struct pith_net_config *)d->config;
    dev->features = d->features;
    vq_init(&dev->rx, &q[PITH_NET_RX], dev->token);
    vq_init(&dev->tx, &q[PITH_NET_TX], dev->token + PITH_NET_QUEUE_SIZE);
    dev->tx.avail->flags = 1; /* VIRTQ_AVAIL_F_NO_INTERRUPT: sent frames are nobody's event */
    u64 free = mem_free_bytes() / RX_BUFFER;
    dev->limit = (u16)MIN(MAX(free / POSTED_SHARE, POSTED_MIN), dev->rx.size);
    dev->posted = MIN(dev->limit, POSTED_MIN);
    dev->most = dev->limit + (u32)MIN(free / HELD_SHARE, HELD_MAX);
    dev->inside = dev->config->flags & PITH_NET_INSIDE;
    if (d->nqueues > PITH_NET_LEFT && !dev->inside)
        virtio_net_left_start(dev, &q[PITH_NET_LEFT]);
    dev->netif.state = dev;
    if (!dev->inside && !netif_add_noaddr(&dev->netif, dev, init, ethernet_input))
        return -ENOMEM;
    virtio_net_refill(dev);
    if (dev->rx.nfree == dev->rx.size)
        return -ENOMEM;
    struct virtio_net **last = &virtio_nets;
    while (*last)
        last = &(*last)->next;
    *last = dev;
    return 0;
}

int virtio_net_start(void)
{
    const struct pith_device *d = (const struct pith_device *)host_boot->devices;
    int err = 0;
    for (u32 i = 0; i < host_boot->ndevices && !err; i++)
        if (d[i].type == PITH_DEV_NET)
            err = set_up(&d[i]);
    return err;
}

static void take_in(void)
{
    if (!virtio_nets)
        return;
    net_looked = time_mono();
    tcp_ticks = (u32)(net_looked / (NSEC_PER_SEC / 1000));
    for (struct virtio_net *dev = virtio_nets; dev; dev = dev->next) {
        u16 before = dev->rx.seen;
        virtio_net_reclaim(dev);
        virtio_net_receive(dev);
        /* Nobody has asked for what was left: as long as it is, the host does not sleep. */
        if (dev->keep.size && dev->rx.seen == before && !dev->fetched)
            virtio_net_left_load(dev, 0);
        dev->fetched = false;
    }
    net_kick();
}
SET_ENTRY(poll, virtio_net, *take_in);
