/* Frames of the host in buffers of the guest: whole, in order, as large as they come. */
#include "fake.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static uint8_t frame[70000], got[70000];
/* Where each buffer lies; all cross a page border somewhere. */
static uint64_t place[PITH_NET_QUEUE_SIZE];

static void give_buffers(unsigned first, unsigned n, uint32_t size)
{
    for (unsigned i = first; i < first + n; i++) {
        place[i] = MEMORY + (uint64_t)i * (size + 8) + 3;
        desc(PITH_NET_RX, i, place[i], size, 2, 0);
        offer(PITH_NET_RX, i);
    }
}

static void fill(size_t n, unsigned seed)
{
    for (size_t i = 0; i < n; i++)
        frame[i] = (uint8_t)(i * 31 + seed);
}

static bool send_frame(size_t n, unsigned seed)
{
    fill(n, seed);
    return send(other, frame, n, MSG_DONTWAIT) == (ssize_t)n;
}

/* The frame that begins at used entry *at: its length, its bytes in `got`; moves *at behind it. */
static size_t take_frame(unsigned *at)
{
    struct pith_used_elem first = used_at(PITH_NET_RX, *at);
    unsigned n = byte_of(place[first.id] + 10) | byte_of(place[first.id] + 11) << 8u;
    size_t len = 0;
    for (unsigned i = 0; i < n; i++, ++*at) {
        struct pith_used_elem e = used_at(PITH_NET_RX, *at);
        unsigned skip = i == 0 ? 12 : 0;
        get_bytes(place[e.id] + skip, got + len, e.len - skip);
        len += e.len - skip;
    }
    return len;
}

static bool is_frame(unsigned *at, size_t n, unsigned seed)
{
    fill(n, seed);
    return take_frame(at) == n && memcmp(frame, got, n) == 0;
}

static void one(void)
{
    unsigned at = 0;
    fresh(SOCK_SEQPACKET, 0);
    CHECK(!serve() && used(PITH_NET_RX) == 0);
    give_buffers(0, 4, 2048);
    CHECK(!serve() && used(PITH_NET_RX) == 0);
    CHECK(send_frame(60, 1) && serve() && used(PITH_NET_RX) == 1);
    CHECK(byte_of(place[0]) == 2); /* the checksum is known to be right */
    CHECK(is_frame(&at, 60, 1));
    CHECK(send_frame(2036, 2) && serve() && used(PITH_NET_RX) == 2 && is_frame(&at, 2036, 2));
    CHECK(send_frame(2037, 3) && serve() && used(PITH_NET_RX) == 4 && is_frame(&at, 2037, 3));
    /* No buffers: it waits, and nobody asks for it. */
    struct pollfd fds[MON_DEVICE_FDS];
    CHECK(send_frame(60, 4) && !serve() && mon_net_ops.poll(&guest, &device, fds) == 0);
    give_buffers(4, 1, 2048);
    CHECK(mon_net_ops.poll(&guest, &device, fds) == 1 && fds[0].events == POLLIN);
    CHECK(serve() && used(PITH_NET_RX) == 5 && is_frame(&at, 60, 4));
}

static void large_and_small(void)
{
    unsigned at = 0, before = 0;
    fresh(SOCK_SEQPACKET, 0);
    give_buffers(0, 200, 2048);
    /* Before and after large frames are expected; small ones among them. */
    for (unsigned round = 0; round < 6; round++) {
        CHECK(send_frame(60000, round) && send_frame(70, round + 1) && send_frame(9000, round + 2));
        CHECK(serve());
        CHECK(is_frame(&at, 60000, round) && is_frame(&at, 70, round + 1) &&
              is_frame(&at, 9000, round + 2));
        CHECK(at == used(PITH_NET_RX) && at == before + 30 + 1 + 5);
        for (; before < at; before++) /* back to the device */
            offer(PITH_NET_RX, used_at(PITH_NET_RX, before).id);
    }
    CHECK(net.dropped == 0);
}

static void no_room(void)
{
    unsigned at = 0;
    fresh(SOCK_SEQPACKET, 0);
    give_buffers(0, 8, 2048);
    /* More than there are buffers for: lost alone, the next one is there, no buffer is. */
    CHECK(send_frame(30000, 1) && send_frame(10000, 2) && serve());
    CHECK(net.dropped == 1 && is_frame(&at, 10000, 2) && at == used(PITH_NET_RX) && at == 5);
    CHECK(send_frame(6000, 3) && serve() && is_frame(&at, 6000, 3) && at == 8);
}

static void with_header(void)
{
    unsigned at = 0;
    for (unsigned header = 10; header <= 12; header += 2) {
        fresh(SOCK_DGRAM, header);
        at = 0;
        give_buffers(0, 64, 2048);
        fill(1000, 7);
        memset(frame, 0, 12);
        frame[0] = 1;  /* NEEDS_CSUM */
        frame[6] = 34; /* csum_start */
        CHECK(send(other, frame, 1000, 0) == 1000 && serve());
        uint8_t seen[12];
        get_bytes(place[0], seen, 12);
        CHECK(seen[0] == 1 && seen[6] == 34 && seen[10] == 1 && seen[11] == 0);
        CHECK(take_frame(&at) == 1000 - header && memcmp(got + 12, frame + header + 12, 900) == 0);
        /* Segmentation nobody agreed on, and less than an Ethernet header. */
        frame[1] = 3;
        CHECK(send(other, frame, 1000, 0) == 1000 && !serve() && net.dropped == 1);
        frame[1] = 0;
        CHECK(send(other, frame, header + 13, 0) == header + 13 && !serve() && net.dropped == 2);
        CHECK(send(other, frame, header + 14, 0) == header + 14 && serve());
    }
}

/* Buffers in pieces: the header in bytes of its own. */
static void in_pieces(void)
{
    fresh(SOCK_SEQPACKET, 0);
    for (unsigned i = 0; i < 20; i++)
        desc(PITH_NET_RX, i, MEMORY + i * 100, i < 14 ? 1 : 50, 2 | (i < 19), i + 1);
    offer(PITH_NET_RX, 0);
    CHECK(send_frame(302, 5) && serve() && used(PITH_NET_RX) == 1);
    CHECK(used_at(PITH_NET_RX, 0).len == 302 + 12 && byte_of(MEMORY + 10 * 100) == 1);
    fill(302, 5);
    for (unsigned i = 0; i < 302; i++)
        CHECK(byte_of(i < 2 ? MEMORY + (12 + i) * 100
                            : MEMORY + (14 + (i - 2) / 50) * 100 + (i - 2) % 50) == frame[i]);
    /* One byte more does not fit. */
    offer(PITH_NET_RX, 0);
    CHECK(send_frame(303, 5) && !serve() && net.dropped == 1);
}

static void many(void)
{
    unsigned at = 0;
    fresh(SOCK_SEQPACKET, 0);
    give_buffers(0, 256, 2048);
    for (unsigned i = 0; i < 20000; i++) {
        unsigned n = 1 + chance(90), sent = 0;
        for (; sent < n && send_frame(60 + (i + sent) % 1500, i + sent); sent++)
            continue;
        serve();
        for (unsigned k = 0; k < sent; k++) {
            unsigned first = at;
            CHECK(is_frame(&at, 60 + (i + k) % 1500, i + k));
            for (; first != at; first++)
                offer(PITH_NET_RX, used_at(PITH_NET_RX, first).id);
        }
        CHECK((at & 0xffff) == used(PITH_NET_RX));
        i += sent;
    }
    CHECK(net.dropped == 0);
}

static void gone(void)
{
    struct pollfd fds[MON_DEVICE_FDS];
    fresh(SOCK_SEQPACKET, 0);
    give_buffers(0, 4, 2048);
    CHECK(send_frame(60, 1));
    close(other);
    CHECK(serve() && used(PITH_NET_RX) == 1);
    serve();
    CHECK(net.lost && mon_net_ops.poll(&guest, &device, fds) == 0);
    other = dup(0);
}

void test_receive(void)
{
    unit_run("net-receive-one", one);
    unit_run("net-receive-large-and-small", large_and_small);
    unit_run("net-receive-no-room", no_room);
    unit_run("net-receive-header", with_header);
    unit_run("net-receive-pieces", in_pieces);
    unit_run("net-receive-many", many);
    unit_run("net-receive-gone", gone);
}
