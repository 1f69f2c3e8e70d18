/* The device of the guest's lo and the packets behind it: see inside.h. */
#include "inside.h"

#include <errno.h>
#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net.h"
#include "run.h"

/* Buffers of the guest on each ring: it is not made for much. */
#define RING 8
/* A guest that never sleeps is not polled for: then a look every so many services. */
#define TURNS 64
/* Rounds of taking and answering in one service: a guest can ask for work only by its rings. */
#define ROUNDS 64

uint8_t inside_address[4] = {127, 0, 0, 11};
const uint8_t inside_address6[16] = {0xfe, 0x80, [15] = 11};
static const uint8_t localhost6[16] = {[15] = 1};

static struct mon_net net = {.fd = -1};
static int our = -1, dns = -1, lo = -1; /* our end; the name server; the namespace's lo */
static unsigned long put;               /* packets sent to the guest */

const int *inside_descriptors(void)
{
    static int list[INSIDE_DESCRIPTORS + 1];
    unsigned n = 0;
    const int all[4] = {net.fd, our, dns, lo};
    for (unsigned i = 0; i < 4; i++)
        if (all[i] >= 0)
            list[n++] = all[i];
    for (const int *fd = inside_lines(); *fd >= 0; fd++)
        list[n++] = *fd;
    list[n] = -1;
    return list;
}

/* One datagram on a connected socket, by the calls that the jail lets through for it. */
static long transfer(bool send, int fd, void *bytes, size_t n)
{
    struct iovec iov = {bytes, n};
    struct mmsghdr one = {.msg_hdr = {.msg_iov = &iov, .msg_iovlen = 1}};
    long did = send ? syscall(SYS_sendmmsg, fd, &one, 1, MSG_DONTWAIT | MSG_NOSIGNAL)
                    : syscall(SYS_recvmmsg, fd, &one, 1, MSG_DONTWAIT, NULL);
    return did == 1 ? (long)one.msg_len : -1;
}

long inside_send(int fd, const void *bytes, size_t n)
{
    return transfer(true, fd, (void *)(uintptr_t)bytes, n);
}

long inside_receive(int fd, void *bytes, size_t n)
{
    return transfer(false, fd, bytes, n);
}

uint16_t inside_sum(const uint8_t *bytes, size_t n)
{
    uint32_t s = 0;
    for (size_t i = 0; i + 1 < n; i += 2)
        s += inside_get16(bytes + i);
    while (s >> 16)
        s = (s & 0xffff) + (s >> 16);
    return (uint16_t)~s;
}

bool inside_put(uint8_t *packet, size_t n, uint8_t protocol, const uint8_t *from, const uint8_t *to)
{
    memset(packet, 0, INSIDE_IP);
    packet[0] = 0x45;
    inside_put16(packet + 2, (uint32_t)n);
    packet[6] = 0x40; /* not to be fragmented */
    packet[8] = 64;
    packet[9] = protocol;
    memcpy(packet + 12, from, 4);
    memcpy(packet + 16, to, 4);
    inside_put16(packet + 10, inside_sum(packet, INSIDE_IP));
    if (inside_send(our, packet, n) < 0)
        return false;
    put++;
    return true;
}

unsigned long inside_waits(void)
{
    return put - net.frames[0] - net.dropped;
}

bool inside_put6(uint8_t *packet, size_t n, uint8_t protocol)
{
    memset(packet, 0, INSIDE_IP6);
    packet[0] = 0x60;
    inside_put16(packet + 4, (uint32_t)(n - INSIDE_IP6));
    packet[6] = protocol;
    packet[7] = 64;
    memcpy(packet + 8, inside_address6, 16);
    memcpy(packet + 24, localhost6, 16);
    if (inside_send(our, packet, n) < 0)
        return false;
    put++;
    return true;
}

/* The same of IPv6, from ::1 alone. */
static void take6(uint8_t *packet, size_t n)
{
    if (n < INSIDE_IP6 || packet[0] >> 4 != 6 || memcmp(packet + 8, localhost6, 16) != 0 ||
        memcmp(packet + 24, inside_address6, 16) != 0)
        return;
    size_t all = INSIDE_IP6 + inside_get16(packet + 4);
    if (all <= n && packet[6] == IPPROTO_TCP)
        inside_tcp(packet, all, INSIDE_IP6);
}

/* A packet from the guest: whole IPv4 to our address, or nothing. */
static void take(uint8_t *packet, size_t n)
{
    if (n < INSIDE_IP || packet[0] >> 4 != 4) {
        take6(packet, n);
        return;
    }
    size_t at = (packet[0] & 15u) * 4u, all = inside_get16(packet + 2);
    if (at < INSIDE_IP || all < at || all > n || inside_get16(packet + 6) & 0x3fff ||
        memcmp(packet + 16, inside_address, 4) != 0)
        return;
    if (packet[9] == IPPROTO_TCP)
        inside_tcp(packet, all, at);
    else if (packet[9] == IPPROTO_UDP)
        inside_udp(packet, all, at);
}

/* What the guest has sent; each packet may be answered at once. */
static void pump(void)
{
    static uint8_t packet[INSIDE_PACKET];
    for (unsigned i = 0; i < 2 * RING; i++) {
        long n = inside_receive(our, packet, sizeof packet);
        if (n < 0)
            return;
        take(packet, (size_t)n);
    }
}

static bool serve(struct mon *m, struct mon_device *d, const struct pollfd *fds, unsigned nfds)
{
    static unsigned turn;
    bool any = false, local = nfds == 0 && ++turn % TURNS == 0, names = local && dns >= 0;
    for (unsigned i = 0; i < nfds; i++) {
        names |= fds[i].revents && fds[i].fd == dns;
        local |= fds[i].revents && fds[i].fd == lo;
        if (fds[i].revents & (POLLHUP | POLLERR))
            inside_tcp_gone(fds[i].fd);
    }
    if (names)
        inside_dns_answers();
    inside_tcp_again();
    inside_names_again();
    for (unsigned i = 0; i < ROUNDS && !m->over; i++) {
        inside_local_in(local);
        local = false;
        if (!mon_ring_more(&d->ring[PITH_NET_TX]) && inside_waits() == 0)
            break;
        bool did = mon_net_ops.serve(m, d, NULL, 0);
        any |= did;
        pump();
        inside_names_again();
        if (!did && !mon_ring_more(&d->ring[PITH_NET_TX]))
            break; /* what waits, waits for the guest's buffers */
    }
    return any;
}

static unsigned wanted(struct mon *m, struct mon_device *d, struct pollfd *fds)
{
    (void)m;
    (void)d;
    unsigned n = 0;
    if (dns >= 0)
        fds[n++] = (struct pollfd){.fd = dns, .events = POLLIN};
    n += inside_local_wanted(fds + n, MON_DEVICE_FDS - n);
    n += inside_names_wanted(fds + n, MON_DEVICE_FDS - n);
    return n + inside_tcp_wanted(fds + n, MON_DEVICE_FDS - n);
}

bool inside_resolver(void)
{
    static bool asked;
    if (!asked)
        dns = inside_dns_open();
    asked = true;
    return dns >= 0;
}

static const struct mon_device_ops ops = {.serve = serve, .poll = wanted};

int inside_add(struct mon *m, bool control, struct host_error *err)
{
    int pair[2];
    if (!(m->image.devices & 1ull << PITH_DEV_NET))
        return 0;
    if ((!m->common->options->container || !inside_resolver()) && !control)
        return 0;
    if (mon_net_prepare(err))
        return -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair))
        return host_fail(err, "a pair of sockets: %s", strerror(errno));
    net.fd = pair[0];
    our = pair[1];
    if (m->common->options->container)
        lo = inside_local_open();
    net.expect = 1;
    net.trusted = true;
    net.features = 1ull << VIRTIO_NET_F_MTU | 1ull << VIRTIO_NET_F_MRG_RXBUF |
                   1ull << 32 /* VIRTIO_F_VERSION_1 */;
    net.config = (struct pith_net_config){
        .status = VIRTIO_NET_S_LINK_UP,
        .max_pairs = 1,
        .mtu = 65535,
        .flags = PITH_NET_INSIDE,
        .naddrs = 2,
        .addrs = {{.family = 4, .prefix = 8}, {.family = 6, .prefix = 128}}};
    memcpy(net.config.addrs[0].addr, inside_address, 4);
    memcpy(net.config.addrs[1].addr, inside_address6, 16);
    const struct mon_device added = {.ops = &ops,
                                     .type = PITH_DEV_NET,
                                     .nqueues = PITH_NET_QUEUES,
                                     .queue_size = {RING, RING},
                                     .features = net.features,
                                     .config = &net.config,
                                     .config_len = sizeof net.config,
                                     .priv = &net};
    return mon_device_add(m, &added, err) < 0 ? -1 : 0;
}
