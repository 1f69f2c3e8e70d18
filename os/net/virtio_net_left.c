/* See virtio_net_left.h. Of the driver (virtio_net.h): the queue of frames that the host keeps.
 *
 *   left[]     first                        end
 *              | load | load | wanted | ... |        oldest first; 0: nobody wants it
 *
 * What is admitted has memory promised to it (left_bytes), so that older frames can always be moved
 * out of the way of younger ones; others are dropped as they come. Where the program has taken that
 * memory meanwhile, payload is lost, and with it the connection: TCP has acknowledged it. */
#include "net/virtio_net_left.h"

#include "base/string.h"
#include "base/uaccess.h"
#include "mem/alloc.h"
#include "net/virtio_net.h"

#include <lwip/prot/ethernet.h>
#include <lwip/prot/ip.h>
#include <lwip/prot/ip4.h>
#include <lwip/prot/ip6.h>
#include <lwip/prot/tcp.h>

/* Where payloads seem to be that are not there: nothing is, on any machine. */
#define NOWHERE ((char *)0x700000000000)
/* Least memory, in receive buffers, with which frames are left: 8 MiB. */
#define LEAST (4096u / HELD_SHARE)

struct left {
    struct pbuf_custom pbuf;
    struct virtio_net *dev;
    u32 number;  /* dev->left[number % size], while it is the host's */
    u32 at, len; /* of the frame's bytes: those the pbuf had in the beginning */
    u32 take;    /* how many of them are fetched */
    char *into;  /* where to; 0: memory of ours */
    bool there, ours;
};

/* The bytes before the payload, and of frames nobody wants. */
static char scrap[PITH_NET_BEGIN];

static struct left *left_of(struct pbuf *p)
{
    return container_of(p, struct left, pbuf.pbuf);
}

static void freed(struct pbuf *p)
{
    struct left *l = left_of(p);
    l->dev->left_bytes -= l->len;
    if (!l->there)
        l->dev->left[l->number % l->dev->keep.size] = NULL;
    if (l->ours)
        mem_free(l->into);
    mem_free(l);
}

void virtio_net_left_start(struct virtio_net *dev, const struct pith_queue *q)
{
    if (dev->most < LEAST)
        return;
    struct left **left = mem_alloc(q->size * 2 * sizeof(*left));
    if (!left)
        return;
    dev->left = left;
    vq_init(&dev->keep, q, (void **)(left + q->size));
    dev->keep.avail->flags = 1;
}

/* ---- fetching ---- */

/* Queues a chain for the frame: l, or 0. */
static void ask(struct virtio_net *dev, struct left *l)
{
    struct vq_piece piece[2] = {{scrap, sizeof(scrap), true}};
    if (!l || (!l->into && !(l->into = mem_alloc_dirty(l->take)))) {
        vq_add(&dev->keep, piece, 1, scrap);
        return;
    }
    piece[0].len = l->at;
    piece[1] = (struct vq_piece){l->into, l->take, true};
    vq_add(&dev->keep, piece, 2, l);
}

/* Its bytes have come, or never will. */
static void arrived(struct left *l, u32 len)
{
    struct pbuf *p = &l->pbuf.pbuf;
    l->there = true;
    if (len < l->at + l->take)
        return; /* it stays PBUF_LEFT */
    p->payload = l->into + ((char *)p->payload - NOWHERE);
    p->flags &= (u8_t)~PBUF_LEFT;
}

/* The n oldest frames are fetched. */
static void fetch(struct virtio_net *dev, u32 n)
{
    u32 size = dev->keep.size;
    while (n) {
        u32 k = 0;
        for (; k < n && dev->keep.nfree >= 2; k++)
            ask(dev, dev->left[(dev->left_first + k) % size]);
        net_flush();
        dev->fetched = true;
        for (u32 i = 0; i < k; i++) {
            u32 len = 0;
            void *token = vq_get(&dev->keep, &len);
            struct left *l = dev->left[dev->left_first++ % size];
            ASSERT(token);
            if (l)
                arrived(l, token == l ? len : 0);
        }
        n -= k;
    }
}

void virtio_net_left_load(struct virtio_net *dev, u32 keep)
{
    u32 n = dev->left_end - dev->left_first;
    if (n <= keep)
        return;
    for (u32 i = dev->left_first; i != dev->left_end - keep; i++) {
        struct left *l = dev->left[i % dev->keep.size];
        if (l)
            l->ours = true;
    }
    fetch(dev, n - keep);
}

int left_load(struct pbuf *p)
{
    struct left *l = left_of(p);
    if (!l->there)
        virtio_net_left_load(l->dev, l->dev->left_end - l->number - 1);
    return left_is(p) ? -ECONNRESET : 0;
}

int left_load_all(struct pbuf *p)
{
    int err = 0;
    for (; p && !err; p = p->next)
        if (left_is(p))
            err = left_load(p);
    return err;
}

size_t left_read(struct pbuf *p, void *to, size_t n)
{
    struct virtio_net *dev = left_of(p)->dev;
    size_t bytes = 0;
    u32 next = 0;
    struct pbuf *end = p;
    for (; end && left_is(end) && end->len <= n - bytes; end = end->next) {
        struct left *l = left_of(end);
        /* Cut at its front, or others in between: that is memory's. */
        if (l->there || l->dev != dev || end->payload != NOWHERE || (bytes && l->number != next))
            break;
        next = l->number + 1;
        bytes += end->len;
    }
    if (!bytes || user_touch(to, bytes, true))
        return 0;
    u32 first = left_of(p)->number;
    for (u32 i = dev->left_first; i != first; i++) {
        struct left *l = dev->left[i % dev->keep.size];
        if (l)
            l->ours = true;
    }
    bytes = 0;
    for (struct pbuf *q = p; q != end; q = q->next) {
        struct left *l = left_of(q);
        l->into = (char *)to + bytes;
        l->take = q->len;
        bytes += q->len;
    }
    fetch(dev, next - dev->left_first);
    bytes = 0; /* as far as all of it came */
    for (struct pbuf *q = p; q != end && !left_is(q); q = q->next)
        bytes += q->len;
    return bytes;
}

/* ---- receiving ---- */

/* The length of the headers of a TCP segment that may be left, 0: it is something else. */
static u32 headers(const u8 *frame, u32 there)
{
    const struct eth_hdr *eth = (const struct eth_hdr *)frame;
    u32 at = SIZEOF_ETH_HDR;
    if (there < SIZEOF_ETH_HDR + IP6_HLEN + TCP_HLEN)
        return 0;
    if (eth->type == PP_HTONS(ETHTYPE_IP)) {
        const struct ip_hdr *h = (const struct ip_hdr *)(frame + at);
        if (IPH_PROTO(h) != IP_PROTO_TCP || IPH_OFFSET(h) & PP_HTONS(IP_OFFMASK | IP_MF))
            return 0;
        at += IPH_HL_BYTES(h);
    } else if (eth->type == PP_HTONS(ETHTYPE_IPV6)) {
        if (IP6H_NEXTH((const struct ip6_hdr *)(frame + at)) != IP6_NEXTH_TCP)
            return 0;
        at += IP6_HLEN;
    } else {
        return 0;
    }
    if (at + TCP_HLEN > there)
        return 0;
    at += TCPH_HDRLEN_BYTES((const struct tcp_hdr *)(frame + at));
    return at <= there ? at : 0;
}

struct pbuf *virtio_net_left(struct virtio_net *dev, const u8 *frame, u32 len, bool valid)
{
    u32 there = MIN(len, PITH_NET_BEGIN), at = valid ? headers(frame, there) : 0;
    bool known = at && at < len;
    struct left *l = NULL;
    struct pbuf *p = NULL;
    if (!known)
        at = 0;
    if (len <= UINT16_MAX && dev->left_bytes + len <= dev->most * (u64)RX_BUFFER &&
        (l = mem_alloc(sizeof(*l)))) {
        l->dev = dev;
        l->number = dev->left_end;
        l->at = at;
        l->take = l->len = len - at;
        l->pbuf.custom_free_function = freed;
        dev->left_bytes += l->len;
        p = &l->pbuf.pbuf;
        p->payload = NOWHERE;
        p->len = p->tot_len = (u16_t)l->len;
        p->type_internal = (u8_t)PBUF_REF;
        p->flags = PBUF_FLAG_IS_CUSTOM | PBUF_LEFT;
        p->ref = 1;
        p->if_idx = NETIF_NO_INDEX;
    }
    ASSERT(dev->left_end - dev->left_first < dev->keep.size);
    dev->left[dev->left_end++ % dev->keep.size] = l;
    if (p && !known && left_load(p)) {
        pbuf_free(p);
        p = NULL;
    }
    return p;
}
