/* What the guest may not send, whatever libslirp would make of it: anything for the host's own
 * loopback addresses.
 *
 * libslirp refuses connections to 10.0.2.2, its name for the host's 127.0.0.1, by itself
 * (disable_host_loopback) but with them the answers to UDP clients on the host, who appear under
 * that address. So where UDP ports are forwarded the refusal is done here: no connection is begun
 * with that address, and datagrams go there from forwarded ports only. 127.0.0.0/8 and ::1 are
 * never a destination.
 */
#include "slirp.h"

#include <string.h>

#define TCP 6
#define UDP 17
#define SYN 2
#define ACK 16

/* UDP ports of the guest that the host can reach. */
static uint8_t forwarded[65536 / 8];
static bool guarding;

void guard_forward(unsigned port)
{
    forwarded[port / 8] |= (uint8_t)(1u << port % 8);
}

void guard_loopback(void)
{
    guarding = true;
}

static unsigned get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

/* A segment or datagram for the host's loopback. */
static bool to_loopback(unsigned protocol, const uint8_t *p, size_t len)
{
    if (protocol == TCP)
        return len >= 20 && (p[13] & (SYN | ACK)) != SYN;
    if (protocol == UDP)
        return len >= 8 && forwarded[get16(p) / 8] & 1u << get16(p) % 8;
    return true;
}

static bool allows4(const uint8_t *p, size_t len)
{
    static const uint8_t everyone[4] = {255, 255, 255, 255};
    struct in_addr gateway;
    if (len < 20 || (p[0] & 15) < 5 || len < (size_t)(p[0] & 15) * 4)
        return false;
    if (p[16] == 127 || p[16] == 0)
        return false;
    inet_pton(AF_INET, GATEWAY, &gateway);
    if (!guarding || (memcmp(p + 16, &gateway, 4) && memcmp(p + 16, everyone, 4)))
        return true;
    /* DHCP is no matter of the host's. A fragment does not show what it belongs to. */
    size_t header = (size_t)(p[0] & 15) * 4;
    if (p[9] == UDP && len >= header + 8 && get16(p + header + 2) == 67)
        return true;
    return !(get16(p + 6) & 0x3fff) && to_loopback(p[9], p + header, len - header);
}

static bool allows6(const uint8_t *p, size_t len)
{
    struct in6_addr prefix, nameserver, to;
    if (len < 40)
        return false;
    memcpy(&to, p + 24, sizeof to);
    if (IN6_IS_ADDR_LOOPBACK(&to) || IN6_IS_ADDR_V4MAPPED(&to) || IN6_IS_ADDR_V4COMPAT(&to) ||
        IN6_IS_ADDR_UNSPECIFIED(&to))
        return false;
    inet_pton(AF_INET6, PREFIX6, &prefix);
    inet_pton(AF_INET6, NAMESERVER6, &nameserver);
    if (!guarding || memcmp(&to, &prefix, 8) || !memcmp(&to, &nameserver, sizeof to))
        return true;
    return to_loopback(p[6], p + 40, len - 40);
}

bool guard_allows(const uint8_t *frame, size_t len)
{
    if (len < 14)
        return false;
    switch (get16(frame + 12)) {
    case 0x0800:
        return allows4(frame + 14, len - 14);
    case 0x86dd:
        return allows6(frame + 14, len - 14);
    default:
        return true;
    }
}
