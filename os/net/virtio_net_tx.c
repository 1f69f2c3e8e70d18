/* Sending: see virtio_net.h.
 *
 * A frame goes out from where it lies: the pbuf is referenced until the device is done with it, and
 * the header of 12 bytes stands in the room before the frame (PBUF_LINK_ENCAPSULATION_HLEN). What
 * was sent is freed when the next frames come or go; its completion wakes nobody.
 *
 * TCP's checksum is the host's to fill in, and full segments that follow each other leave as one
 * frame that the host cuts (tcp_gso, third_party/lwip/README.md). */
#include "base/host.h"
#include "base/string.h"
#include "net/virtio_net.h"

#include <lwip/inet_chksum.h>
#include <lwip/prot/ethernet.h>
#include <lwip/prot/ip.h>
#include <lwip/prot/ip4.h>
#include <lwip/prot/ip6.h>
#include <lwip/prot/tcp.h>

#define PIECES 64 /* of one frame; longer chains are made one piece first */

static struct vq_piece pieces[PIECES];

void virtio_net_reclaim(struct virtio_net *dev)
{
    struct pbuf *p;
    u32 len;
    while ((p = vq_get(&dev->tx, &len)))
        pbuf_free(p);
}

/* One's complement sum of n bytes (even), in any byte order as long as it is the same. */
static u32 sum(const void *data, unsigned n)
{
    const u16 *w = data;
    u32 s = 0;
    for (; n; n -= 2)
        s += *w++;
    return s;
}

static u16 fold(u32 s)
{
    s = (s & 0xffff) + (s >> 16);
    return (u16)(s + (s >> 16));
}

/* The frame's TCP header if it has one that lies in the first piece whole, and the pseudo header's
 * sum for `extra` bytes more than the frame has. */
static struct tcp_hdr *tcp_of(struct pbuf *p, u16 *pseudo)
{
    u8 *ip = (u8 *)p->payload + SIZEOF_ETH_HDR;
    struct tcp_hdr *tcp;
    if (p->len < SIZEOF_ETH_HDR + IP_HLEN + TCP_HLEN)
        return NULL;
    switch (((struct eth_hdr *)p->payload)->type) {
    case PP_HTONS(ETHTYPE_IP): {
        struct ip_hdr *h = (struct ip_hdr *)ip;
        if (IPH_PROTO(h) != IP_PROTO_TCP || IPH_HL_BYTES(h) != IP_HLEN ||
            IPH_OFFSET(h) & PP_HTONS(IP_OFFMASK | IP_MF))
            return NULL;
        tcp = (struct tcp_hdr *)(h + 1);
        *pseudo = fold(sum(&h->src, 8) + PP_HTONS(IP_PROTO_TCP) +
                       lwip_htons((u16)(lwip_ntohs(IPH_LEN(h)) - IP_HLEN)));
        return tcp;
    }
    case PP_HTONS(ETHTYPE_IPV6): {
        struct ip6_hdr *h = (struct ip6_hdr *)ip;
        if (p->len < SIZEOF_ETH_HDR + IP6_HLEN + TCP_HLEN || IP6H_NEXTH(h) != IP6_NEXTH_TCP)
            return NULL;
        tcp = (struct tcp_hdr *)(h + 1);
        *pseudo = fold(sum(&h->src, 32) + PP_HTONS(IP6_NEXTH_TCP) + h->_plen);
        return tcp;
    }
    default:
        return NULL;
    }
}

/* Describes what the host is to do with the frame. */
static void offload(struct virtio_net *dev, struct pbuf *p, struct virtio_net_hdr *hdr)
{
    u16 pseudo;
    struct tcp_hdr *tcp;
    *hdr = (struct virtio_net_hdr){0};
    if (!(dev->features & VIRTIO_NET_F_CSUM) || !(tcp = tcp_of(p, &pseudo)))
        return;
    tcp->chksum = pseudo;
    hdr->flags = VIRTIO_NET_NEEDS_CSUM;
    hdr->csum_start = (u16)((u8 *)tcp - (u8 *)p->payload);
    hdr->csum_offset = offsetof(struct tcp_hdr, chksum);
}

/* The pieces of a frame; 0 if it has too many. */
static unsigned cut(struct pbuf *p)
{
    unsigned n = 0;
    for (; p; p = p->next) {
        if (!p->len)
            continue;
        if (n == PIECES)
            return 0;
        pieces[n++] = (struct vq_piece){p->payload, p->len, false};
    }
    return n;
}

/* Puts the header before the frame: into the room that lwIP left there, or into a pbuf of its own
 * that refers to the frame. The caller has a reference of the result. */
static struct pbuf *with_header(struct pbuf *p, const struct virtio_net_hdr *hdr)
{
    if (!pbuf_add_header(p, sizeof(*hdr))) {
        pbuf_ref(p);
    } else {
        struct pbuf *head = pbuf_alloc(PBUF_RAW, sizeof(*hdr), PBUF_RAM);
        if (!head)
            return NULL;
        pbuf_chain(head, p);
        p = head;
    }
    memcpy(p->payload, hdr, sizeof(*hdr));
    return p;
}

err_t virtio_net_send(struct netif *netif, struct pbuf *p)
{
    struct virtio_net *dev = netif->state;
    struct virtio_net_hdr hdr;
    struct pbuf *frame;
    u32 bytes = p->tot_len;
    offload(dev, p, &hdr);
    if (!(frame = with_header(p, &hdr)))
        goto dropped;
    unsigned n = cut(frame);
    if (!n) {
        struct pbuf *one = pbuf_clone(PBUF_RAW, PBUF_RAM, frame);
        pbuf_free(frame);
        if (!(frame = one))
            goto dropped;
        n = cut(frame);
    }
    if (n > dev->tx.nfree)
        virtio_net_reclaim(dev);
    if (n > dev->tx.nfree)
        net_flush();
    if (n > dev->tx.nfree)
        virtio_net_reclaim(dev);
    if (vq_add(&dev->tx, pieces, n, frame) < 0) {
        pbuf_free(frame);
        goto dropped;
    }
    dev->tx_packets++;
    dev->tx_bytes += bytes;
    return ERR_OK;
dropped:
    dev->tx_dropped++;
    return ERR_MEM;
}
