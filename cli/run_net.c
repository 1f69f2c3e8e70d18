/* The network options of `pith run`. See run_net.h and docs/network.md.
 *
 * --ip, --mac and --mtu belong to the --net before them; without one, to the default interface.
 */
#include "cli/run_net.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A number in decimal digits alone, at most `max`, ended by one of `ends` (or the end of text);
 * *rest is left there. */
static bool number(const char *text, unsigned max, const char *ends, unsigned *value,
                   const char **rest)
{
    unsigned n = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        n = n * 10 + (unsigned)(*at - '0');
        if (n > max)
            return false;
    }
    if (at == text || (*at && !strchr(ends, *at)))
        return false;
    *value = n;
    *rest = at;
    return true;
}

static bool address(const char *text, struct pith_net_addr *addr)
{
    memset(addr, 0, sizeof *addr);
    if (inet_pton(AF_INET, text, addr->addr) == 1)
        addr->family = 4;
    else if (inet_pton(AF_INET6, text, addr->addr) == 1)
        addr->family = 6;
    return addr->family != 0;
}

/* The interface that --ip and its like mean, made if there is none yet. */
static struct mon_net_if *last(struct mon_net_options *net)
{
    if (net->nifs == 0)
        net->ifs[net->nifs++] = (struct mon_net_if){.kind = MON_NET_SLIRP};
    return &net->ifs[net->nifs - 1];
}

static int take_net(struct mon_net_options *net, char *value, struct host_error *err)
{
    struct mon_net_if iface = {0};
    char *colon = strchr(value, ':'), *comma = strchr(value, ',');
    if (strcmp(value, "none") == 0) {
        net->none = true;
        return 0;
    }
    if (strcmp(value, "slirp") == 0 || strcmp(value, "slirp,loopback") == 0) {
        iface.kind = MON_NET_SLIRP;
        iface.loopback = comma != NULL;
        for (unsigned i = 0; i < net->nifs; i++)
            if (net->ifs[i].kind == MON_NET_SLIRP)
                return host_fail(err, "--net slirp is there once at most");
    } else {
        if (strncmp(value, "tap:", 4) == 0)
            iface.kind = MON_NET_TAP;
        else if (strncmp(value, "packet:", 7) == 0)
            iface.kind = MON_NET_PACKET;
        else
            return host_fail(err, "--net takes slirp, none, tap:NAME or packet:NAME, not '%s'",
                             value);
        if (comma) {
            if (iface.kind != MON_NET_PACKET || strcmp(comma, ",keep"))
                return host_fail(err, "--net %s: '%s' is not understood", value, comma + 1);
            iface.keep = true;
        }
        size_t n = comma ? (size_t)(comma - colon - 1) : strlen(colon + 1);
        if (n == 0 || n >= sizeof iface.name)
            return host_fail(err, "--net %s: an interface has a name of 1 to 15 letters", value);
        memcpy(iface.name, colon + 1, n);
    }
    if (net->nifs == MON_NET_IFS)
        return host_fail(err, "--net: a guest has %d interfaces at most", MON_NET_IFS);
    net->ifs[net->nifs++] = iface;
    return 0;
}

/* ADDR/LEN[,gw=ADDR] or dhcp. */
static int take_ip(struct mon_net_options *net, char *value, struct host_error *err)
{
    struct mon_net_if *iface = last(net);
    struct pith_net_addr addr, gateway;
    if (strcmp(value, "dhcp") == 0) {
        iface->dhcp = true;
        return 0;
    }
    char copy[128], *slash, *comma;
    if (strlen(value) >= sizeof copy || !(slash = strchr(strcpy(copy, value), '/')))
        return host_fail(err, "--ip takes ADDRESS/LENGTH[,gw=ADDRESS] or dhcp, not '%s'", value);
    *slash++ = 0;
    comma = strchr(slash, ',');
    if (comma)
        *comma++ = 0;
    unsigned prefix;
    const char *end;
    if (!address(copy, &addr))
        return host_fail(err, "--ip %s: '%s' is no IPv4 or IPv6 address", value, copy);
    if (!number(slash, addr.family == 4 ? 32 : 128, "", &prefix, &end))
        return host_fail(err, "--ip %s: the length of the network is 0 to %d", value,
                         addr.family == 4 ? 32 : 128);
    addr.prefix = (pith_u8)prefix;
    if (comma && (strncmp(comma, "gw=", 3) != 0 || !address(comma + 3, &gateway)))
        return host_fail(err, "--ip %s: '%s' is not gw=ADDRESS", value, comma);
    if (comma && gateway.family != addr.family)
        return host_fail(err, "--ip %s: address and gateway are of two kinds", value);
    if (iface->naddrs == PITH_NET_ADDRS || (comma && iface->nroutes == PITH_NET_ROUTES))
        return host_fail(err, "--ip: an interface has %u addresses at most", PITH_NET_ADDRS);
    iface->addrs[iface->naddrs++] = addr;
    if (comma) {
        struct pith_net_route *route = &iface->routes[iface->nroutes++];
        *route = (struct pith_net_route){.family = addr.family};
        memcpy(route->via, gateway.addr, sizeof route->via);
    }
    return 0;
}

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static int take_mac(struct mon_net_options *net, const char *value, struct host_error *err)
{
    struct mon_net_if *iface = last(net);
    bool ok = strlen(value) == 17;
    for (unsigned i = 0; ok && i < 6; i++) {
        int high = hex(value[3 * i]), low = hex(value[3 * i + 1]);
        ok = high >= 0 && low >= 0 && value[3 * i + 2] == (i < 5 ? ':' : 0);
        iface->mac[i] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
    }
    if (!ok)
        return host_fail(err, "--mac takes six bytes as in 02:00:00:12:34:56, not '%s'", value);
    if (iface->mac[0] & 1)
        return host_fail(err, "--mac %s: it is a multicast address (its first byte is odd)", value);
    iface->has_mac = true;
    return 0;
}

static int take_mtu(struct mon_net_options *net, const char *value, struct host_error *err)
{
    unsigned mtu;
    const char *end;
    /* RFC 791 and the largest IPv4 packet; IPv6 wants 1280 (RFC 8200), which is its own matter. */
    if (!number(value, 65535, "", &mtu, &end) || mtu < 68)
        return host_fail(err, "--mtu takes a number from 68 to 65535, not '%s'", value);
    last(net)->mtu = (uint16_t)mtu;
    return 0;
}

/* A port or a range of ports at the start of text, ended as `number` does. */
static bool ports(const char *text, const char *ends, unsigned *first, unsigned *count,
                  const char **rest)
{
    char with_dash[8];
    unsigned end;
    snprintf(with_dash, sizeof with_dash, "-%s", ends);
    if (!number(text, 65535, with_dash, first, rest))
        return false;
    end = *first;
    if (**rest == '-' && !number(*rest + 1, 65535, ends, &end, rest))
        return false;
    *count = end - *first + 1;
    return *first > 0 && end >= *first;
}

/* [ADDRESS:]HOST[-LAST]:GUEST[-LAST][/tcp|/udp]; an IPv6 address stands in brackets. */
static int take_forward(struct mon_net_options *net, char *value, struct host_error *err)
{
    static const char usage[] = "-p takes [ADDRESS:]PORT:PORT[/tcp|/udp], not '%s'";
    struct mon_net_forward f = {0};
    char copy[64];
    const char *at = value, *colon;
    if (*value == '[') {
        const char *end = strchr(value, ']');
        size_t n = end ? (size_t)(end - value - 1) : 0;
        if (!end || end[1] != ':' || n >= sizeof copy)
            return host_fail(err, usage, value);
        memcpy(copy, value + 1, n);
        copy[n] = 0;
        at = end + 2;
        if (!address(copy, &f.at) || f.at.family != 6)
            return host_fail(err, "-p %s: '%s' is no IPv6 address", value, copy);
    } else if ((colon = strchr(value, ':')) && strchr(colon + 1, ':')) {
        size_t n = (size_t)(colon - value);
        if (n >= sizeof copy)
            return host_fail(err, usage, value);
        memcpy(copy, value, n);
        copy[n] = 0;
        at = colon + 1;
        if (!address(copy, &f.at) || f.at.family != 4)
            return host_fail(err, "-p %s: '%s' is no IPv4 address (IPv6: [::1]:80:80)", value,
                             copy);
    }
    unsigned host, guest, nhost, nguest;
    if (!ports(at, ":", &host, &nhost, &at) || *at != ':' ||
        !ports(at + 1, "/", &guest, &nguest, &at))
        return host_fail(err, usage, value);
    if (*at && strcmp(at, "/tcp") && strcmp(at, "/udp"))
        return host_fail(err, "-p %s: '%s' is neither /tcp nor /udp", value, at);
    if (nhost != nguest)
        return host_fail(err, "-p %s: the two ranges differ in length", value);
    if (nhost > MON_NET_PORTS)
        return host_fail(err, "-p %s: %u ports at most", value, MON_NET_PORTS);
    if (net->nforwards == MON_NET_FORWARDS)
        return host_fail(err, "-p: %d times at most", MON_NET_FORWARDS);
    f.udp = strcmp(at, "/udp") == 0;
    f.host = (uint16_t)host;
    f.guest = (uint16_t)guest;
    f.count = (uint16_t)nhost;
    net->forwards[net->nforwards++] = f;
    return 0;
}

/* A name as RFC 1123 allows it: letters, digits, hyphens, dots. */
static bool name_ok(const char *name, size_t n)
{
    if (n == 0 || n > 253 || name[0] == '-' || name[0] == '.')
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = name[i] | 0x20;
        if (!(c >= 'a' && c <= 'z') && !(name[i] >= '0' && name[i] <= '9') && name[i] != '-' &&
            name[i] != '.' && name[i] != '_')
            return false;
    }
    return true;
}

static int take_host(struct mon_net_options *net, char *value, struct host_error *err)
{
    char *colon = strchr(value, ':');
    if (!colon || !name_ok(value, (size_t)(colon - value)))
        return host_fail(err, "--add-host takes NAME:ADDRESS, not '%s'", value);
    if (net->nhosts == MON_NET_HOSTS)
        return host_fail(err, "--add-host: %d times at most", MON_NET_HOSTS);
    struct mon_net_host *host = &net->hosts[net->nhosts];
    if (!address(colon + 1, &host->addr))
        return host_fail(err, "--add-host %s: '%s' is no address", value, colon + 1);
    *colon = 0;
    host->name = value;
    net->nhosts++;
    return 0;
}

static int take_dns(struct mon_net_options *net, const char *value, struct host_error *err)
{
    if (net->ndns == MON_NET_DNS)
        return host_fail(err, "--dns: %d times at most", MON_NET_DNS);
    if (!address(value, &net->dns[net->ndns]))
        return host_fail(err, "--dns %s: it is no address", value);
    net->ndns++;
    return 0;
}

static int take_search(struct mon_net_options *net, const char *value, struct host_error *err)
{
    if (!name_ok(value, strlen(value)))
        return host_fail(err, "--dns-search takes a domain, not '%s'", value);
    net->search = value;
    return 0;
}

static int take_hostname(struct mon_net_options *net, const char *value, struct host_error *err)
{
    /* uname's own limit. */
    if (!name_ok(value, strlen(value)) || strlen(value) > 64)
        return host_fail(err, "--hostname takes a name of at most 64 letters, not '%s'", value);
    net->hostname = value;
    return 0;
}

static bool is(const char *argument, const char *name)
{
    size_t n = strlen(name);
    return strncmp(argument, name, n) == 0 &&
           (argument[n] == 0 || (name[1] == '-' && argument[n] == '='));
}

enum { NET, IP, MAC, MTU, FORWARD, DNS, SEARCH, HOST, HOSTNAME, COUNT };
static const char *const names[COUNT] = {"--net", "--ip",         "--mac",      "--mtu",     "-p",
                                         "--dns", "--dns-search", "--add-host", "--hostname"};

static unsigned which(const char *option)
{
    unsigned i = 0;
    while (i < COUNT && !is(option, names[i]))
        i++;
    return i;
}

bool run_net_is(const char *option)
{
    return which(option) < COUNT;
}

int run_net_take(struct mon_net_options *net, const char *option, char *value,
                 struct host_error *err)
{
    switch (which(option)) {
    case NET:
        return take_net(net, value, err);
    case IP:
        return take_ip(net, value, err);
    case MAC:
        return take_mac(net, value, err);
    case MTU:
        return take_mtu(net, value, err);
    case FORWARD:
        return take_forward(net, value, err);
    case DNS:
        return take_dns(net, value, err);
    case SEARCH:
        return take_search(net, value, err);
    case HOST:
        return take_host(net, value, err);
    default:
        return take_hostname(net, value, err);
    }
}

int run_net_check(const struct mon_net_options *net, struct host_error *err)
{
    bool slirp = net->nifs == 0;
    for (unsigned i = 0; i < net->nifs; i++) {
        const struct mon_net_if *iface = &net->ifs[i];
        slirp |= iface->kind == MON_NET_SLIRP;
        if (iface->kind == MON_NET_SLIRP && (iface->naddrs || iface->dhcp || iface->has_mac))
            return host_fail(err, "--ip and --mac are for --net tap: and packet:; slirp has a "
                                  "network of its own");
        if (iface->keep && !iface->naddrs && !iface->dhcp)
            return host_fail(err, "--net packet:%s,keep: the guest needs an address (--ip)",
                             iface->name);
    }
    if (net->none && net->nifs)
        return host_fail(err, "--net none and another --net exclude each other");
    if (net->nforwards && (net->none || !slirp))
        return host_fail(err, "-p forwards through --net slirp, which this guest does not have; on "
                              "other networks it is reached at its own address");
    return 0;
}
