/* Random calls from a fixed seed (the first argument is another; the second: how many). Prints
 * "ok NAME" or "not ok NAME: why". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/eventpoll.h>
#include <linux/in.h>
#include <linux/in6.h>

#include <lwip/priv/tcp_priv.h>

#include "../os_net/fake.h"
#include "net/inet_tcp.h"
#include "net/virtio_net.h"

#define SOCKETS 24
#define PORTS 3 /* few, so that they meet */

static u64 state = 88172645463325252ull;
static u32 pick(u32 n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (u32)(state >> 11) % n;
}

/* One of the program's sockets: how far its two streams have come since it was connected. */
static struct end {
    struct socket *s;
    u64 sent, received;
    bool connecting;
} ends[SOCKETS];
static u64 bytes;
static u32 accepted, reset, finished;
static const char *wrong;

static u8 byte_at(u64 i)
{
    return (u8)(i * 7 + (i >> 8) * 13 + (i >> 16));
}

static unsigned name(u8 *out, int family)
{
    u16 port = lwip_htons((u16)(7000 + pick(PORTS)));
    memset(out, 0, SOCK_NAME_MAX);
    memcpy(out + 2, &port, 2);
    out[0] = (u8)family;
    if (family == AF_INET) {
        static const u8 four[][4] = {{127, 0, 0, 1}, {127, 0, 0, 2}, {0, 0, 0, 0}, {10, 0, 0, 1}};
        memcpy(out + 4, four[pick(4)], 4);
        return 16;
    }
    if (pick(2))
        out[23] = 1; /* ::1; else :: */
    return 28;
}

static void option(struct socket *s)
{
    static const struct {
        int level, name;
        u32 most;
    } all[] = {{6, 1, 2},    {6, 3, 2},   {6, 4, 10},    {6, 5, 10},    {6, 6, 5},
               {6, 9, 3},    {6, 18, 90}, {6, 12, 2},    {6, 25, 9999}, {6, 10, 9999},
               {6, 2, 2000}, {6, 7, 6},   {1, 8, 60000}, {1, 7, 60000}, {1, 2, 2},
               {1, 15, 2},   {1, 9, 2},   {1, 13, 2},    {41, 26, 2},   {6, 36, 2}};
    u32 i = pick(sizeof(all) / sizeof(*all));
    int v = (int)pick(all[i].most);
    s->ops->setopt(s, all[i].level, all[i].name, &v, sizeof(v));
    unsigned len = sizeof(v);
    if (all[i].level == 6)
        s->ops->getopt(s, 6, all[i].name, &v, &len);
}

static void send_some(struct end *e)
{
    static u8 data[200000];
    struct iter it;
    struct sock_msg m;
    memset(&m, 0, sizeof(m));
    u32 n = pick(4) ? pick(300) : pick(4) ? pick(9000) : pick(sizeof(data));
    for (u32 i = 0; i < n; i++)
        data[i] = byte_at(e->sent + i);
    iter_one(&it, data, n);
    m.it = &it;
    m.flags = pick(6) ? 0 : MSG_MORE;
    ssize_t r = e->s->ops->send(e->s, &m);
    if (r > (ssize_t)n)
        wrong = "more was sent than there was";
    if (r > 0)
        e->sent += (u64)r;
}

static void receive_some(struct end *e)
{
    static u8 data[200000];
    struct iter it;
    struct sock_msg m;
    memset(&m, 0, sizeof(m));
    u32 n = pick(3) ? pick(500) : pick(sizeof(data));
    iter_one(&it, data, n);
    m.it = &it;
    m.flags = pick(6) ? 0 : pick(2) ? MSG_PEEK : MSG_TRUNC;
    ssize_t r = e->s->ops->recv(e->s, &m);
    reset += r == -ECONNRESET;
    finished += r == 0 && n;
    if (r <= 0)
        return;
    if (r > (ssize_t)n)
        wrong = "more was received than there was room for";
    for (ssize_t i = 0; i < r && !(m.flags & MSG_TRUNC); i++)
        if (data[i] != byte_at(e->received + (u64)i))
            wrong = "a wrong byte";
    if (m.flags & MSG_PEEK)
        return;
    e->received += (u64)r;
    bytes += (u64)r;
}

static void put_away(struct end *e)
{
    e->s->ops->release(e->s);
    e->s = 0;
}

static void again(struct end *e)
{
    e->sent = e->received = 0;
}

static void accept_one(struct end *from)
{
    struct socket *s;
    if (from->s->ops->accept(from->s, &s) < 0)
        return;
    accepted++;
    for (int i = 0; i < SOCKETS; i++)
        if (!ends[i].s) {
            ends[i].s = s;
            again(&ends[i]);
            return;
        }
    s->ops->release(s);
}

static void call(struct end *e)
{
    u8 to[SOCK_NAME_MAX];
    struct socket *s = e->s;
    int family = s->family;
    switch (pick(16)) {
    case 0:
        s->ops->bind(s, to, name(to, family));
        break;
    case 1:
        s->ops->listen(s, (int)pick(4));
        break;
    case 2:
    case 3:
        if (((struct tcps *)s)->state == TCPS_NEW)
            again(e);
        s->ops->connect(s, to, name(to, family));
        break;
    case 4:
        if (pick(6) == 0) {
            memset(to, 0, 16);
            s->ops->connect(s, to, 16); /* AF_UNSPEC */
            again(e);
        }
        break;
    case 5:
    case 6:
        accept_one(e);
        break;
    case 7:
        if (pick(8) == 0)
            s->ops->shutdown(s, (int)pick(3));
        break;
    case 8:
        if (pick(4) == 0)
            put_away(e);
        break;
    case 9:
        option(s);
        s->ops->poll(s);
        s->ops->pending(s, pick(2));
        s->ops->getname(s, to, pick(2));
        break;
    case 10:
    case 11:
    case 12:
        send_some(e);
        break;
    default:
        receive_some(e);
    }
}

static const char *run(u32 rounds)
{
    struct socket *s;
    tcp_socket(AF_INET, &s);
    s->ops->release(s);
    fake_pass(300000);
    u64 before = fake_allocated;
    for (u32 i = 0; i < rounds && !wrong; i++) {
        struct end *e = &ends[pick(SOCKETS)];
        fake_memory = pick(100) ? -1 : (long)pick(6); /* now and then there is none */
        if (e->s) {
            call(e);
        } else if (tcp_socket(pick(3) ? AF_INET : AF_INET6, &e->s) == 0) {
            again(e);
        } else {
            e->s = 0;
        }
        fake_memory = -1;
        if (i % 512 == 0)
            fake_pass(pick(4) ? pick(50) : pick(3000));
    }
    for (int i = 0; i < SOCKETS; i++)
        if (ends[i].s)
            put_away(&ends[i]);
    fake_pass(400000);
    while (fake_sent())
        ;
    if (!wrong && rounds >= 100000 &&
        (accepted < 100 || bytes < 300000 || reset < 10 || finished < 100))
        wrong = "too little happened";
    if (!wrong && (tcp_active_pcbs || tcp_tw_pcbs || tcp_listen_pcbs.pcbs || tcp_bound_pcbs))
        wrong = "connections are left";
    if (!wrong && fake_allocated > before + 300) /* frames on the rings, tables that have grown */
        wrong = "memory is lost";
    return wrong;
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
        printf("ok random\n");
    printf("# %lu bytes, %u accepted, %u reset, %u ended\n", (unsigned long)bytes, accepted, reset,
           finished);
    return why != 0;
}
