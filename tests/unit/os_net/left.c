/* Payloads that the device keeps: whatever comes in whatever order, cut and repeated, and however
 * the program reads it, every byte arrives once, in its place, and nothing stays behind. */
#include "peer.h"

#include <stdlib.h>

#include "base/string.h"
#include "net/virtio_net_left.h"

static u8 stream[3000000], got[sizeof(stream)];
static struct pbuf *queue, **last = &queue; /* received, linked by next */
static u32 off, have, direct;               /* read of the first one; bytes in `got` */

static err_t keep(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
    (void)arg, (void)pcb, (void)err;
    *last = p;
    while (*last)
        last = &(*last)->next;
    return ERR_OK;
}

static void drop_first(void)
{
    struct pbuf *p = queue;
    queue = p->next;
    if (!queue)
        last = &queue;
    p->next = NULL;
    pbuf_free(p);
    off = 0;
}

/* The program reads n bytes at most. */
static void read_some(struct conn *c, u32 n)
{
    u32 before = have;
    while (queue && n) {
        struct pbuf *p = queue;
        u32 room = MIN(n, (u32)sizeof(got) - have);
        if (left_is(p) && !off) {
            u32 moved = (u32)left_read(p, got + have, room);
            direct += moved != 0;
            have += moved, n -= moved;
            for (u32 left = moved; left; left -= p->len, drop_first())
                p = queue;
            if (moved)
                continue;
        }
        if (left_is(p) && left_load(p))
            return;
        u32 part = MIN((u32)p->len - off, room);
        memcpy(got + have, (u8 *)p->payload + off, part);
        have += part, off += part, n -= part;
        if (off == p->len)
            drop_first();
    }
    for (u32 read = have - before; read; read -= MIN(read, 60000u))
        tcp_recved(c->pcb, (u16_t)MIN(read, 60000u));
}

/* Sends the stream in pieces, in odd order now and then, over a second connection's noise. */
static const char *run(struct conn *c, struct conn *other)
{
    const char *broken = NULL;
    struct segment s;
    u32 acked = 0, idle = 0, start = c->seq;
    have = off = 0;
    while (acked < sizeof(stream) || have < sizeof(stream)) {
        u32 at = acked, n = rand() % 3 ? 3000 + (u32)rand() % 60000 : 1 + (u32)rand() % 1400;
        if (rand() % 4 == 0 && at > 30000) /* a part of it again */
            at -= (u32)rand() % 30000;
        if (rand() % 4 == 0) /* what is before it has not come yet */
            at += (u32)rand() % 70000;
        at = MIN(at, (u32)sizeof(stream));
        n = MIN(n, (u32)sizeof(stream) - at);
        if (n && at + n - acked < c->pcb->rcv_wnd)
            peer_tcp(c->port, 80, start + at, c->ack, ACK, 2000, stream + at, n);
        if (rand() % 8 == 0) { /* nobody takes its bytes soon */
            peer_tcp(other->port, 80, other->seq, other->ack, ACK, 2000, stream, 20000);
            if (other->pcb->rcv_nxt == other->seq + 20000)
                other->seq += 20000;
        }
        while (peer_next(&s, &broken))
            if (s.dst == c->port && s.ack - start <= sizeof(stream))
                acked = s.ack - start;
        if (rand() % 2)
            read_some(c, rand() % 2 ? (u32)rand() % 300000 : (u32)rand() % 9000);
        if (rand() % 8 == 0)
            fake_pass(50);
        if (++idle > 100000)
            return "it does not end";
    }
    if (memcmp(got, stream, sizeof(stream)))
        return "wrong bytes";
    return broken;
}

static err_t ignore(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
    struct pbuf **held = arg;
    (void)err;
    if (!p)
        return ERR_OK;
    tcp_recved(pcb, p->tot_len);
    if (*held)
        pbuf_free(*held);
    *held = p;
    return ERR_OK;
}

const char *test_left(void)
{
    struct conn c, other;
    struct pbuf *held = NULL;
    const char *why = conn_open(&c, 4001);
    for (u32 i = 0; i < sizeof(stream); i++)
        stream[i] = (u8)(i * 31 + (i >> 8) * 7 + (i >> 16));
    if (!why)
        why = conn_open(&other, 4002);
    if (why)
        return why;
    tcp_recv(c.pcb, keep);
    tcp_arg(other.pcb, &held);
    tcp_recv(other.pcb, ignore);
    peer_leaves = true;
    direct = 0;
    why = run(&c, &other);
    peer_leaves = false;
    if (why)
        return why;
    if (direct < 20)
        return "next to nothing was read straight from the device";
    /* A program that takes nothing more; the device gets rid of everything. */
    if (held)
        pbuf_free(held);
    tcp_abort(c.pcb);
    tcp_abort(other.pcb);
    virtio_net_left_load(virtio_nets, 0);
    if (fake_left || virtio_nets->left_bytes || queue)
        return "something stays behind";
    return NULL;
}
