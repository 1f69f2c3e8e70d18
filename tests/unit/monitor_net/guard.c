/* What the helper lets through to libslirp (slirp/guard.c). */
#include "fake.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "slirp/slirp.h"

static uint8_t frame[200];

static size_t packet4(const char *to, unsigned protocol, unsigned source, unsigned flags)
{
    memset(frame, 0, sizeof frame);
    frame[12] = 8;
    uint8_t *ip = frame + 14;
    ip[0] = 0x45;
    ip[9] = (uint8_t)protocol;
    inet_pton(AF_INET, to, ip + 16);
    ip[20] = (uint8_t)(source >> 8);
    ip[21] = (uint8_t)source;
    ip[33] = (uint8_t)flags;
    return 14 + 20 + 20;
}

static size_t packet6(const char *to, unsigned protocol, unsigned source, unsigned flags)
{
    memset(frame, 0, sizeof frame);
    frame[12] = 0x86;
    frame[13] = 0xdd;
    uint8_t *ip = frame + 14;
    ip[0] = 0x60;
    ip[6] = (uint8_t)protocol;
    inet_pton(AF_INET6, to, ip + 24);
    ip[40] = (uint8_t)(source >> 8);
    ip[41] = (uint8_t)source;
    ip[53] = (uint8_t)flags;
    return 14 + 40 + 20;
}

#define TCP4(to, flags) guard_allows(frame, packet4(to, 6, 1000, flags))
#define UDP4(to, port) guard_allows(frame, packet4(to, 17, port, 0))
#define TCP6(to, flags) guard_allows(frame, packet6(to, 6, 1000, flags))
#define UDP6(to, port) guard_allows(frame, packet6(to, 17, port, 0))

static void always(void)
{
    CHECK(TCP4("1.2.3.4", 2) && UDP4("8.8.8.8", 5) && TCP4("10.0.2.2", 2) && UDP4("10.0.2.2", 5));
    CHECK(!TCP4("127.0.0.1", 2) && !TCP4("127.255.1.2", 16) && !UDP4("127.0.0.1", 5));
    CHECK(!TCP4("0.0.0.0", 2) && !UDP4("0.1.2.3", 2));
    CHECK(TCP6("2001:db8::1", 2) && TCP6("fd00::2", 2));
    CHECK(!TCP6("::1", 2) && !UDP6("::", 2) && !TCP6("::ffff:127.0.0.1", 2) &&
          !TCP6("::127.0.0.1", 2));
}

static void with_ports(void)
{
    guard_forward(53);
    guard_loopback();
    CHECK(TCP4("1.2.3.4", 2) && UDP4("8.8.8.8", 5) && TCP6("2001:db8::1", 2));
    /* Connections of the host's go on, none is begun. */
    CHECK(!TCP4("10.0.2.2", 2) && TCP4("10.0.2.2", 18) && TCP4("10.0.2.2", 16));
    CHECK(UDP4("10.0.2.2", 53) && !UDP4("10.0.2.2", 54));
    CHECK(!UDP4("255.255.255.255", 54) && UDP4("10.0.2.3", 54));
    CHECK(!TCP6("fd00::2", 2) && !TCP6("fd00::77", 2) && TCP6("fd00::2", 16));
    CHECK(UDP6("fd00::2", 53) && !UDP6("fd00::2", 54) && UDP6("fd00::3", 54));
    /* A fragment hides what it is; so does a header that is cut off. */
    size_t n = packet4("10.0.2.2", 17, 53, 0);
    frame[14 + 6] = 0x20;
    CHECK(!guard_allows(frame, n));
    n = packet4("10.0.2.2", 6, 1000, 16);
    CHECK(!guard_allows(frame, n - 1));
    frame[14] = 0x4f;
    CHECK(!guard_allows(frame, n));
    frame[14] = 0x44;
    CHECK(!guard_allows(frame, n));
    CHECK(!guard_allows(frame, 13) && !guard_allows(frame, 0));
}

/* Nothing behind the frame is read. */
static void anything(void)
{
    static const uint8_t gateway[4] = {10, 0, 2, 2};
    for (unsigned i = 0; i < 100000; i++) {
        size_t n = chance(100);
        uint8_t *exact = malloc(n + !n);
        for (size_t k = 0; k < n; k++)
            exact[k] = (uint8_t)chance(256);
        if (n > 14) {
            exact[12] = chance(2) ? 8 : 0x86;
            exact[13] = exact[12] == 8 ? 0 : 0xdd;
            if (n > 34 && chance(2))
                memcpy(exact + 30, gateway, sizeof gateway);
        }
        guard_allows(exact, n);
        free(exact);
    }
}

void test_guard(void)
{
    unit_run("net-guard-always", always);
    unit_run("net-guard-ports", with_ports);
    unit_run("net-guard-anything", anything);
}
