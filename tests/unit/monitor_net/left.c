/* Large frames left with the host (PITH_NET_LEFT): told of in order, given where the guest says,
 * never to a guest that does not want it so. The ring of slots is made by hand, as the kernel would
 * fill it; the socket behind it holds the frames whole. */
#include "fake.h"

#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <string.h>
#include <sys/socket.h>

#define SLOT 2048u /* of net_ring.c, as HEADER is of packet sockets */
#define SLOTS 2048u
#define HEADER 10u
#define MAC 80u

static uint8_t slots[SLOT * SLOTS] __attribute__((aligned(4096)));
static uint8_t frame[70000];
static unsigned next; /* slot the kernel fills */

static void begin(bool wanted)
{
    fresh(SOCK_SEQPACKET, HEADER);
    memset(slots, 0, sizeof slots);
    next = 0;
    net.ring = slots;
    net.keep = 8;
    if (wanted)
        device.ring[PITH_NET_LEFT].avail->flags = 1;
    for (unsigned i = 0; i < 64; i++) {
        desc(PITH_NET_RX, i, MEMORY + i * 2048u, 2032, 2, 0);
        offer(PITH_NET_RX, i);
    }
}

/* A frame of n bytes arrives. */
static void arrive(size_t n, unsigned seed, uint8_t kind)
{
    struct tpacket2_hdr *s = (void *)(slots + next++ % SLOTS * SLOT);
    bool fits = MAC + n <= SLOT;
    memset(frame, 0, HEADER);
    frame[0] = VIRTIO_NET_HDR_F_NEEDS_CSUM;
    frame[1] = kind;
    for (size_t i = 0; i < n; i++)
        frame[HEADER + i] = (uint8_t)(i * 31 + seed);
    if (!fits)
        CHECK(send(other, frame, HEADER + n, MSG_DONTWAIT) == (ssize_t)(HEADER + n));
    s->tp_mac = MAC;
    s->tp_len = (uint32_t)n;
    s->tp_snaplen = fits ? (uint32_t)n : SLOT - MAC;
    memcpy((uint8_t *)s + MAC - HEADER, frame, HEADER + s->tp_snaplen);
    s->tp_status = TP_STATUS_USER | (fits ? 0 : TP_STATUS_COPY);
}

/* Used entry `at` of the receive queue: is it such a frame, by its beginning? */
static bool told(unsigned at, size_t n, unsigned seed, unsigned buffers)
{
    struct pith_used_elem e = used_at(PITH_NET_RX, at);
    uint64_t va = MEMORY + e.id * 2048u;
    bool ok = byte_of(va + 10) == buffers && byte_of(va + 11) == 0;
    for (unsigned i = 0; i < PITH_NET_BEGIN && i < n; i++)
        ok &= byte_of(va + 12 + i) == (uint8_t)(i * 31 + seed);
    return ok && (buffers != 0 || e.len == n + 12);
}

/* Chain i of the third queue: two pieces, the first of `head` bytes, across pages. */
static uint64_t want(unsigned i, uint32_t head, uint32_t len)
{
    uint64_t at = MEMORY + (1u << 18) + i * 80000u + 5;
    desc(PITH_NET_LEFT, 2 * i, at, head, 3, 2 * i + 1);
    desc(PITH_NET_LEFT, 2 * i + 1, at + head, len - head, 2, 0);
    offer(PITH_NET_LEFT, 2 * i);
    return at;
}

static bool has(uint64_t at, size_t n, unsigned seed)
{
    for (size_t i = 0; i < n; i++)
        if (byte_of(at + i) != (uint8_t)(i * 31 + seed))
            return false;
    return byte_of(at + n) == 0;
}

static void in_order(void)
{
    begin(true);
    arrive(60000, 1, VIRTIO_NET_HDR_GSO_TCPV4);
    arrive(100, 2, 0);
    arrive(3000, 3, VIRTIO_NET_HDR_GSO_TCPV6); /* stands behind one that is left */
    arrive(65549, 4, VIRTIO_NET_HDR_GSO_TCPV4);
    CHECK(serve() && used(PITH_NET_RX) == 4 && net.left == 3);
    CHECK(told(0, 60000, 1, 0) && told(1, 100, 2, 1) && told(2, 3000, 3, 0) &&
          told(3, 65549, 4, 0));
    /* More is asked for than there is; and less than all of one. */
    uint64_t a = want(0, 66, 60000), b = want(1, 7, 1000), c = want(2, 192, 70000),
             d = want(3, 66, 1000);
    CHECK(serve() && used(PITH_NET_LEFT) == 4 && net.left == 0);
    for (unsigned i = 0; i < 4; i++)
        CHECK(used_at(PITH_NET_LEFT, i).id == 2 * i);
    CHECK(used_at(PITH_NET_LEFT, 0).len == 60000 && has(a, 60000, 1));
    CHECK(used_at(PITH_NET_LEFT, 1).len == 1000 && has(b, 1000, 3));
    CHECK(used_at(PITH_NET_LEFT, 2).len == 65549 && has(c, 65549, 4));
    CHECK(used_at(PITH_NET_LEFT, 3).len == 0 && byte_of(d) == 0);
    CHECK(!serve());
}

static void unwanted(void)
{
    begin(false);
    arrive(60000, 1, VIRTIO_NET_HDR_GSO_TCPV4);
    CHECK(serve() && net.left == 0 && told(0, 60000, 1, 30));
    begin(true);
    arrive(16383, 1, VIRTIO_NET_HDR_GSO_TCPV4); /* not worth it */
    CHECK(serve() && net.left == 0 && told(0, 16383, 1, 9));
    /* What arrives is never given to a chain for what was left. */
    want(0, 66, 1000);
    arrive(16383, 2, VIRTIO_NET_HDR_GSO_TCPV4);
    CHECK(serve() && used_at(PITH_NET_LEFT, 0).len == 0 && used(PITH_NET_RX) > 9);
}

static void full(void)
{
    struct pollfd fds[MON_DEVICE_FDS];
    begin(true);
    for (unsigned i = 0; i < 9; i++)
        arrive(17000, i, VIRTIO_NET_HDR_GSO_TCPV4);
    arrive(100, 9, 0);
    CHECK(serve() && used(PITH_NET_RX) == 8 && net.left == 8);
    CHECK(mon_net_ops.poll(&guest, &device, fds) == 1);
    /* Asked by a wait that would sleep: it does not, as long as something is left. */
    fds[0].revents = POLLIN;
    CHECK(mon_net_ops.serve(&guest, &device, fds, 1) && used(PITH_NET_RX) == 8);
    uint64_t at = want(0, 66, 17000);
    CHECK(serve() && has(at, 17000, 0) && used(PITH_NET_RX) == 10 && net.left == 8);
    CHECK(told(8, 17000, 8, 0) && told(9, 100, 9, 1));
}

static void bad(void)
{
    begin(true);
    arrive(60000, 1, VIRTIO_NET_HDR_GSO_TCPV4);
    CHECK(serve() && net.left == 1);
    desc(PITH_NET_LEFT, 0, MEMORY, 100, 0, 0); /* to be read */
    offer(PITH_NET_LEFT, 0);
    CHECK(!serve() && strstr(broken, "cannot write"));
    begin(true);
    desc(PITH_NET_LEFT, 0, MEMORY + PAGES * PITH_PAGE - 10, 20, 2, 0);
    offer(PITH_NET_LEFT, 0);
    CHECK(!serve() && strstr(broken, "cannot write"));
    begin(true);
    desc(PITH_NET_LEFT, 0, MEMORY, 10, 3, 0); /* for ever */
    offer(PITH_NET_LEFT, 0);
    CHECK(!serve() && strstr(broken, "longer than the queue"));
    begin(true);
    for (unsigned i = 0; i < 64; i++) /* the beginning does not fit */
        desc(PITH_NET_RX, i, MEMORY + i * 2048u, 100, 2, 0);
    arrive(60000, 1, VIRTIO_NET_HDR_GSO_TCPV4);
    CHECK(!serve() && strstr(broken, "beginning"));
}

void test_left(void)
{
    unit_run("net-left-order", in_order);
    unit_run("net-left-unwanted", unwanted);
    unit_run("net-left-full", full);
    unit_run("net-left-bad", bad);
}
