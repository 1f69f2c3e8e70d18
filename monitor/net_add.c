/* The interfaces a guest gets: those asked for, else slirp; eth0, eth1, ... in their order. */
#include <linux/virtio_net.h>
#include <stdio.h>
#include <string.h>

#include "inside.h"
#include "net.h"
#include "run.h"

static struct mon_net nets[MON_NET_IFS];
static unsigned count;

const struct pith_net_config *mon_net_config(unsigned i)
{
    return i < count ? &nets[i].config : NULL;
}

const struct mon_net *mon_net_interface(unsigned i)
{
    return i < count ? &nets[i] : NULL;
}

const int *mon_net_descriptors(bool files)
{
    static int list[2][MON_NET_IFS + INSIDE_DESCRIPTORS + 1];
    unsigned n = 0;
    for (unsigned i = 0; i < count; i++)
        if (nets[i].file == files)
            list[files][n++] = nets[i].fd;
    for (const int *fd = inside_descriptors(); !files && *fd >= 0; fd++)
        list[files][n++] = *fd;
    list[files][n] = -1;
    return list[files];
}

/* What is the same for every kind, and what the command line says in place of what was found. */
static void complete(struct mon_net *net, const struct mon_net_if *want, unsigned number)
{
    struct pith_net_config *c = &net->config;
    net->features |= 1ull << VIRTIO_NET_F_MTU | 1ull << VIRTIO_NET_F_MAC |
                     1ull << VIRTIO_NET_F_MRG_RXBUF | 1ull << VIRTIO_NET_F_STATUS |
                     1ull << 28 /* VIRTIO_F_INDIRECT_DESC */ | 1ull << 32 /* VIRTIO_F_VERSION_1 */;
    net->expect = 1;
    c->status = VIRTIO_NET_S_LINK_UP;
    c->max_pairs = 1;
    if (want->taken)
        memcpy(c->name, want->name, sizeof c->name);
    else
        snprintf(c->name, sizeof c->name, "eth%u", number);
    if (want->naddrs) {
        c->naddrs = want->naddrs;
        memcpy(c->addrs, want->addrs, sizeof c->addrs);
    }
    if (want->naddrs || want->nroutes) {
        c->nroutes = want->nroutes;
        memcpy(c->routes, want->routes, sizeof c->routes);
    }
    if (want->dhcp)
        c->flags |= PITH_NET_DHCP;
    /* No IPv6 address of its own: what the network's routers say. */
    bool six = false;
    for (unsigned i = 0; i < c->naddrs; i++)
        six |= c->addrs[i].family == 6;
    if (!six && !net->only4)
        c->flags |= PITH_NET_AUTOCONF;
}

static int open_net(struct mon_net *net, const struct mon_net_options *o,
                    const struct mon_net_if *want, struct host_error *err)
{
    switch (want->kind) {
    case MON_NET_PACKET:
        return mon_net_packet(net, want, err);
    case MON_NET_TAP:
        return mon_net_tap(net, want, err);
    default:
        return mon_net_slirp(net, o, want, err);
    }
}

static int add(struct mon *m, const struct mon_net_if *want, unsigned number,
               struct host_error *err)
{
    struct mon_net *net = &nets[number];
    if (open_net(net, m->common->options->net, want, err))
        return -1;
    complete(net, want, number);
    const struct mon_device device = {
        .ops = &mon_net_ops,
        .type = PITH_DEV_NET,
        .nqueues = PITH_NET_QUEUES + (net->keep != 0),
        .queue_size = {PITH_NET_QUEUE_SIZE, PITH_NET_QUEUE_SIZE, (uint16_t)net->keep},
        .features = net->features,
        .config = &net->config,
        .config_len = sizeof net->config,
        .priv = net};
    return mon_device_add(m, &device, err) < 0 ? -1 : 0;
}

int mon_net_add(struct mon *m, struct host_error *err)
{
    const struct mon_net_options *o = m->common->options->net;
    static const struct mon_net_if usual = {.kind = MON_NET_SLIRP};
    if (!o || o->none) {
        mon_net_files(m);
        return 0;
    }
    /* Nothing was asked for: outgoing connections just work, where the helper is installed. */
    bool slirp = o->nifs == 0 && (o->nforwards || mon_net_slirp_there());
    if ((o->nifs || slirp) && mon_net_prepare(err))
        return -1;
    if (slirp && add(m, &usual, count++, err))
        return -1;
    for (; count < o->nifs; count++)
        if (add(m, &o->ifs[count], count, err))
            return -1;
    mon_net_files(m);
    return 0;
}
