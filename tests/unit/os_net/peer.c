/* See peer.h. */
#include "peer.h"

#include <stdio.h>

static const u8 guest_mac[6] = {2, 0, 0, 0, 0, 1}, peer_mac[6] = {2, 0, 0, 0, 0, 2};

struct tcp_pcb *app_pcb;
u32 app_received, app_errors;
err_t app_error;

bool peer_leaves;

u16 peer_sum(const void *data, u32 len, u32 start)
{
    const u8 *p = data;
    u32 s = start;
    for (u32 i = 0; i < len; i++)
        s += i & 1 ? p[i] : (u32)p[i] << 8;
    while (s >> 16)
        s = (s & 0xffff) + (s >> 16);
    return (u16)s;
}

static void put16(u8 *p, u32 v)
{
    p[0] = (u8)(v >> 8);
    p[1] = (u8)v;
}

static void put32(u8 *p, u32 v)
{
    put16(p, v >> 16);
    put16(p + 2, v);
}

static u32 get16(const u8 *p)
{
    return (u32)p[0] << 8 | p[1];
}

static u32 get32(const u8 *p)
{
    return get16(p) << 16 | get16(p + 2);
}

void peer_frame(u16 type, const void *payload, u32 len)
{
    static u8 f[70000];
    memcpy(f, guest_mac, 6);
    memcpy(f + 6, peer_mac, 6);
    put16(f + 12, type);
    memcpy(f + 14, payload, len);
    if (!peer_leaves || len < 3000 || !fake_leave(f, len + 14, VIRTIO_NET_NEEDS_CSUM))
        fake_give(f, len + 14, 0);
    fake_run();
}

void peer_tcp(u16 sport, u16 dport, u32 seq, u32 ack, u8 flags, u16 wnd, const void *data, u32 len)
{
    static u8 p[70000];
    static const u8 ip[20] = {0x45, 0, 0, 0, 0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1};
    /* A SYN says MSS 1460, window scale 7. */
    static const u8 options[8] = {2, 4, 1460 >> 8, 1460 & 255, 1, 3, 3, 7};
    u32 opt = flags & SYN ? sizeof(options) : 0;
    memcpy(p, ip, 20);
    put16(p + 2, 40 + opt + len);
    put16(p + 10, (u16)~peer_sum(p, 20, 0));
    u8 *t = p + 20;
    memset(t, 0, 20);
    put16(t, sport);
    put16(t + 2, dport);
    put32(t + 4, seq);
    put32(t + 8, ack);
    t[12] = (u8)((20 + opt) / 4 << 4);
    t[13] = flags;
    put16(t + 14, wnd);
    memcpy(t + 20, options, opt);
    if (len)
        memcpy(t + 20 + opt, data, len);
    put16(t + 16, (u16)~peer_sum(t, 20 + opt + len, peer_sum(ip + 12, 8, 6 + 20 + opt + len)));
    peer_frame(0x800, p, 40 + opt + len);
}

static void answer_arp(const u8 *a)
{
    u8 r[28];
    if (get16(a + 6) != 1 || get32(a + 24) >> 8 != 0x0a0000)
        return;
    memcpy(r, a, 28);
    put16(r + 6, 2);
    memcpy(r + 8, peer_mac, 6);
    memcpy(r + 14, a + 24, 4);
    memcpy(r + 18, a + 8, 10);
    peer_frame(0x806, r, 28);
}

/* What a driver may leave to the host must be said rightly. */
static const char *check(const struct frame *f)
{
    const u8 *ip = f->data + 14, *t = ip + 20;
    u32 total = get16(ip + 2);
    if (f->len != total + 14 && !(f->len == 60 && total < 46))
        return "the IP length is not the frame's";
    if (peer_sum(ip, 20, 0) != 0xffff)
        return "the IP header's checksum is wrong";
    u16 pseudo = peer_sum(ip + 12, 8, 6 + total - 20);
    if (f->flags & 1) {
        if (f->csum_start != 34 || f->csum_offset != 16)
            return "the checksum's place is wrong";
        if (get16(t + 16) != pseudo)
            return "the pseudo header's sum is wrong";
    } else if (peer_sum(t, total - 20, pseudo) != 0xffff) {
        return "TCP's checksum is wrong";
    }
    if (!f->gso_type && total > 1500)
        return "a frame is longer than the MTU";
    if (f->gso_type && (f->gso_type != 1 || !(f->flags & 1) || f->gso_size != 1460))
        return "a large frame's header is wrong";
    return NULL;
}

bool peer_next(struct segment *s, const char **broken)
{
    const struct frame *f;
    static struct frame copy;
    while ((f = fake_sent())) {
        copy = *f;
        const u8 *e = copy.data, *ip = e + 14, *t = ip + 20;
        if (get16(e + 12) == 0x806)
            answer_arp(ip);
        if (get16(e + 12) != 0x800 || ip[9] != 6)
            continue;
        if (!*broken)
            *broken = check(&copy);
        u32 head = t[12] >> 4 << 2;
        *s = (struct segment){(u16)get16(t),
                              (u16)get16(t + 2),
                              (u16)get16(t + 14),
                              get32(t + 4),
                              get32(t + 8),
                              t[13],
                              get16(ip + 2) - 20 - head,
                              t + head,
                              copy.gso_type ? copy.gso_size : 0};
        return true;
    }
    return false;
}

static err_t on_recv(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
    (void)arg;
    (void)err;
    if (!p)
        return ERR_OK;
    app_received += p->tot_len;
    tcp_recved(pcb, p->tot_len);
    pbuf_free(p);
    return ERR_OK;
}

static void on_error(void *arg, err_t err)
{
    (void)arg;
    app_errors++;
    app_error = err;
}

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
    (void)arg;
    if (!pcb || err != ERR_OK)
        return ERR_VAL;
    app_pcb = pcb;
    tcp_recv(pcb, on_recv);
    tcp_err(pcb, on_error);
    return ERR_OK;
}

void conn_listen(void)
{
    static bool done;
    if (done)
        return;
    done = true;
    struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_ANY);
    tcp_bind(pcb, IP_ANY_TYPE, 80);
    pcb = tcp_listen_with_backlog(pcb, 1000);
    tcp_accept(pcb, on_accept);
}

const char *conn_open(struct conn *c, u16 port)
{
    const char *broken = NULL;
    struct segment s;
    conn_listen();
    while (peer_next(&s, &broken))
        ;
    *c = (struct conn){.port = port, .seq = 1000};
    peer_tcp(port, 80, c->seq++, 0, SYN, 65535, NULL, 0);
    if (!peer_next(&s, &broken) || s.flags != (SYN | ACK) || s.ack != c->seq || s.dst != port)
        return "no SYN-ACK";
    c->ack = s.seq + 1;
    app_pcb = NULL;
    peer_tcp(port, 80, c->seq, c->ack, ACK, 2000, NULL, 0); /* 2000 << 7 */
    c->pcb = app_pcb;
    return c->pcb ? broken : "the connection was not accepted";
}
