/* Frames of the guest on the wire: whole, in order, none twice. */
#include "fake.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static uint8_t frame[70000], got[70000];

static void fill(size_t n, unsigned seed)
{
    for (size_t i = 0; i < n; i++)
        frame[i] = (uint8_t)(i * 17 + seed);
}

static ssize_t take(void)
{
    return recv(other, got, sizeof got, MSG_DONTWAIT);
}

static void in_pieces(void)
{
    fresh(SOCK_SEQPACKET, 0);
    fill(500, 3);
    put_bytes(MEMORY + 4000, frame, 500);
    /* The header and some data a byte each, the rest across a page border. */
    for (unsigned i = 0; i < 40; i++)
        desc(PITH_NET_TX, i, MEMORY + 4000 + i, 1, 1, i + 1);
    desc(PITH_NET_TX, 40, MEMORY + 4040, 460, 0, 0);
    offer(PITH_NET_TX, 0);
    CHECK(serve() && used(PITH_NET_TX) == 1 && used_at(PITH_NET_TX, 0).id == 0);
    CHECK(take() == 488 && memcmp(got, frame + 12, 488) == 0);
    /* The same through an indirect table. */
    for (unsigned i = 0; i < 41; i++)
        put_bytes(MEMORY + 8192 + 16 * i, &device.ring[PITH_NET_TX].desc[i], 16);
    desc(PITH_NET_TX, 7, MEMORY + 8192, 41 * 16, 4, 0);
    offer(PITH_NET_TX, 7);
    CHECK(serve() && used(PITH_NET_TX) == 2 && used_at(PITH_NET_TX, 1).id == 7);
    CHECK(take() == 488 && memcmp(got, frame + 12, 488) == 0);
    /* Who does not want to hear of it does not. */
    device.ring[PITH_NET_TX].avail->flags = 1;
    offer(PITH_NET_TX, 7);
    CHECK(!serve() && used(PITH_NET_TX) == 3 && take() == 488);
}

static void with_header(void)
{
    fresh(SOCK_DGRAM, 10);
    fill(300, 9);
    frame[10] = frame[11] = 0xff; /* num_buffers is the device's */
    put_bytes(MEMORY, frame, 300);
    desc(PITH_NET_TX, 0, MEMORY, 300, 0, 0);
    offer(PITH_NET_TX, 0);
    CHECK(serve() && take() == 298 && memcmp(got, frame, 10) == 0 &&
          memcmp(got + 10, frame + 12, 288) == 0);
    fresh(SOCK_DGRAM, 12);
    put_bytes(MEMORY, frame, 300);
    desc(PITH_NET_TX, 0, MEMORY, 300, 0, 0);
    offer(PITH_NET_TX, 0);
    CHECK(serve() && take() == 300 && memcmp(got, frame, 10) == 0 && got[10] == 0 && got[11] == 0);
}

static void what_is_no_frame(void)
{
    static const uint32_t wrong[] = {0, 1, 12, 25, 70000, 0xffffffff};
    fresh(SOCK_SEQPACKET, 0);
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        desc(PITH_NET_TX, i, MEMORY, wrong[i], 0, 0);
        desc(PITH_NET_TX, 100 + i, MEMORY, 100 + i, 0, 0);
        offer(PITH_NET_TX, i);
        offer(PITH_NET_TX, 100 + i);
    }
    CHECK(serve() && !guest.over && used(PITH_NET_TX) == 12);
    for (unsigned i = 0; i < 6; i++)
        CHECK(take() == 88 + (int)i && used_at(PITH_NET_TX, 2 * i + 1).id == 100 + i);
    CHECK(take() < 0);
}

/* The host takes no more: everything waits, then goes in order. */
static void congestion(void)
{
    struct pollfd fds[MON_DEVICE_FDS];
    unsigned sent = 0, seen = 0;
    fresh(SOCK_SEQPACKET, 0);
    for (unsigned i = 0; i < 256; i++)
        desc(PITH_NET_TX, i, MEMORY + i * 4000, 4000, 0, 0);
    for (unsigned round = 0; round < 2000; round++) {
        unsigned free = 256 - (sent - device.ring[PITH_NET_TX].used->idx) % 65536;
        for (unsigned n = chance(free + 1); n; n--, sent++) {
            put_bytes(MEMORY + sent % 256 * 4000 + 12, &sent, sizeof sent);
            offer(PITH_NET_TX, sent % 256);
        }
        serve();
        if (net.blocked)
            CHECK(mon_net_ops.poll(&guest, &device, fds) == 1 && fds[0].events & POLLOUT);
        for (unsigned n = chance(60); n && take() == 3988; n--, seen++)
            CHECK(memcmp(got, &seen, sizeof seen) == 0);
    }
    /* What is left comes when poll says so. */
    while (seen < sent) {
        if (take() == 3988) {
            CHECK(memcmp(got, &seen, sizeof seen) == 0);
            seen++;
            continue;
        }
        unsigned n = mon_net_ops.poll(&guest, &device, fds);
        CHECK(n == 1 && net.blocked);
        fds[0].revents = POLLOUT;
        mon_net_ops.serve(&guest, &device, fds, n);
        if (unit_why)
            return;
    }
    CHECK(seen == sent && sent > 1000 && net.dropped == 0);
}

static void gone(void)
{
    fresh(SOCK_SEQPACKET, 0);
    close(other);
    other = dup(0);
    for (unsigned i = 0; i < 200; i++) {
        desc(PITH_NET_TX, i, MEMORY, 100, 0, 0);
        offer(PITH_NET_TX, i);
    }
    CHECK(serve() && used(PITH_NET_TX) == 200 && net.lost);
}

void test_send(void)
{
    unit_run("net-send-pieces", in_pieces);
    unit_run("net-send-header", with_header);
    unit_run("net-send-no-frame", what_is_no_frame);
    unit_run("net-send-congestion", congestion);
    unit_run("net-send-gone", gone);
}
