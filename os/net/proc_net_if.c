/* /proc/net: interfaces, routes and neighbours, as proc(5) has them. */
#include <linux/stat.h>

#include <lwip/etharp.h>

#include "net/ifview.h"
#include "net/linux.h"
#include "net/proc_net.h"

/* lo counts nothing: it has no device. */
static int show_dev(struct text *t, long arg)
{
    struct if_view v;
    (void)arg;
    if (net_start() < 0)
        return 0;
    text_add(t, "Inter-|   Receive                                                |  Transmit\n");
    text_add(t, " face |bytes    packets errs drop fifo frame compressed multicast|bytes    "
                "packets errs drop fifo colls carrier compressed\n");
    for (u32 i = 1; if_next(i, &v); i = v.index + 1) {
        const struct virtio_net *d = v.dev;
        text_add(t, "%6s: %7lu %7lu %4lu %4lu    0     0          0         0 ", v.name,
                 d ? (unsigned long)d->rx_bytes : 0, d ? (unsigned long)d->rx_packets : 0,
                 d ? (unsigned long)d->rx_errors : 0, d ? (unsigned long)d->rx_dropped : 0);
        text_add(t, "%8lu %7lu    0 %4lu    0     0       0          0\n",
                 d ? (unsigned long)d->tx_bytes : 0, d ? (unsigned long)d->tx_packets : 0,
                 d ? (unsigned long)d->tx_dropped : 0);
    }
    return 0;
}

static u32 word(const u8 *p)
{
    u32 w;
    memcpy(&w, p, sizeof(w));
    return w;
}

static void name_of(u32 index, char out[16])
{
    struct if_view v;
    str_copy(out, if_view(index, &v) ? v.name : "?", 16);
}

#define RTF_UP 1u
#define RTF_GATEWAY 2u
#define ROUTE_WIDTH 127
static int show_route(struct text *t, long arg)
{
    struct if_route r;
    char name[16];
    u32 at = 0;
    (void)arg;
    if (net_start() < 0)
        return 0;
    text_add(t,
             "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT");
    proc_pad(t, 0, ROUTE_WIDTH);
    while (if_route_next(AF_INET, &at, &r)) {
        size_t start = t->len;
        name_of(r.index, name);
        text_add(t, "%s\t", name);
        proc_hex(t, word(r.to), 8);
        text_add(t, "\t");
        proc_hex(t, word(r.via), 8);
        text_add(t, "\t000%u\t0\t0\t%u\t", RTF_UP | (r.has_via ? RTF_GATEWAY : 0), r.metric);
        proc_hex(t, r.prefix ? __builtin_bswap32(~0u << (32 - r.prefix)) : 0, 8);
        text_add(t, "\t0\t0\t0");
        proc_pad(t, start, ROUTE_WIDTH);
    }
    return 0;
}

static void hex16(struct text *t, const u8 *p)
{
    for (unsigned i = 0; i < 16; i++)
        text_add(t, "%02x", p[i]);
}

static int show_route6(struct text *t, long arg)
{
    static const u8 none[16];
    struct if_route r;
    char name[16];
    u32 at = 0;
    (void)arg;
    if (net_start() < 0)
        return 0;
    while (if_route_next(AF_INET6, &at, &r)) {
        name_of(r.index, name);
        hex16(t, r.to);
        text_add(t, " %02x ", r.prefix);
        hex16(t, none);
        text_add(t, " 00 ");
        hex16(t, r.via);
        text_add(t, " %08x 00000001 00000000 %08x %8s\n", r.metric,
                 RTF_UP | (r.has_via ? RTF_GATEWAY : 0), name);
    }
    return 0;
}

static int show_if_inet6(struct text *t, long arg)
{
    struct if_addr a;
    u32 at = 0;
    (void)arg;
    if (net_start() < 0)
        return 0;
    while (if_addr_next(AF_INET6, &at, &a)) {
        /* Linux's scopes of addresses: 10 host, 20 link, 00 global. */
        unsigned scope = a.scope == 254 ? 0x10 : a.scope == 253 ? 0x20 : 0;
        hex16(t, a.addr);
        text_add(t, " %02x %02x %02x 80 %8s\n", a.of.index, a.prefix, scope, a.of.name);
    }
    return 0;
}

static int show_arp(struct text *t, long arg)
{
    (void)arg;
    if (net_start() < 0)
        return 0;
    text_add(t, "IP address       HW type     Flags       HW address            Mask     Device\n");
    for (size_t n = 0; n < ARP_TABLE_SIZE; n++) {
        ip4_addr_t *ip;
        struct netif *nif;
        struct eth_addr *mac;
        char addr[16];
        if (!etharp_get_entry(n, &ip, &nif, &mac))
            continue;
        const u8 *b = (const u8 *)&ip->addr, *m = mac->addr;
        str_format(addr, sizeof(addr), "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
        text_add(t, "%-16s 0x1         0x2         %02x:%02x:%02x:%02x:%02x:%02x     *        %s\n",
                 addr, m[0], m[1], m[2], m[3], m[4], m[5], net_ifname(nif));
    }
    return 0;
}

static const struct generated dev = {
    .path = "PID/net/dev", .mode = S_IFREG | 0444, .show = show_dev};
static const struct generated route = {
    .path = "PID/net/route", .mode = S_IFREG | 0444, .show = show_route};
static const struct generated route6 = {
    .path = "PID/net/ipv6_route", .mode = S_IFREG | 0444, .show = show_route6};
static const struct generated if_inet6 = {
    .path = "PID/net/if_inet6", .mode = S_IFREG | 0444, .show = show_if_inet6};
static const struct generated arp = {
    .path = "PID/net/arp", .mode = S_IFREG | 0444, .show = show_arp};
PROC_FILE(dev);
PROC_FILE(route);
PROC_FILE(route6);
PROC_FILE(if_inet6);
PROC_FILE(arp);

const char proc_net_if_linked = 1;
