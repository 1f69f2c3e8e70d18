/* Random calls and random packets, both from a fixed seed (the first argument is another). Prints
 * "ok NAME" or "not ok NAME: why". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/rtnetlink.h>

#include "../os_net/fake.h"
#include "net/dgram.h"
#include "net/inet.h"
#include "net/virtio_net.h"

#define SOCKETS 12

static u64 state = 88172645463325252ull;
static u32 pick(u32 n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (u32)(state >> 11) % n;
}

/* ---- the program ---- */

static struct socket *sockets[SOCKETS];
static u32 sent, received, answered, refused; /* messages, netlink answers, errors told */

static struct socket *make(void)
{
    struct socket *s = 0;
    int family = pick(2) ? AF_INET : AF_INET6;
    static const u8 protocols[] = {IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_UDP, IPPROTO_RAW, 253};
    switch (pick(8)) {
    case 0:
        raw_socket(family, protocols[pick(5)], &s);
        return s;
    case 1:
        ping_socket(family, &s);
        return s;
    case 2:
        netlink_socket(SOCK_RAW, 0, &s);
        return s;
    default:
        udp_socket(family, &s);
        return s;
    }
}

static unsigned name(u8 *out)
{
    static const u8 four[][4] = {{127, 0, 0, 1},       {10, 0, 0, 1},  {10, 0, 0, 2},
                                 {0, 0, 0, 0},         {239, 1, 1, 1}, {10, 0, 0, 255},
                                 {255, 255, 255, 255}, {8, 8, 8, 8}};
    static const u8 six[][16] = {{[15] = 1},
                                 {0xfd, [15] = 1},
                                 {0xfd, [15] = 2},
                                 {0},
                                 {0xff, 2, [15] = 9},
                                 {[10] = 0xff, 0xff, 127, 0, 0, 1},
                                 {0xfe, 0x80, [15] = 3},
                                 {0x20, 1, [15] = 5}};
    u16 port = lwip_htons((u16)(pick(3) ? 5300 + pick(4) : pick(2) ? 0 : pick(65536)));
    memset(out, 0, SOCK_NAME_MAX);
    memcpy(out + 2, &port, 2);
    if (pick(2)) {
        out[0] = AF_INET;
        memcpy(out + 4, four[pick(8)], 4);
        return pick(10) ? 16 : pick(SOCK_NAME_MAX);
    }
    out[0] = pick(20) ? AF_INET6 : (u8)pick(20);
    memcpy(out + 8, six[pick(8)], 16);
    out[24] = (u8)pick(4);
    return pick(10) ? 28 : pick(SOCK_NAME_MAX);
}

static size_t controls(u8 *out, size_t size)
{
    static const int levels[] = {SOL_IP, SOL_IPV6, SOL_UDP, 1, 77};
    size_t n = 0;
    while (pick(3) && n + 64 < size) {
        struct cmsghdr_os h = {16 + (pick(4) ? (pick(2) ? 4 : 20) : pick(40)), levels[pick(5)],
                               (s32)(pick(2) ? pick(12) : pick(110))};
        if (h.level == SOL_IPV6 && pick(2))
            h.type = 50;
        if (h.level == SOL_IP && pick(2))
            h.type = IP_PKTINFO, h.len = 16 + 12;
        memcpy(out + n, &h, sizeof(h));
        for (int i = 0; i < 40; i++)
            out[n + 16 + (size_t)i] = (u8)(pick(3) ? 0 : pick(256));
        n += ROUND_UP(h.len, 8ul);
        if (pick(30) == 0) {
            u64 wild = pick(2) ? pick(20) : ~0ull - pick(20);
            memcpy(out + n - ROUND_UP(h.len, 8ul), &wild, 8);
        }
    }
    return n;
}

static void request(u8 *out, u32 n)
{
    struct nlmsghdr h = {pick(4) ? n : pick(200), (u16)(pick(4) ? 16 + pick(80) : pick(65536)),
                         (u16)(pick(2) ? 0x301 : pick(65536)), pick(100), 0};
    for (u32 i = 0; i < n; i++)
        out[i] = (u8)(pick(3) ? pick(12) : pick(256));
    memcpy(out, &h, MIN(n, (u32)sizeof(h)));
}

static void talk(struct socket *s)
{
    static u8 data[70000], control[600], sender[SOCK_NAME_MAX];
    struct iter it;
    struct sock_msg m;
    memset(&m, 0, sizeof(m));
    m.it = &it;
    m.flags = pick(3) ? 0 : (u32[]){MSG_PEEK, MSG_TRUNC, MSG_ERRQUEUE, MSG_MORE, MSG_OOB}[pick(5)];
    u32 n = pick(4) ? pick(200) : pick(4) ? pick(3000) : pick(66000);
    m.control = control;
    m.name = sender;
    if (pick(2)) {
        iter_one(&it, data, n);
        m.control_len = pick(2) ? sizeof(control) : pick(80);
        if (s->ops->recv(s, &m) >= 0) {
            received += s->family != AF_NETLINK;
            answered += s->family == AF_NETLINK;
            refused += (m.out_flags & MSG_ERRQUEUE) != 0;
        }
        return;
    }
    if (s->family == AF_NETLINK)
        request(data, n = pick(300));
    else if (pick(3) == 0)
        data[0] = 8, data[1] = 0;
    else if (pick(3) == 0)
        data[0] = 0x45, data[1] = 0;
    iter_one(&it, data, n);
    m.name_len = name(sender);
    if (pick(3) == 0 || s->family == AF_NETLINK)
        m.name = 0, m.name_len = 0;
    m.control_len = controls(control, sizeof(control));
    sent += s->ops->send(s, &m) > 0;
}

static void options(struct socket *s)
{
    static const int levels[] = {SOL_IP, SOL_IPV6, SOL_UDP, SOL_RAW, SOL_ICMPV6, SOL_NETLINK, 1};
    u64 val[40];
    unsigned len = pick(2) ? 4 : pick(sizeof(val));
    int level = levels[pick(7)], what = (int)pick(110);
    for (unsigned i = 0; i < 40; i++)
        val[i] = pick(3) ? pick(3) : state;
    if (pick(3) == 0) { /* a membership that may be right */
        static const u8 m[] = {239, 1, 1, 1, 10, 0, 0, 1, 10, 0, 0, 2};
        memcpy(val, m, sizeof(m));
        what = (int)(35 + pick(6));
        level = SOL_IP;
        len = pick(2) ? 8 : 12;
    }
    if (pick(4) == 0) { /* the error queue */
        val[0] = 1;
        level = s->family == AF_INET ? SOL_IP : SOL_IPV6;
        what = s->family == AF_INET ? IP_RECVERR : IPV6_RECVERR;
        len = 4;
    }
    if (pick(2) && s->ops->setopt)
        s->ops->setopt(s, level, what, val, len);
    else if (s->ops->getopt)
        s->ops->getopt(s, level, what, val, &len);
}

static void program(void)
{
    struct socket **s = &sockets[pick(SOCKETS)];
    u8 buf[SOCK_NAME_MAX];
    if (!*s) {
        *s = make();
        return;
    }
    switch (pick(16)) {
    case 0:
        (*s)->ops->release(*s);
        *s = 0;
        break;
    case 1:
    case 2:
        (*s)->ops->bind(*s, buf, name(buf));
        break;
    case 3:
        (*s)->ops->connect(*s, buf, name(buf));
        break;
    case 4:
    case 5:
        options(*s);
        break;
    case 6:
        (*s)->ops->getname(*s, buf, pick(2));
        (*s)->ops->poll(*s);
        if ((*s)->ops->pending)
            (*s)->ops->pending(*s, pick(2));
        (*s)->options ^= 1u << pick(16);
        break;
    case 7:
        if ((*s)->ops->shutdown && pick(20) == 0)
            (*s)->ops->shutdown(*s, (int)pick(4));
        break;
    default:
        talk(*s);
    }
}

/* ---- the peer ---- */

static u16 sum(const u8 *p, u32 n, u32 s)
{
    for (u32 i = 0; i < n; i++)
        s += i & 1 ? p[i] : (u32)p[i] << 8;
    while (s >> 16)
        s = (s & 0xffff) + (s >> 16);
    return (u16)~s;
}

static u32 ip4(u8 *p, u8 protocol, u32 payload)
{
    static const u8 to[][4] = {
        {10, 0, 0, 1}, {10, 0, 0, 1}, {10, 0, 1, 1}, {239, 1, 1, 1}, {10, 0, 0, 255}};
    u32 total = 20 + payload;
    u8 h[20] = {0x45, 0,  (u8)(total >> 8), (u8)total, 0, (u8)pick(4), 0,
                0,    64, protocol,         0,         0, 10,          0,
                0,    2};
    memcpy(h + 16, to[pick(5)], 4);
    if (pick(6) == 0)
        h[6] = (u8)(pick(2) ? 0x20 : 0), h[7] = (u8)pick(20); /* a fragment */
    u16 s = sum(h, 20, 0);
    h[10] = (u8)(s >> 8), h[11] = (u8)s;
    memcpy(p, h, 20);
    return total;
}

static u32 ip6(u8 *p, u8 protocol, u32 payload)
{
    u8 h[40] = {0x60, 0, 0, 0, (u8)(payload >> 8), (u8)payload, protocol, 64};
    h[8] = 0xfd, h[23] = 2, h[24] = 0xfd, h[39] = 1;
    memcpy(p, h, 40);
    return 40 + payload;
}

static void udp(u8 *p, u32 n)
{
    u16 sport = lwip_htons((u16)(5300 + pick(4))), dport = lwip_htons((u16)(5300 + pick(4)));
    u16 len = lwip_htons((u16)(pick(10) ? n : pick(70000)));
    memcpy(p, &sport, 2);
    memcpy(p + 2, &dport, 2);
    memcpy(p + 4, &len, 2);
    p[6] = p[7] = 0;
}

/* An error that quotes what a socket may have sent. */
static void icmp(u8 *p, u32 n, bool six)
{
    u32 at = 8;
    p[0] = six ? (u8)(1 + pick(4)) : (u8[]){3, 11, 12, 5, 0, 8}[pick(6)];
    p[1] = (u8)pick(17);
    memset(p + 2, 0, 6);
    if (n > at + 60) {
        if (six) {
            ip6(p + at, (u8[]){17, 58, 44, 253}[pick(4)], n - at - 40);
            at += 40;
        } else {
            ip4(p + at, (u8[]){17, 1, 6, 253}[pick(4)], n - at - 20);
            static const u8 own[] = {10, 0, 0, 1, 10, 0, 0, 2};
            memcpy(p + at + 12, own, 8);
            if (pick(8) == 0)
                p[at] = (u8)(0x40 | pick(16));
            at += 20;
        }
        udp(p + at, n - at);
    }
    u16 s = six ? 0 : sum(p, n, 0);
    p[2] = (u8)(s >> 8), p[3] = (u8)s;
}

static void peer(void)
{
    static u8 frame[4000];
    bool six = pick(2);
    u32 head = six ? 40 : 20, n = pick(4) ? 8 + pick(200) : 8 + pick(1400);
    u8 *p = frame + 14;
    memcpy(frame, "\2\0\0\0\0\1\2\0\0\0\0\2", 12);
    frame[12] = six ? 0x86 : 8, frame[13] = six ? 0xdd : 0;
    for (u32 i = 0; i < n; i++)
        p[head + i] = (u8)(state >> i % 50);
    u8 protocol = (u8[]){17, 17, six ? 58 : 1, 253}[pick(4)];
    u32 len = 14 + (six ? ip6(p, protocol, n) : ip4(p, protocol, n));
    if (protocol == 17)
        udp(p + head, n);
    else if (protocol != 253)
        icmp(p + head, n, six);
    for (u32 i = pick(3) ? 0 : pick(4); i; i--)
        frame[14 + pick(len - 14)] = (u8)pick(256);
    fake_give(frame, pick(10) ? len : 14 + pick(len - 14), pick(2) ? 2 /* checksum seen */ : 0);
    fake_run();
    while (fake_sent())
        ;
}

/* ---- what must hold ---- */

static const char *kept(void)
{
    for (int i = 0; i < SOCKETS; i++) {
        if (!sockets[i] || sockets[i]->family == AF_NETLINK)
            continue;
        struct dgram *d = dgram_of(sockets[i]);
        u32 charged = 0, most = 0;
        list_foreach(it, &d->queue)
        {
            struct dgram_msg *g = list_entry(it, struct dgram_msg, node);
            charged += g->charge;
            most = MAX(most, g->charge);
            if (!g->p || g->p->ref != 1)
                return "a message without its own buffers";
        }
        list_foreach(it, &d->errors)
        {
            charged += list_entry(it, struct dgram_msg, node)->charge;
            most = MAX(most, list_entry(it, struct dgram_msg, node)->charge);
        }
        if (charged != d->queued)
            return "a queue that counts wrong";
        if (d->queued > sockets[i]->rcvbuf + most)
            return "a queue that is too long";
    }
    return 0;
}

static const char *run(u32 rounds)
{
    const char *why = 0;
    /* What is allocated once and stays. */
    struct socket *s;
    udp_socket(AF_INET, &s);
    s->ops->release(s);
    ping_socket(AF_INET6, &s);
    s->ops->release(s);
    for (u32 i = 0; i < 256; i++) {
        if (raw_socket(AF_INET, (int)i, &s) == 0)
            s->ops->release(s);
    }
    fake_pass(300000);
    u64 before = fake_allocated;
    for (u32 i = 0; i < rounds && !why; i++) {
        if (pick(3))
            program();
        else
            peer();
        fake_memory = pick(200) ? -1 : (long)pick(4); /* now and then there is none */
        if (i % 64 == 0)
            why = kept();
        if (i % 4096 == 0)
            fake_pass(1000);
    }
    fake_memory = -1;
    for (int i = 0; i < SOCKETS; i++)
        if (sockets[i])
            sockets[i]->ops->release(sockets[i]);
    fake_pass(300000);
    while (fake_sent())
        ;
    if (!why && rounds >= 100000 &&
        (sent < rounds / 100 || received < rounds / 200 || answered < 50 || refused < 20))
        why = "too little happened";
    if (!why && fake_allocated > before + 300) /* neighbours, frames on the rings */
        why = "memory is lost";
    return why;
}

int user_touch(const void *p, size_t n, bool write)
{
    (void)p, (void)n, (void)write;
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        state += strtoul(argv[1], 0, 0) * 0x9e3779b97f4a7c15ull;
    fake_start(VIRTIO_NET_F_CSUM | VIRTIO_NET_F_GUEST_CSUM | VIRTIO_NET_F_MRG_RXBUF);
    const char *why = run(argc > 2 ? (u32)atoi(argv[2]) : 200000);
    if (why)
        printf("not ok random: %s\n", why);
    else
        printf("ok random\n# %u sent, %u received, %u answers, %u errors\n", sent, received,
               answered, refused);
    return why != 0;
}
