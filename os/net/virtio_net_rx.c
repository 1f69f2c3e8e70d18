/* Receiving: see virtio_net.h.
 *
 * The ring is kept full of buffers of 2 KB; a frame takes as many as it needs (MRG_RXBUF), so large
 * ones that the host did not cut come in whole. A frame goes up in the buffers themselves, without
 * a copy, as long as there are others to take their place; when those that programs have not read
 * yet are many, frames are copied into memory of their own size, and when there is none of that
 * they are lost, as on any host short of memory. */
#include "base/string.h"
#include "mem/alloc.h"
#include "net/virtio_net.h"

#include <lwip/prot/etharp.h>
#include <lwip/prot/ethernet.h>
#include <netif/ethernet.h>

#define HDR sizeof(struct virtio_net_hdr)
/* Checksums of what is left to the device; ICMP's are always lwIP's own. */
#define CHECKED (NETIF_CHECKSUM_CHECK_UDP | NETIF_CHECKSUM_CHECK_TCP)

static void put(struct virtio_net *dev, struct rx_buffer *b)
{
    b->next = dev->spare;
    dev->spare = b;
    dev->nspare++;
}

/* lwIP is done with it. */
static void returned(struct pbuf *p)
{
    struct rx_buffer *b = container_of(p, struct rx_buffer, pbuf.pbuf);
    struct virtio_net *dev = b->dev;
    if (dev->nspare < dev->posted) {
        put(dev, b);
        return;
    }
    dev->total--;
    mem_free(b);
}

static struct rx_buffer *get(struct virtio_net *dev)
{
    struct rx_buffer *b = dev->spare;
    if (b) {
        dev->spare = b->next;
        dev->nspare--;
    } else if (dev->total < dev->most && (b = mem_alloc(RX_BUFFER))) {
        b->dev = dev;
        b->pbuf.custom_free_function = returned;
        dev->total++;
    }
    return b;
}

void virtio_net_refill(struct virtio_net *dev)
{
    while (dev->rx.size - dev->rx.nfree < dev->posted) {
        struct rx_buffer *b = get(dev);
        if (!b)
            return;
        struct vq_piece piece = {b->data, RX_BYTES, true};
        if (vq_add(&dev->rx, &piece, 1, b) < 0) {
            put(dev, b);
            return;
        }
    }
}

/* A pbuf over the buffer's bytes from `at` on. */
static struct pbuf *lend(struct rx_buffer *b, u32 at, u32 len)
{
    struct pbuf *p = &b->pbuf.pbuf;
    p->next = NULL;
    p->payload = b->data + at;
    p->len = p->tot_len = (u16_t)len;
    p->type_internal = (u8_t)PBUF_REF;
    p->flags = PBUF_FLAG_IS_CUSTOM;
    p->ref = 1;
    p->if_idx = NETIF_NO_INDEX;
    return p;
}

/* The frame that begins in `first`; 0 if it is broken, or there is no memory for it. */
static struct pbuf *gather(struct virtio_net *dev, struct rx_buffer *first, u32 len, u32 count)
{
    struct pbuf *head = lend(first, HDR, len - HDR), *tail = head;
    u32 total = len - HDR;
    bool broken = false;
    while (--count) {
        u32 n;
        struct rx_buffer *b = vq_get(&dev->rx, &n);
        if (!b) { /* 5.1.6.4: all buffers of a frame are made available at once */
            broken = true;
            break;
        }
        struct pbuf *p = lend(b, 0, MIN(n, RX_BYTES));
        total += p->len;
        broken |= n > RX_BYTES || n == 0;
        tail->next = p;
        tail = p;
    }
    if (broken || total > UINT16_MAX) { /* more than lwIP's lengths can say */
        dev->rx_errors++;
        for (struct pbuf *p = head, *next; p; p = next) {
            next = p->next;
            p->next = NULL;
            pbuf_free(p);
        }
        return NULL;
    }
    for (struct pbuf *p = head; p; p = p->next) {
        p->tot_len = (u16_t)total;
        total -= p->len;
    }
    return head;
}

/* Are buffers scarce? Then the frame moves into memory of its own. */
static struct pbuf *settle(struct virtio_net *dev, struct pbuf *p)
{
    if (dev->nspare || dev->total < dev->most)
        return p;
    struct pbuf *copy = pbuf_clone(PBUF_RAW, PBUF_RAM, p);
    pbuf_free(p);
    if (!copy)
        dev->rx_dropped++;
    return copy;
}

/* An ARP packet is for the interface whose address it asks for, or which asked. */
static struct netif *target(struct virtio_net *dev, const struct pbuf *p)
{
    const struct eth_hdr *eth = p->payload;
    const struct etharp_hdr *arp = (const struct etharp_hdr *)(eth + 1);
    if (p->len < SIZEOF_ETH_HDR + SIZEOF_ETHARP_HDR || eth->type != PP_HTONS(ETHTYPE_ARP))
        return &dev->netif;
    for (struct netif *n = netif_list; n; n = n->next)
        if (n->state == dev && !memcmp(&arp->dipaddr, netif_ip4_addr(n), sizeof(ip4_addr_t)))
            return n;
    return &dev->netif;
}

/* Is its checksum known to be right? */
static bool is_valid(const struct virtio_net *dev, const struct virtio_net_hdr *hdr)
{
    return hdr->flags & (VIRTIO_NET_NEEDS_CSUM | VIRTIO_NET_DATA_VALID) &&
           dev->features & VIRTIO_NET_F_GUEST_CSUM;
}

static void input(struct virtio_net *dev, struct pbuf *p, const struct virtio_net_hdr *hdr)
{
    struct netif *netif = dev->aliased ? target(dev, p) : &dev->netif;
    bool valid = is_valid(dev, hdr);
    u16 flags = dev->netif.chksum_flags;
    dev->rx_packets++;
    dev->rx_bytes += p->tot_len;
    if (dev->inside) {
        net_inside_input(p);
        return;
    }
    if (valid)
        dev->netif.chksum_flags = flags & (u16)~CHECKED;
    ethernet_input(p, netif); /* which frees it, whatever comes of it */
    dev->netif.chksum_flags = flags;
}

/* Only the frame's beginning is here. */
static void input_left(struct virtio_net *dev, struct rx_buffer *b, u32 len,
                       const struct virtio_net_hdr *hdr)
{
    u8 kind = hdr->gso_type & 0x7f; /* without ECN's bit */
    bool ours = !kind || kind == VIRTIO_NET_GSO_TCPV4 || kind == VIRTIO_NET_GSO_TCPV6;
    struct pbuf *rest =
        virtio_net_left(dev, b->data + HDR, ours ? len : UINT32_MAX, is_valid(dev, hdr));
    u32 headers = rest ? len - rest->tot_len : 0;
    if (!rest)
        dev->rx_dropped++;
    if (!headers) { /* the rest is all of it */
        put(dev, b);
        if (rest)
            input(dev, rest, hdr);
        return;
    }
    struct pbuf *p = lend(b, HDR, headers);
    p->tot_len = (u16_t)len;
    p->next = rest;
    input(dev, p, hdr);
}

void virtio_net_receive(struct virtio_net *dev)
{
    u32 len;
    /* A large part of the buffers came back at once: more are needed. */
    u16 came = (u16)(__atomic_load_n(&dev->rx.used->idx, __ATOMIC_ACQUIRE) - dev->rx.seen);
    if (came > dev->posted / 4 && dev->posted < dev->limit)
        dev->posted = (u16)MIN(dev->posted * 2, dev->limit);
    struct rx_buffer *b;
    while ((b = vq_get(&dev->rx, &len))) {
        struct virtio_net_hdr hdr;
        memcpy(&hdr, b->data, HDR);
        u32 count = dev->features & VIRTIO_NET_F_MRG_RXBUF ? hdr.num_buffers : 1;
        if (!count && dev->keep.size && len > HDR) {
            input_left(dev, b, len - (u32)HDR, &hdr);
            continue;
        }
        if (len <= HDR || len > RX_BYTES || !count || count > dev->rx.size) {
            dev->rx_errors++;
            put(dev, b);
            continue;
        }
        struct pbuf *p = gather(dev, b, len, count);
        if (p && (p = settle(dev, p)))
            input(dev, p, &hdr);
        if (dev->rx.nfree > dev->rx.size / 4)
            virtio_net_refill(dev);
    }
    virtio_net_refill(dev);
    if (dev->keep.size)
        virtio_net_left_load(dev, dev->keep.size / 2);
}
