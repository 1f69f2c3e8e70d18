/* What the command line says about the guest's network (docs/network.md): its interfaces, what is
 * forwarded to it, and the names it is told. cli/run_net.c fills one; everything in it has been
 * parsed and checked, nothing has been tried on the host. Addresses are in network byte order.
 */
#ifndef MON_NET_OPTIONS_H
#define MON_NET_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <pith/abi.h>

/* Interfaces of one guest: with console, entropy, disks and volumes they fit MON_DEVICES. */
#define MON_NET_IFS 8
/* -p options; a range is one. Each port of a range is a socket of the helper. */
#define MON_NET_FORWARDS 64
#define MON_NET_PORTS 256
#define MON_NET_DNS 8
#define MON_NET_HOSTS 64

enum mon_net_kind { MON_NET_SLIRP, MON_NET_TAP, MON_NET_PACKET };

struct mon_net_if {
    enum mon_net_kind kind;
    char name[16]; /* the host's interface, as given */
    bool keep;     /* packet: the host goes on using the interface */
    bool taken;    /* packet: of a container; the guest knows it by the same name */
    bool loopback; /* slirp: 10.0.2.2 is the host's 127.0.0.1 */
    bool dhcp;
    bool has_mac;
    uint8_t mac[6];
    uint16_t mtu; /* 0: the host's */
    unsigned naddrs, nroutes;
    struct pith_net_addr addrs[PITH_NET_ADDRS]; /* none: those of the host's interface */
    struct pith_net_route routes[PITH_NET_ROUTES];
};

/* -p: ports [host, host + count) of the host to [guest, guest + count) of the guest. */
struct mon_net_forward {
    struct pith_net_addr at; /* family 0: every address of the host */
    bool udp;
    uint16_t host, guest, count;
};

struct mon_net_host {
    const char *name;
    struct pith_net_addr addr;
};

struct mon_net_options {
    bool none; /* --net none: no interface at all */
    unsigned nifs, nforwards, ndns, nhosts;
    struct mon_net_if ifs[MON_NET_IFS];
    struct mon_net_forward forwards[MON_NET_FORWARDS];
    struct pith_net_addr dns[MON_NET_DNS]; /* none: what the host uses */
    const char *search;                    /* --dns-search, NULL: none given */
    struct mon_net_host hosts[MON_NET_HOSTS];
    const char *hostname; /* NULL: the host's */
};

#endif
