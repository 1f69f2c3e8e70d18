/* Ports of the host that lead into the guest.
 *
 * An IPv4 address leads to the guest's IPv4 address, an IPv6 address to its IPv6 address. Without
 * an address the port is open on all: IPv4 as above; IPv6 connections go to the guest's IPv4 port
 * as well (proxy.c), for most servers listen there.
 */
#include "slirp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct forward {
    bool udp, all, six;
    struct in_addr at;
    struct in6_addr at6;
    unsigned host, guest, count;
};

/* The monitor's own words: whatever does not parse is a bug. */
static bool parse(const char *spec, struct forward *f)
{
    char kind[4], address[64];
    *f = (struct forward){0};
    if (sscanf(spec, "%3[a-z]=%63[^=]=%u=%u=%u", kind, address, &f->host, &f->guest, &f->count) !=
        5)
        return false;
    f->udp = strcmp(kind, "udp") == 0;
    f->all = strcmp(address, "*") == 0;
    if (!f->all && inet_pton(AF_INET, address, &f->at) != 1) {
        f->six = true;
        return inet_pton(AF_INET6, address, &f->at6) == 1;
    }
    return f->host + f->count <= 65536 && f->guest + f->count <= 65536;
}

bool forward_is_udp(const char *spec)
{
    return strncmp(spec, "udp=", 4) == 0;
}

static int add4(Slirp *slirp, const struct forward *f, unsigned i)
{
    struct in_addr guest;
    inet_pton(AF_INET, GUEST, &guest);
    return slirp_add_hostfwd(slirp, f->udp, f->at, (int)(f->host + i), guest, (int)(f->guest + i));
}

static int add6(Slirp *slirp, const struct forward *f, unsigned i)
{
    struct sockaddr_in6 host = {
        .sin6_family = AF_INET6, .sin6_addr = f->at6, .sin6_port = htons((uint16_t)(f->host + i))};
    struct sockaddr_in6 guest = {.sin6_family = AF_INET6,
                                 .sin6_port = htons((uint16_t)(f->guest + i))};
    inet_pton(AF_INET6, GUEST6, &guest.sin6_addr);
    return slirp_add_hostxfwd(slirp, (const void *)&host, sizeof host, (const void *)&guest,
                              sizeof guest,
                              SLIRP_HOSTFWD_V6ONLY | (f->udp ? SLIRP_HOSTFWD_UDP : 0));
}

/* IPv6 for a port without an address; a host without IPv6 has none. */
static int add_all6(const struct forward *f, unsigned i)
{
    if (f->udp || proxy_add((uint16_t)(f->host + i)) == 0)
        return 0;
    return errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL ? 0 : -1;
}

/* libslirp listens with room for one waiting connection; of a client that opens many at once the
 * rest would be lost and tried again after a second. To listen again only changes the room. */
static void make_room(void)
{
    for (int fd = 3; fd < 1024; fd++) {
        int listens = 0;
        socklen_t size = sizeof listens;
        if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens)
            listen(fd, 128);
    }
}

int forward_add(Slirp *slirp, const char *spec, char *why, size_t room)
{
    struct forward f;
    char address[64] = "";
    if (!parse(spec, &f)) {
        snprintf(why, room, "'%s' is no forwarding", spec);
        return -1;
    }
    for (unsigned i = 0; i < f.count; i++) {
        errno = 0;
        if (f.udp)
            guard_forward(f.guest + i);
        if ((f.six ? add6(slirp, &f, i) : add4(slirp, &f, i)) == 0 &&
            (!f.all || add_all6(&f, i) == 0))
            continue;
        const char *reason = errno == EADDRINUSE ? "another program listens there"
                             : errno             ? strerror(errno)
                                                 : "the address cannot be used";
        if (!f.all)
            snprintf(address, sizeof address, " of %.*s", (int)strcspn(spec + 4, "="), spec + 4);
        snprintf(why, room, "port %u/%s%s of the host: %s", f.host + i, f.udp ? "udp" : "tcp",
                 address, reason);
        return -1;
    }
    make_room();
    return 0;
}
