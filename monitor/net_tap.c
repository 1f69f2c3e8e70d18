/* tap:NAME: a tap device of the host, with the virtio-net header on every frame. See net.h.
 *
 * An existing device is used (one made for this user needs no privilege: ip tuntap add NAME mode
 * tap user USER vnet_hdr), else one is made and set up, which lasts as long as the guest runs. Its
 * addresses are the host's end of the cable: the guest's come from --ip, DHCP or the router.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net.h"

/* The device must be up to carry frames. */
static int set_up(const struct mon_link *link, const char *name, struct host_error *err)
{
    struct ifreq request = {.ifr_flags = (short)(link->flags | IFF_UP)};
    if (link->flags & IFF_UP)
        return 0;
    memcpy(request.ifr_name, name, IFNAMSIZ);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int bad = fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) ? errno : 0;
    if (fd >= 0)
        close(fd);
    return bad ? host_fail(err, "the device is down and cannot be set up: %s", strerror(bad)) : 0;
}

static int attach(struct mon_net *net, const char *name, struct host_error *err)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
    const int header = MON_NET_HEADER;
    memcpy(request.ifr_name, name, IFNAMSIZ);
    net->fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (net->fd < 0)
        return host_fail(err, "/dev/net/tun: %s", strerror(errno));
    if (ioctl(net->fd, TUNSETIFF, &request)) {
        if (errno == EPERM)
            return host_fail(err,
                             "it is no device of this user's: as root, ip tuntap add %s mode "
                             "tap user USER vnet_hdr",
                             name);
        if (errno == EBUSY)
            return host_fail(err, "another program uses the device");
        if (errno == EINVAL)
            return host_fail(err, "it is no tap device, or one without vnet_hdr");
        return host_fail(err, "%s", strerror(errno));
    }
    if (ioctl(net->fd, TUNSETVNETHDRSZ, &header))
        return host_fail(err, "the virtio-net header is refused: %s", strerror(errno));
    return 0;
}

static int attach_and_read(struct mon_net *net, const char *name, struct mon_link *link,
                           struct host_error *err)
{
    net->fd = -1;
    if (attach(net, name, err) || mon_link_read(name, link, err) || set_up(link, name, err)) {
        if (net->fd >= 0)
            close(net->fd);
        return -1;
    }
    return 0;
}

int mon_net_tap(struct mon_net *net, const struct mon_net_if *want, struct host_error *err)
{
    struct mon_link link;
    struct pith_net_config *c = &net->config;
    struct host_error why;
    if (attach_and_read(net, want->name, &link, &why))
        return host_fail(err, "--net tap:%s: %s", want->name, why.text);
    /* Two ends of a cable: the guest's address is the device's with two bits changed, the same at
     * every run (locally administered, unicast). */
    memcpy(c->mac, want->has_mac ? want->mac : link.mac, sizeof c->mac);
    if (!want->has_mac) {
        c->mac[0] = (uint8_t)((c->mac[0] & ~1u) | 2);
        c->mac[5] ^= 0x80;
    }
    c->mtu = (uint16_t)(want->mtu ? want->mtu : link.mtu > 65535 ? 65535 : link.mtu);
    net->file = true;
    net->header = MON_NET_HEADER;
    net->features = 1ull << VIRTIO_NET_F_CSUM | 1ull << VIRTIO_NET_F_HOST_TSO4 |
                    1ull << VIRTIO_NET_F_HOST_TSO6 | 1ull << VIRTIO_NET_F_GUEST_CSUM;
    /* What the host may leave to us: checksums, and TCP segments not yet cut. */
    if (ioctl(net->fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN) == 0)
        net->features |= 1ull << VIRTIO_NET_F_GUEST_TSO4 | 1ull << VIRTIO_NET_F_GUEST_TSO6;
    return 0;
}
