/* packet:IF: an interface of the host becomes the guest's, through an AF_PACKET socket that
 * carries the virtio-net header (packet(7), PACKET_VNET_HDR). See net.h.
 *
 * The guest gets the interface's MAC, MTU, addresses and routes unless others are given. What the
 * host's stack would do with the same frames is prevented by the shield, or, where that cannot
 * be, by taking the addresses from the interface. With `keep` the host goes on as before; then the
 * guest needs addresses of its own.
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <linux/virtio_net.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <net/if.h>
#include <net/if_arp.h>

#include "inside.h"
#include "limits.h"
#include "net.h"

/* Bytes the host may queue for a guest that is busy: 10,000 connections that speak at once. */
#define RECEIVE_BUFFER (8 << 20)
#define SEND_BUFFER (4 << 20)

#define LOAD(size, at) (struct sock_filter) BPF_STMT(BPF_LD | (size) | BPF_ABS, (uint32_t)(at))
#define TEST(what, value, yes, no)                                                                 \
    (struct sock_filter) BPF_JUMP(BPF_JMP | (what) | BPF_K, value, yes, no)
#define GIVE(value) (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, value)

/* Frames the guest is to see: none that carry a VLAN tag (the kernel has taken it out of the
 * frame, so that it would look like an untagged one), none of our own, of unicast frames only those
 * for the guest's address; and with `names`, none of TCP's from port 53 to ports of the kernel's
 * (net_shield.c). */
static int filter(int fd, const uint8_t *mac, bool names)
{
    uint32_t high =
        (uint32_t)mac[0] << 24 | (uint32_t)mac[1] << 16 | (uint32_t)mac[2] << 8 | mac[3];
    uint32_t low = (uint32_t)mac[4] << 8 | mac[5];
    struct sock_filter code[] = {
        LOAD(BPF_B, SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT),
        TEST(BPF_JEQ, 0, 0, 18),
        LOAD(BPF_B, SKF_AD_OFF + SKF_AD_PKTTYPE),
        TEST(BPF_JEQ, PACKET_OUTGOING, 16, 0),
        LOAD(BPF_W, 0),
        TEST(BPF_JSET, 0x01000000, 3, 0),
        TEST(BPF_JEQ, high, 0, 13),
        LOAD(BPF_H, 4),
        TEST(BPF_JEQ, low, 0, 11),
        names ? LOAD(BPF_H, 12) : GIVE(~0u),
        TEST(BPF_JEQ, ETH_P_IP, 0, 8),
        LOAD(BPF_B, 23),
        TEST(BPF_JEQ, IPPROTO_TCP, 0, 6),
        LOAD(BPF_B, 14),
        TEST(BPF_JEQ, 0x45, 0, 4),
        LOAD(BPF_H, 34),
        TEST(BPF_JEQ, 53, 0, 2),
        LOAD(BPF_H, 36),
        TEST(BPF_JGE, MON_CONTAINER_PORTS, 1, 0),
        GIVE(~0u),
        GIVE(0),
    };
    const struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

static void set(int fd, int level, int name, int value)
{
    setsockopt(fd, level, name, &value, sizeof value);
}

static int promiscuous(int fd, int index)
{
    struct packet_mreq request = {.mr_ifindex = index, .mr_type = PACKET_MR_PROMISC};
    return setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof request);
}

/* Multicast groups the guest joins are not known to the interface: it takes them all. */
static void all_multicast(int fd, int index)
{
    struct packet_mreq request = {.mr_ifindex = index, .mr_type = PACKET_MR_ALLMULTI};
    setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof request);
}

/* Does the interface take large segments as they are? Where the kernel has to cut them, a socket
 * that bypasses the queueing discipline would lose them: __dev_direct_xmit gives up on a frame that
 * became several. */
static int takes_large(int fd, const char *name)
{
    struct ethtool_value v = {.cmd = ETHTOOL_GTSO};
    struct ifreq request = {.ifr_data = (void *)&v};
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    return ioctl(fd, SIOCETHTOOL, &request) == 0 && v.data != 0;
}

static int open_socket(struct mon_net *net, const struct mon_net_if *want,
                       const struct mon_link *link, const uint8_t *mac, struct host_error *err)
{
    const int yes = 1;
    /* Protocol 0: nothing arrives before the filter is in place. */
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 && errno == EPERM)
        return host_fail(err, "packet sockets need CAP_NET_RAW: run as root, or in a network "
                              "namespace of your own (unshare -rn)");
    if (fd < 0)
        return host_fail(err, "packet socket: %s", strerror(errno));
    if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &yes, sizeof yes) ||
        filter(fd, mac, want->taken && inside_resolver())) {
        host_fail(err, "packet socket: %s", strerror(errno));
        close(fd);
        return -1;
    }
    /* Each of these only makes it faster, or is done by the filter as well. */
    set(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
    set(fd, SOL_PACKET, PACKET_QDISC_BYPASS, takes_large(fd, want->name));
    set(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
    set(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER);
    set(fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER);
    set(fd, SOL_SOCKET, SO_SNDBUFFORCE, SEND_BUFFER);
    net->fd = fd;
    mon_net_ring(net);
    const struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = link->index};
    if (bind(fd, (const void *)&address, sizeof address) ||
        (memcmp(mac, link->mac, 6) && promiscuous(fd, link->index))) {
        host_fail(err, "packet socket: %s", strerror(errno));
        close(fd);
        return -1;
    }
    all_multicast(fd, link->index);
    return fd;
}

/* Every IPv6 interface has an address of its own link. */
static bool speaks6(const struct mon_link *link)
{
    for (unsigned i = 0; i < link->nlocal; i++)
        if (link->local[i].family == 6)
            return true;
    return false;
}

static int take(struct mon_net *net, const struct mon_net_if *want, struct host_error *why)
{
    struct mon_link link;
    struct pith_net_config *c = &net->config;
    struct host_error reason;
    if (mon_link_read(want->name, &link, &reason))
        return host_fail(why, "%s", reason.text);
    if (link.type != ARPHRD_ETHER)
        return host_fail(why, "it is no Ethernet interface");
    if (!(link.flags & IFF_UP))
        return host_fail(why, "the interface is down (ip link set %s up)", want->name);
    if (want->mtu > link.mtu)
        return host_fail(why, "--mtu %u: it carries %u bytes at most", want->mtu, link.mtu);
    net->only4 = want->taken && !speaks6(&link);
    memcpy(c->mac, want->has_mac ? want->mac : link.mac, sizeof c->mac);
    c->mtu = (uint16_t)(want->mtu ? want->mtu : link.mtu > 65535 ? 65535 : link.mtu);
    if (!want->keep && !want->naddrs && !want->dhcp) {
        c->naddrs = link.naddrs;
        memcpy(c->addrs, link.addrs, sizeof c->addrs);
        c->nroutes = link.nroutes;
        memcpy(c->routes, link.routes, sizeof c->routes);
    }
    net->header = MON_NET_HEADER - 2; /* struct virtio_net_hdr has no num_buffers */
    net->features = 1ull << VIRTIO_NET_F_CSUM | 1ull << VIRTIO_NET_F_GUEST_CSUM |
                    1ull << VIRTIO_NET_F_GUEST_TSO4 | 1ull << VIRTIO_NET_F_GUEST_TSO6 |
                    1ull << VIRTIO_NET_F_HOST_TSO4 | 1ull << VIRTIO_NET_F_HOST_TSO6;
    if (open_socket(net, want, &link, c->mac, &reason) < 0)
        return host_fail(why, "%s", reason.text);
    if (want->keep || mon_shield(link.index, want->taken && inside_resolver()) == 0 ||
        mon_link_clear(&link, &reason) == 0)
        return 0;
    return want->taken
               ? host_fail(why, "%s", reason.text)
               : host_fail(why, "%s (or: packet:%s,keep and --ip)", reason.text, want->name);
}

int mon_net_packet(struct mon_net *net, const struct mon_net_if *want, struct host_error *err)
{
    struct host_error why;
    if (take(net, want, &why) == 0)
        return 0;
    return want->taken ? host_fail(err, "interface %s: %s", want->name, why.text)
                       : host_fail(err, "--net packet:%s: %s", want->name, why.text);
}
