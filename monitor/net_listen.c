/* PITH_HC_LISTENING: tells the user where the guest can be reached, a line a port. See net.h.
 *
 * The guest names protocol and port only; how often it says so is up to it, how often we print is
 * not: each port once, and a bounded number of ports.
 */
#include <arpa/inet.h>
#include <errno.h>

#include "inside.h"
#include "net.h"
#include "run.h"

/* Ports we speak of. */
#define SAID_MAX 64u

static bool once(uint64_t protocol, uint64_t port)
{
    static uint32_t said[SAID_MAX];
    static unsigned n;
    uint32_t key = (uint32_t)(protocol << 24 | port);
    for (unsigned i = 0; i < n; i++)
        if (said[i] == key)
            return false;
    if (n == SAID_MAX)
        return false;
    said[n++] = key;
    return true;
}

static const char *show(uint8_t family, const uint8_t *addr, char text[INET6_ADDRSTRLEN])
{
    return inet_ntop(family == 4 ? AF_INET : AF_INET6, addr, text, INET6_ADDRSTRLEN);
}

/* Says which ports of the host lead there; how many. */
static unsigned say_forwards(const struct mon_net_options *o, bool udp, unsigned port,
                             bool reachable)
{
    char text[INET6_ADDRSTRLEN];
    unsigned n = 0;
    for (unsigned i = 0; i < o->nforwards; i++) {
        const struct mon_net_forward *f = &o->forwards[i];
        if (f->udp != udp || port < f->guest || port >= (unsigned)f->guest + f->count)
            continue;
        if (!reachable) {
            mon_say("pith: guest port %u/%s is open inside the guest only: -p does not reach it\n",
                    port, udp ? "udp" : "tcp");
            return 1;
        }
        const char *at = f->at.family ? show(f->at.family, f->at.addr, text) : "0.0.0.0";
        bool six = f->at.family == 6;
        mon_say("pith: listening on %s%s%s:%u (guest port %u/%s)\n", six ? "[" : "", at,
                six ? "]" : "", f->host + (port - f->guest), port, udp ? "udp" : "tcp");
        n++;
    }
    return n;
}

long mon_net_say_listening(const struct mon_net_options *o, uint64_t protocol, uint64_t port,
                           bool reachable)
{
    if ((protocol != 6 && protocol != 17) || port == 0 || port > 65535)
        return -EINVAL;
    /* Only for who asked for ports: a server says itself what it does. */
    if (!o || o->nforwards == 0 || !once(protocol, port << 1 | reachable))
        return 0;
    if (say_forwards(o, protocol == 17, (unsigned)port, reachable) == 0 && protocol == 6 &&
        reachable)
        mon_say("pith: listening on guest port %u/tcp, to which no port of the host leads (-p)\n",
                (unsigned)port);
    return 0;
}

long mon_net_listening(struct mon *m, uint64_t protocol, uint64_t port, uint64_t reachable)
{
    if ((protocol == 6 || protocol == 17) && port <= 65535)
        inside_local_port(protocol == 17, (unsigned)port);
    return mon_net_say_listening(m->common->options->net, protocol, port, reachable != 0);
}
