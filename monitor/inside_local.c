/* localhost of a container's network namespace leads to the guest: what Linux programs in it (those
 * of `docker exec`, a sidecar of the same pod) send over its lo to a port that the guest serves.
 *
 * inside_local_open.c has the kernel keep such packets from its own stack and hand them to a packet
 * socket on lo. They enter the guest by its lo, from inside_address; what the guest sends back to
 * that address goes out on the namespace's lo. Addresses alone are changed, of TCP without memory
 * of connections: over lo a packet comes from the address that it goes to, or from 127.0.0.1 if
 * that is any of 127.0.0.0/8. TCP loses nothing by a packet lost here; it comes again.
 *
 * Ports are the guest's once it has said that it listens there (PITH_HC_LISTENING), and stay its:
 * where nobody listens any more the guest itself refuses. IPv4 only.
 */
#include <linux/if_ether.h>
#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <string.h>

#include "inside_local.h"
#include "inside_tcp.h"
#include "net.h"

/* Bytes of data in one packet to the guest: its ring takes some 15 KiB at a time. TCP's are cut to
 * that, a datagram that is larger is lost. */
#define PIECE 8000u
/* Packets taken of lo at a time, and those that may wait for the guest's buffers. */
#define AT_ONCE 16u
#define WAITING 8u
#define UDP_HEADER 8u
#define HEAD (LOCAL_HEADER + ETH_HLEN)

static struct local local = {.fd = -1};
/* UDP only: to what address a client's last datagram went, from where the answer has to come. By
 * its port. */
static struct {
    uint16_t port;
    uint8_t to[4];
} asked[256];
static bool more; /* there may be packets on lo, whatever poll said */

int inside_local_open(void)
{
    return local_open(&local, inside_address) ? -1 : local.fd;
}

void inside_local_port(bool udp, unsigned port)
{
    if (local.ports && port < 65536)
        local.ports[LOCAL_WORD(udp, port)] |= 1ull << port % 64;
}

static bool serves(bool udp, unsigned port)
{
    return local.ports && local.ports[LOCAL_WORD(udp, port)] >> port % 64 & 1;
}

/* ---- from lo ---- */

/* Hands on a segment in pieces; the last one has what ends it. */
static void put_segment(const uint8_t *packet, size_t n)
{
    static uint8_t part[INSIDE_IP + 60 + PIECE];
    const uint8_t *tcp = packet + INSIDE_IP;
    size_t head = (tcp[12] >> 4) * 4u, len, at = 0;
    if (head < INSIDE_TCP || head > n - INSIDE_IP)
        return;
    len = n - INSIDE_IP - head;
    do {
        size_t now = len - at < PIECE ? len - at : PIECE;
        uint8_t *to = part + INSIDE_IP;
        memcpy(to, tcp, head);
        memcpy(to + head, tcp + head + at, now);
        inside_put32(to + 4, inside_get32(tcp + 4) + (uint32_t)at);
        at += now;
        if (at < len)
            to[13] &= (uint8_t) ~(INSIDE_FIN | INSIDE_PSH);
        if (!inside_put(part, INSIDE_IP + head + now, IPPROTO_TCP, inside_address, packet + 16))
            return;
    } while (at < len);
}

static void take(uint8_t *packet, size_t n)
{
    size_t all = n < INSIDE_IP ? 0 : inside_get16(packet + 2);
    if (packet[0] != 0x45 || all > n)
        return;
    if (packet[9] == IPPROTO_TCP && all >= INSIDE_IP + INSIDE_TCP)
        put_segment(packet, all);
    else if (packet[9] == IPPROTO_UDP && all >= INSIDE_IP + UDP_HEADER &&
             all <= INSIDE_IP + PIECE) {
        uint16_t port = inside_get16(packet + INSIDE_IP);
        asked[port % 256].port = port;
        memcpy(asked[port % 256].to, packet + 16, 4);
        inside_put(packet, all, IPPROTO_UDP, inside_address, packet + 16);
    }
}

void inside_local_in(bool ready)
{
    static uint8_t frame[HEAD + INSIDE_PACKET];
    if (local.fd < 0 || !(ready || more))
        return;
    more = true;
    for (unsigned i = 0; i < AT_ONCE && inside_waits() < WAITING; i++) {
        long n = inside_receive(local.fd, frame, sizeof frame);
        if (n < 0) {
            more = false;
            return;
        }
        if (n > (long)HEAD)
            take(frame + HEAD, (size_t)n - HEAD);
    }
}

unsigned inside_local_wanted(struct pollfd *fds, unsigned most)
{
    if (local.fd < 0 || most == 0 || inside_waits() >= WAITING)
        return 0;
    fds[0] = (struct pollfd){.fd = local.fd, .events = POLLIN};
    return 1;
}

/* ---- to lo ---- */

/* An address that the namespace's kernel knows for its own. */
static bool own(const uint8_t *address)
{
    const struct pith_net_config *c;
    if (address[0] == 127)
        return memcmp(address, inside_address, 4) != 0;
    for (unsigned i = 0; (c = mon_net_config(i)); i++)
        for (unsigned k = 0; k < c->naddrs && k < PITH_NET_ADDRS; k++)
            if (c->addrs[k].family == 4 && memcmp(c->addrs[k].addr, address, 4) == 0)
                return true;
    return false;
}

/* Sum of the addresses and the rest of what TCP's checksum counts beside its own bytes; where the
 * flag NEEDS_CSUM stands, the field holds this and the packet has been on no wire. */
static uint16_t pseudo(const uint8_t *packet, size_t len)
{
    uint32_t s = packet[9] + (uint32_t)len;
    for (unsigned i = 12; i < INSIDE_IP; i += 2)
        s += inside_get16(packet + i);
    while (s >> 16)
        s = (s & 0xffff) + (s >> 16);
    return (uint16_t)s;
}

bool inside_local_out(uint8_t *packet, size_t n, size_t at)
{
    static const uint8_t localhost[4] = {127, 0, 0, 1};
    static uint8_t frame[HEAD + INSIDE_PACKET];
    bool udp = packet[9] == IPPROTO_UDP;
    if (at != INSIDE_IP || n < at + (udp ? UDP_HEADER : INSIDE_TCP) ||
        !serves(udp, inside_get16(packet + at)) || !own(packet + 12))
        return false;
    uint16_t client = inside_get16(packet + at + 2);
    if (udp && asked[client % 256].port == client)
        memcpy(packet + 12, asked[client % 256].to, 4);
    memcpy(packet + 16, packet[12] == 127 ? localhost : packet + 12, 4);
    inside_put16(packet + 10, 0);
    inside_put16(packet + 10, inside_sum(packet, INSIDE_IP));
    const uint16_t field = udp ? 6 : 16;
    inside_put16(packet + at + field, pseudo(packet, n - at));
    struct virtio_net_hdr head = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
                                  .csum_start = ETH_HLEN + INSIDE_IP,
                                  .csum_offset = field};
    memset(frame, 0, HEAD);
    memcpy(frame, &head, sizeof head);
    inside_put16(frame + HEAD - 2, ETH_P_IP);
    memcpy(frame + HEAD, packet, n);
    inside_send(local.fd, frame, HEAD + n);
    return true;
}
