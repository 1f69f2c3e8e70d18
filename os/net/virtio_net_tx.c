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
#include "mem/alloc.h"
#include "net/virtio_net.h"

#include <lwip/inet_chksum.h>
#include <lwip/prot/ethernet.h>
#include <lwip/prot/ip.h>
#include <lwip/prot/ip4.h>
#include <lwip/prot/ip6.h>
#include <lwip/priv/tcp_priv.h>

#define PIECES 64 /* of one frame; longer chains are made one piece first */

static struct vq_piece pieces[PIECES];

/* The buffers of a frame made of several segments. The ring's token is its address plus 1. */
struct batch {
    struct batch *next; /* of the spare ones */
    unsigned n;
    struct pbuf *p[PIECES];
    struct pith_desc table[PIECES]; /* of VIRTIO_F_INDIRECT_DESC */
};
static struct batch *spare;

static void free_batch(struct batch *b)
{
    for (unsigned i = 0; i < b->n; i++)
        pbuf_free(b->p[i]);
    b->next = spare;
    spare = b;
}

void virtio_net_reclaim(struct virtio_net *dev)
{
    void *token;
    u32 len;
    while ((token = vq_get(&dev->tx, &len))) {
        if ((u64)token & 1)
            free_batch((struct batch *)((char *)token - 1));
        else
            pbuf_free(token);
    }
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
 * sum. */
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

/* Makes the IP header say that the packet is `extra` bytes longer. */
static void lengthen(struct pbuf *p, u32 extra)
{
    u8 *ip = (u8 *)p->payload + SIZEOF_ETH_HDR;
    if (((struct eth_hdr *)p->payload)->type == PP_HTONS(ETHTYPE_IP)) {
        struct ip_hdr *h = (struct ip_hdr *)ip;
        IPH_LEN_SET(h, lwip_htons((u16)(lwip_ntohs(IPH_LEN(h)) + extra)));
        IPH_CHKSUM_SET(h, 0);
        IPH_CHKSUM_SET(h, (u16)~fold(sum(h, IP_HLEN)));
    } else {
        struct ip6_hdr *h = (struct ip6_hdr *)ip;
        IP6H_PLEN_SET(h, (u16)(IP6H_PLEN(h) + extra));
    }
}

/* The pieces of a frame, after those of earlier ones; 0 if there are too many. */
static unsigned cut(struct pbuf *p, unsigned n)
{
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

/* Room for n pieces, if it can be made. */
static bool make_room(struct virtio_net *dev, unsigned n)
{
    if (n > dev->tx.nfree)
        virtio_net_reclaim(dev);
    if (n > dev->tx.nfree) {
        net_flush();
        virtio_net_reclaim(dev);
    }
    return n <= dev->tx.nfree;
}

/* The payload of a segment that goes without its header, as pieces from n on; 0: too many. */
static unsigned cut_payload(const struct tcp_seg *seg, unsigned n)
{
    const u8 *start = (const u8 *)seg->tcphdr + TCPH_HDRLEN_BYTES(seg->tcphdr);
    u32 first = (u32)((const u8 *)seg->p->payload + seg->p->len - start);
    if (n == PIECES)
        return 0;
    if (first)
        pieces[n++] = (struct vq_piece){start, first, false};
    return cut(seg->p->next, n);
}

/* Takes along segments that follow (tcp_gso): true if the frame is on its way. */
static bool send_large(struct virtio_net *dev, struct pbuf *p)
{
    u16 pseudo, taken = 0;
    u32 extra = 0;
    struct tcp_hdr *tcp = tcp_of(p, &pseudo);
    bool v6 = ((struct eth_hdr *)p->payload)->type == PP_HTONS(ETHTYPE_IPV6);
    bool indirect = dev->features & VIRTIO_F_INDIRECT_DESC;
    if (!tcp || !(dev->features & (v6 ? VIRTIO_NET_F_HOST_TSO6 : VIRTIO_NET_F_HOST_TSO4)))
        return false;
    struct batch *b = spare;
    if (b)
        spare = b->next;
    else if (!(b = mem_alloc(sizeof(*b))))
        return false;
    b->n = 0;
    u8 *start = p->payload;
    struct virtio_net_hdr hdr = {.flags = VIRTIO_NET_NEEDS_CSUM,
                                 .gso_type = v6 ? VIRTIO_NET_GSO_TCPV6 : VIRTIO_NET_GSO_TCPV4,
                                 .gso_size = tcp_gso.mss,
                                 .csum_start = (u16)((u8 *)tcp - start),
                                 .csum_offset = offsetof(struct tcp_hdr, chksum)};
    hdr.hdr_len = (u16)(hdr.csum_start + TCPH_HDRLEN_BYTES(tcp));
    struct pbuf *frame = with_header(p, &hdr);
    unsigned n = frame ? cut(frame, 0) : 0;
    if (!n) {
        if (frame)
            pbuf_free(frame);
        free_batch(b);
        return false;
    }
    b->p[b->n++] = frame;
    u16 flags = 0;
    struct tcp_seg *seg = tcp_gso.seg->next;
    for (; taken < tcp_gso.offered && b->n < PIECES; taken++, seg = seg->next) {
        unsigned more = cut_payload(seg, n);
        if (!more || !make_room(dev, indirect ? 1 : more))
            break;
        n = more;
        pbuf_ref(seg->p);
        b->p[b->n++] = seg->p;
        extra += seg->len;
        flags |= TCPH_FLAGS(seg->tcphdr);
    }
    if (!taken || (indirect ? vq_add_indirect(&dev->tx, b->table, pieces, n, (char *)b + 1)
                            : vq_add(&dev->tx, pieces, n, (char *)b + 1)) < 0) {
        if (frame == p)
            pbuf_remove_header(p, sizeof(hdr));
        free_batch(b);
        return false;
    }
    if (frame == p)
        pbuf_remove_header(p, sizeof(hdr));
    lengthen(p, extra);
    tcp_of(p, &pseudo);
    tcp->chksum = pseudo;
    if (flags & TCP_PSH)
        TCPH_SET_FLAG(tcp, TCP_PSH);
    tcp_gso.taken = taken;
    dev->tx_packets++;
    dev->tx_bytes += p->tot_len + extra;
    return true;
}

err_t virtio_net_send(struct netif *netif, struct pbuf *p)
{
    struct virtio_net *dev = netif->state;
    struct virtio_net_hdr hdr;
    struct pbuf *frame;
    u32 bytes = p->tot_len;
    if (tcp_gso.seg && tcp_gso.offered && p == tcp_gso.seg->p && send_large(dev, p))
        return ERR_OK;
    offload(dev, p, &hdr);
    if (!(frame = with_header(p, &hdr)))
        goto dropped;
    unsigned n = cut(frame, 0);
    if (!n) {
        struct pbuf *one = pbuf_clone(PBUF_RAW, PBUF_RAM, frame);
        pbuf_free(frame);
        if (!(frame = one))
            goto dropped;
        n = cut(frame, 0);
    }
    if (!make_room(dev, n) || vq_add(&dev->tx, pieces, n, frame) < 0) {
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
