/* Frames and devices that are wrong: nothing may be read or written where it should not (ASan), no
 * buffer may be lost, and the stack must go on working. */
#include "peer.h"

#include <stdlib.h>

/* Does the stack still work, with all its buffers? */
static const char *alive(void)
{
    struct conn c;
    static u16 port = 20000;
    struct segment s;
    const char *broken = NULL;
    fake_pass(200000);
    while (peer_next(&s, &broken))
        ;
    const char *why = conn_open(&c, port++);
    if (why)
        return why;
    tcp_abort(c.pcb);
    while (tcp_active_pcbs)
        tcp_abort(tcp_active_pcbs);
    fake_pass(200000);
    struct virtio_net *dev = virtio_nets;
    if (dev->rx.size - dev->rx.nfree + dev->nspare < dev->total)
        return "receive buffers are lost";
    return NULL;
}

const char *test_liar(void)
{
    static u8 junk[4001];
    for (u32 i = 0; i < sizeof(junk); i++)
        junk[i] = (u8)rand();
    struct virtio_net *dev = virtio_nets;
    srand(1);
    for (int i = 0; i < 60000; i++) {
        u32 id = rand() % 3 ? (u32)rand() % 256 : (u32)rand();
        u32 len = rand() % 3 ? (u32)rand() % 3000 : (u32)rand() * 3;
        /* A buffer that the device has holds what it likes; some say that more follow. */
        if (id < 256 && dev->token[id]) {
            struct rx_buffer *b = dev->token[id];
            for (u32 j = 0; j < RX_BYTES; j++)
                b->data[j] = junk[(j + (u32)i) % sizeof(junk)];
            b->data[10] = (u8)(rand() % 4);
            b->data[11] = (u8)(rand() % 64 == 0);
        }
        fake_lie(0, id, len);
        if (i % 4 == 0) {
            fake_run();
            fake_lie(1, id, len);
        }
    }
    fake_run();
    for (u32 i = 0; i < 256; i++)
        if (dev->token[i] && ((struct rx_buffer *)dev->token[i])->dev != dev)
            return "the ring holds what is no buffer";
    return dev->total > dev->most ? "there are more buffers than there may be" : NULL;
}

const char *test_starved(void)
{
    struct conn c;
    struct segment s;
    const char *broken = NULL;
    static u8 data[2000];
    for (long left = 0; left < 40; left++) {
        fake_memory = left;
        conn_open(&c, (u16)(30000 + left));
        if (c.pcb) {
            peer_tcp(c.port, 80, c.seq, c.ack, ACK, 2000, data, 1000);
            tcp_write(c.pcb, data, 2000, TCP_WRITE_FLAG_COPY);
            tcp_output(c.pcb);
            fake_pass(1000);
        }
        while (peer_next(&s, &broken))
            ;
        fake_memory = -1;
        while (tcp_active_pcbs)
            tcp_abort(tcp_active_pcbs);
    }
    return alive();
}

/* Frames of every protocol, as they should be. */
static unsigned seed_frame(unsigned kind, u8 *f)
{
    static const u8 eth[14] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8};
    static const u8 ip4[20] = {0x45, 0, 0, 60, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1};
    static const u8 ip6[40] = {0x60, 0,   0,    0,        0,           60,
                               58,   255, 0xfd, [23] = 2, [24] = 0xfd, [39] = 1};
    static const u8 arp[28] = {0,  1, 8, 0, 6, 4, 0, 1, 2, 0, 0,  0, 0, 2,
                               10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1};
    static const u8 proto4[] = {1, 2, 6, 17}, proto6[] = {0, 6, 17, 43, 44, 58, 60};
    memcpy(f, eth, 14);
    if (kind == 0) {
        f[13] = 6;
        memcpy(f + 14, arp, 28);
        return 42;
    }
    u8 *body;
    unsigned n;
    if (kind <= 4) {
        memcpy(f + 14, ip4, 20);
        f[23] = proto4[kind - 1];
        body = f + 34;
        n = 40 + (unsigned)rand() % 40;
        f[17] = (u8)(20 + n);
        if (rand() % 8 == 0) /* a fragment */
            f[20] = (u8)(rand() & 0x3f), f[21] = (u8)rand();
    } else {
        f[12] = 0x86, f[13] = 0xdd;
        memcpy(f + 14, ip6, 40);
        f[20] = proto6[(kind - 5) % 7];
        body = f + 54;
        n = 24 + (unsigned)rand() % 80;
        f[19] = (u8)n;
        static const u8 types[] = {128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 1, 2, 3, 4};
        memset(body, 0, n);
        body[0] = f[20] == 58 ? types[(unsigned)rand() % sizeof(types)]
                              : (u8)proto6[(unsigned)rand() % 7];
        body[1] = 0;
        for (unsigned i = 24; i + 8 < n; i += 8) { /* options of neighbour discovery */
            body[i] = (u8)(1 + rand() % 5);
            body[i + 1] = (u8)(rand() % 5);
        }
        if (rand() % 2)
            memcpy(body + 8, ip6 + 24, 16);
    }
    if (kind <= 4)
        for (unsigned i = 0; i < n; i++)
            body[i] = (u8)rand();
    if (f[23] == 6 && kind == 3) {
        static const u16 port = 80;
        body[2] = (u8)(port >> 8), body[3] = (u8)port;
        body[12] = (u8)(rand() % 4 ? 0x50 + (rand() % 6 << 4) : rand());
        body[13] = (u8)(1 << rand() % 5 | (rand() % 2 ? ACK : 0));
    }
    if (kind == 4) { /* UDP: to the DHCP client, or anywhere */
        body[2] = 0, body[3] = 68;
        body[4] = 0, body[5] = (u8)n;
    }
    return (unsigned)(body - f) + n;
}

const char *test_fuzz(void)
{
    static u8 f[4000];
    struct conn c;
    const char *why = conn_open(&c, 5555);
    if (why)
        return why;
    srand(42);
    for (int i = 0; i < 300000; i++) {
        unsigned n = seed_frame((unsigned)rand() % 12, f);
        unsigned flips = (unsigned)rand() % 4;
        while (flips--)
            f[14 + (unsigned)rand() % (n - 14)] ^= (u8)(1 << rand() % 8);
        if (rand() % 16 == 0)
            n = 1 + (unsigned)rand() % n;
        if (rand() % 4 && n >= 34 && f[12] == 8) { /* so that more gets past the header */
            f[24] = f[25] = 0;
            u16 s = (u16)~peer_sum(f + 14, 20, 0);
            f[24] = (u8)(s >> 8), f[25] = (u8)s;
        }
        fake_give(f, n, rand() % 4 ? 2 : 0);
        if (i % 8 == 0)
            fake_run();
        if (i % 512 == 0)
            fake_pass((u64)rand() % 3000);
        while (fake_sent())
            ;
    }
    fake_run();
    return alive();
}
