/* What the stack does with right frames: addresses, connections, loss, time, many of them. */
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/string.h"
#include "net/virtio_net.h"

#define SAY(cond)                                                                                  \
    do {                                                                                           \
        if (!(cond))                                                                               \
            return BASE_STR(__LINE__) ": " #cond;                                                  \
    } while (0)
#define TRY(call)                                                                                  \
    do {                                                                                           \
        const char *why_ = (call);                                                                 \
        if (why_)                                                                                  \
            return why_;                                                                           \
    } while (0)

static const char *broken;
static u8 payload[300000];

/* ---- ARP for both addresses, echo, a neighbour's question ---- */
static const struct frame *only(void)
{
    const struct frame *f = fake_sent();
    return f && !fake_sent() ? f : NULL;
}

const char *test_addresses(void)
{
    u8 arp[28] = {0,  1, 8, 0, 6, 4, 0, 1, 2, 0, 0,  0, 0, 2,
                  10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1};
    const struct frame *f;
    while (fake_sent())
        ;
    for (u8 net = 0; net < 3; net++) {
        arp[26] = net;
        arp[16] = net;
        peer_frame(0x806, arp, 28);
        f = only();
        if (net == 2) { /* nobody's address */
            SAY(!f);
            continue;
        }
        SAY(f && f->data[21] == 2 && f->data[28] == 10 && f->data[30] == net && f->data[31] == 1);
    }
    u8 ping[28 + 8] = {0x45, 0, 0, 36, 0, 1, 0, 0, 64, 1, 0, 0, 10,
                       0,    0, 2, 10, 0, 0, 1, 8, 0,  0, 0, 1};
    u16 c = (u16)~peer_sum(ping, 20, 0);
    ping[10] = (u8)(c >> 8), ping[11] = (u8)c;
    c = (u16)~peer_sum(ping + 20, 16, 0);
    ping[22] = (u8)(c >> 8), ping[23] = (u8)c;
    peer_frame(0x800, ping, sizeof(ping));
    f = only();
    SAY(f && f->data[34] == 0 && peer_sum(f->data + 34, 16, 0) == 0xffff);
    ping[22] ^= 1;
    peer_frame(0x800, ping, sizeof(ping));
    SAY(!only());
    /* A router's advertisement (RFC 4861, 4.2) gives a second address (RFC 4862, 5.5.3). */
    u8 ra[40 + 16 + 32] = {0x60, 0, 0, 0, 0, 48, 58, 255, 0xfe, 0x80, [23] = 9};
    ra[24] = 0xff, ra[25] = 2, ra[39] = 1; /* to all nodes */
    u8 *icmp = ra + 40, *option = icmp + 16;
    icmp[0] = 134, icmp[4] = 64, icmp[6] = 7;
    option[0] = 3, option[1] = 4, option[2] = 64,
    option[3] = 0xc0; /* prefix, on-link, autonomous */
    option[6] = option[10] = 1;
    option[16] = 0xfd, option[17] = 0x42;
    c = (u16)~peer_sum(icmp, 48, peer_sum(ra + 8, 32, 58 + 48));
    icmp[2] = (u8)(c >> 8), icmp[3] = (u8)c;
    peer_frame(0x86dd, ra, sizeof(ra));
    fake_pass(1500);
    int found = 0;
    for (int i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++)
        found += ip6_addr_isvalid(netif_ip6_addr_state(&virtio_nets->netif, i)) &&
                 netif_ip6_addr(&virtio_nets->netif, i)->addr[0] == PP_HTONL(0xfd420000);
    SAY(found == 1);
    while (fake_sent())
        ;
    SAY(!str_cmp(net_ifname(&virtio_nets->netif), "eth0"));
    return NULL;
}

/* ---- a connection from its first to its last segment ---- */
const char *test_tcp(void)
{
    struct conn c;
    struct segment s;
    TRY(conn_open(&c, 1001));
    app_received = 0;
    peer_tcp(c.port, 80, c.seq, c.ack, ACK | PSH, 2000, "hello", 5);
    SAY(app_received == 5);
    SAY(!peer_next(&s, &broken)); /* the acknowledgement is delayed */
    fake_pass(45);
    SAY(peer_next(&s, &broken) && s.flags == ACK && s.ack == c.seq + 5);
    c.seq += 5;
    SAY(tcp_write(c.pcb, "answer", 6, TCP_WRITE_FLAG_COPY) == ERR_OK);
    tcp_output(c.pcb);
    SAY(peer_next(&s, &broken) && s.len == 6 && s.seq == c.ack && !memcmp(s.data, "answer", 6));
    peer_tcp(c.port, 80, c.seq, c.ack += 6, ACK, 2000, NULL, 0);
    /* Out of order, and twice. */
    peer_tcp(c.port, 80, c.seq + 3, c.ack, ACK, 2000, "def", 3);
    SAY(app_received == 5 && peer_next(&s, &broken) && s.ack == c.seq);
    peer_tcp(c.port, 80, c.seq, c.ack, ACK, 2000, "abcd", 4);
    SAY(app_received == 11);
    c.seq += 6;
    fake_pass(50);
    SAY(peer_next(&s, &broken) && s.ack == c.seq);
    /* A frame of 40 KB that the host did not cut is acknowledged at once. */
    peer_tcp(c.port, 80, c.seq, c.ack, ACK, 2000, payload, 40000);
    SAY(app_received == 40011 && peer_next(&s, &broken) && s.ack == c.seq + 40000);
    c.seq += 40000;
    tcp_close(c.pcb);
    SAY(peer_next(&s, &broken) && s.flags == (FIN | ACK) && s.seq == c.ack);
    peer_tcp(c.port, 80, c.seq, c.ack + 1, FIN | ACK, 2000, NULL, 0);
    SAY(peer_next(&s, &broken) && s.flags == ACK && s.ack == c.seq + 1);
    SAY(tcp_tw_pcbs && !tcp_tw_pcbs->next && !tcp_active_pcbs);
    /* A new connection from the same place takes the place of the one in TIME-WAIT. */
    peer_tcp(c.port, 80, c.seq + 100, 0, SYN, 2000, NULL, 0);
    SAY(peer_next(&s, &broken) && s.flags == (SYN | ACK));
    SAY(!tcp_tw_pcbs && tcp_active_pcbs && !tcp_active_pcbs->next);
    peer_tcp(c.port, 80, c.seq + 101, s.seq + 1, RST, 0, NULL, 0);
    SAY(!tcp_active_pcbs);
    /* Nobody listens. */
    peer_tcp(5, 81, 7, 0, SYN, 2000, NULL, 0);
    SAY(peer_next(&s, &broken) && s.flags == (RST | ACK) && s.ack == 8);
    return broken;
}

/* ---- bulk: everything arrives once and in order, whatever is acknowledged ---- */
static u8 got[sizeof(payload)];

static void fill(void)
{
    for (u32 i = 0; i < sizeof(payload); i++)
        payload[i] = (u8)(i * 31 + (i >> 8) * 7);
}

/* Queues `len` bytes as they fit. */
static u32 offer(struct conn *c, u32 from, u32 len)
{
    u32 n = MIN(MIN(len - from, tcp_sndbuf(c->pcb)), 50000u);
    if (n && tcp_write(c->pcb, payload + from, (u16)n, TCP_WRITE_FLAG_COPY) != ERR_OK)
        n = 0;
    tcp_output(c->pcb);
    net_kick();
    return from + n;
}

/* Receives `len` bytes; one in `drop` frames is lost, one in `part` is acknowledged in its middle.
 */
static const char *bulk(struct conn *c, u32 len, u32 drop, u32 part, u32 *large)
{
    u32 start = c->ack, have = 0, queued = 0, idle = 0, frames = 0;
    struct segment s;
    fill();
    memset(got, 0, sizeof(got));
    while (have < len) {
        bool any = false;
        queued = offer(c, queued, len);
        while (peer_next(&s, &broken)) {
            any = true;
            if (!s.len)
                continue;
            if (drop && rand() % drop == 0)
                continue;
            if (s.gso_size && s.len > s.gso_size)
                ++*large;
            u32 at = s.seq - start, n = s.len;
            frames++;
            if (at + n > len)
                return "more was sent than was queued";
            if (part && rand() % part == 0) /* the tail is lost on the way */
                n = n / 2 + 1;
            for (u32 i = 0; i < n;
                 i++) /* receivers keep what is out of order: here only in order */
                if (at + i == have)
                    got[have++] = s.data[i];
            peer_tcp(c->port, 80, c->seq, start + have, ACK, 2000, NULL, 0);
        }
        if (!any)
            fake_pass(50);
        if (++idle > 20000)
            return "it does not end";
    }
    c->ack = start + have;
    return memcmp(got, payload, len) ? "wrong bytes" : broken;
}

const char *test_large(void)
{
    struct conn c;
    u32 large = 0;
    TRY(conn_open(&c, 1002));
    TRY(bulk(&c, sizeof(payload), 0, 0, &large));
    SAY(large > 5);
    tcp_abort(c.pcb);
    TRY(conn_open(&c, 1003));
    TRY(bulk(&c, sizeof(payload), 0, 3, &large)); /* acknowledged in the middle of frames */
    tcp_abort(c.pcb);
    return broken;
}

/* A ring of 4: a table takes one descriptor, however long it is. */
static const char *ring(void)
{
    static struct pith_desc desc[4], table[3];
    static u64 avail_room[3], used_room[5];
    struct pith_avail *avail = (struct pith_avail *)avail_room;
    struct pith_used *used = (struct pith_used *)used_room;
    struct pith_queue q = {(u64)desc, (u64)avail, (u64)used, 4, 0};
    struct vq_piece p[3] = {{"ab", 2, false}, {"c", 1, false}, {payload, 9, true}};
    void *token[4] = {0};
    struct vq vq;
    u32 len;
    vq_init(&vq, &q, token);
    for (unsigned i = 0; i < 4; i++)
        SAY(vq_add_indirect(&vq, table, p, 3, p + i % 3) == 0 && avail->idx == i + 1);
    SAY(vq_add_indirect(&vq, table, p, 3, p) == -ENOSPC && vq_add(&vq, p, 1, p) == -ENOSPC);
    const struct pith_desc *d = &desc[avail->ring[0]];
    SAY(d->flags == VQ_INDIRECT && d->addr == (u64)table && d->len == 48);
    SAY(table[0].addr == (u64)p[0].addr && table[0].len == 2 && table[0].flags == VQ_NEXT);
    SAY(table[0].next == 1 && table[1].next == 2 && table[1].flags == VQ_NEXT);
    SAY(table[2].flags == VQ_WRITE && table[2].len == 9);
    for (unsigned i = 0; i < 4; i++) { /* back in another order */
        used->ring[i] = (struct pith_used_elem){avail->ring[3 - i], 7};
        used->idx++;
        SAY(vq_get(&vq, &len) == p + (3 - i) % 3 && len == 7 && vq.nfree == i + 1);
    }
    SAY(!vq_get(&vq, &len));
    SAY(vq_add(&vq, p, 3, p) == 0 && vq.nfree == 1);
    d = &desc[avail->ring[0]];
    SAY(d->flags == VQ_NEXT && desc[d->next].flags == VQ_NEXT);
    SAY(vq_add_indirect(&vq, table, p, 1, p + 1) == 0 && vq.nfree == 0 && table[0].flags == 0);
    used->ring[0] = (struct pith_used_elem){avail->ring[0], 0};
    used->idx++;
    SAY(vq_get(&vq, &len) == p && vq.nfree == 3);
    return NULL;
}

const char *test_indirect(void)
{
    TRY(ring());
    SAY(fake_indirect == 0);
    virtio_nets->features |= VIRTIO_F_INDIRECT_DESC;
    TRY(test_large());
    SAY(fake_indirect > 5);
    virtio_nets->features &= ~VIRTIO_F_INDIRECT_DESC;
    return broken;
}

const char *test_loss(void)
{
    u32 large = 0;
    for (u32 i = 0; i < 8; i++) {
        struct conn c;
        TRY(conn_open(&c, (u16)(1010 + i)));
        if (i & 1) /* the device takes no frames for a while */
            fake_full = true;
        offer(&c, 0, 1);
        fake_full = false;
        fake_pass(300);
        tcp_abort(c.pcb);
        TRY(conn_open(&c, (u16)(1030 + i)));
        TRY(bulk(&c, 100000, 3 + i, i & 1 ? 4 : 0, &large));
        tcp_abort(c.pcb);
    }
    return broken;
}

/* ---- retransmission, persist, keepalive, and that nothing ticks when nothing is due ---- */
const char *test_timers(void)
{
    struct conn c;
    struct segment s;
    TRY(conn_open(&c, 1100));
    while (tcp_tw_pcbs)
        tcp_abort(tcp_tw_pcbs);
    fake_pass(200000);
    SAY(timer_next() == NEVER);
    while (peer_next(&s, &broken))
        ;
    SAY(tcp_write(c.pcb, "x", 1, TCP_WRITE_FLAG_COPY) == ERR_OK);
    tcp_output(c.pcb);
    SAY(peer_next(&s, &broken) && s.len == 1);
    u32 resent = 0;
    u64 first = 0, begin = fake_time;
    app_errors = 0;
    while (!app_errors && fake_time - begin < 2000 * NSEC_PER_SEC) {
        fake_pass(10);
        while (peer_next(&s, &broken))
            if (s.len && !resent++)
                first = fake_time - begin;
    }
    SAY(first >= 200000000 && first <= 1300000000);
    SAY(app_errors == 1 && app_error == ERR_TIMEOUT && resent == TCP_MAXRTX);
    SAY(fake_time - begin > 600 * NSEC_PER_SEC);
    /* A closed window is probed, and reopened. */
    TRY(conn_open(&c, 1101));
    peer_tcp(c.port, 80, c.seq++, c.ack, ACK, 0, "z", 1);
    peer_tcp(c.port, 80, c.seq, c.ack, ACK, 0, NULL, 0);
    fake_pass(50);
    SAY(peer_next(&s, &broken) && s.ack == c.seq);
    tcp_write(c.pcb, "abc", 3, TCP_WRITE_FLAG_COPY);
    tcp_output(c.pcb);
    SAY(!peer_next(&s, &broken));
    fake_pass(2500);
    for (resent = 0; peer_next(&s, &broken); resent++)
        SAY(s.len == 1 && s.seq == c.ack);
    SAY(resent == 3); /* after 200, 400 and 800 ms */
    peer_tcp(c.port, 80, c.seq, c.ack, ACK, 100, NULL, 0);
    SAY(peer_next(&s, &broken) && s.len == 3 && s.seq == c.ack);
    peer_tcp(c.port, 80, c.seq, c.ack += 3, ACK, 100, NULL, 0);
    /* Keepalive. */
    ip_set_option(c.pcb, SOF_KEEPALIVE);
    c.pcb->keep_idle = 5000;
    c.pcb->keep_intvl = 1000;
    c.pcb->keep_cnt = 3;
    net_tcp_timer(c.pcb);
    fake_pass(4900);
    SAY(!peer_next(&s, &broken));
    fake_pass(200);
    SAY(peer_next(&s, &broken) && s.seq == c.ack - 1 && s.len == 0);
    app_errors = 0;
    fake_pass(4000);
    SAY(app_errors == 1);
    fake_pass(200000);
    SAY(!tcp_active_pcbs && timer_next() == NEVER);
    return broken;
}

/* ---- many connections ---- */
const char *test_many(void)
{
    static struct conn c[3000];
    struct segment s;
    for (u32 i = 0; i < 3000; i++)
        TRY(conn_open(&c[i], (u16)(2000 + i)));
    for (u32 i = 0; i < 3000; i++) {
        app_received = 0;
        peer_tcp(c[i].port, 80, c[i].seq, c[i].ack, ACK, 2000, "1234", 4);
        SAY(app_received == 4 &&
            net_tcp_find(&c[i].pcb->local_ip, 80, &c[i].pcb->remote_ip, c[i].port, 0) == c[i].pcb);
        if (i % 1000 == 0)
            while (peer_next(&s, &broken))
                ;
    }
    for (u32 i = 0; i < 3000; i++)
        tcp_abort(c[(i * 7) % 3000].pcb);
    SAY(!tcp_active_pcbs);
    fake_pass(200000);
    while (peer_next(&s, &broken))
        ;
    return broken;
}
