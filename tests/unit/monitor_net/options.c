/* The network options of `pith run`: what is understood, and the words for what is not. */
#include "fake.h"

#include <arpa/inet.h>
#include <string.h>

#include "cli/run_net.h"

static struct mon_net_options o;
static struct host_error err;

static int take(const char *option, const char *value)
{
    /* What is taken is kept. */
    static char kept[128][300];
    static unsigned next;
    char *copy = kept[next++ % 128];
    err.text[0] = 0;
    snprintf(copy, sizeof *kept, "%s", value);
    return run_net_take(&o, option, copy, &err);
}

static int again(const char *option, const char *value)
{
    memset(&o, 0, sizeof o);
    return take(option, value);
}

static bool is(const struct pith_net_addr *a, const char *text, unsigned prefix)
{
    uint8_t want[16] = {0};
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;
    return inet_pton(family, text, want) == 1 && memcmp(want, a->addr, 16) == 0 &&
           a->family == (family == AF_INET ? 4 : 6) && a->prefix == prefix;
}

static void good(void)
{
    CHECK(again("--net", "packet:eth0,keep") == 0 && o.nifs == 1 && o.ifs[0].keep);
    CHECK(strcmp(o.ifs[0].name, "eth0") == 0 && o.ifs[0].kind == MON_NET_PACKET);
    CHECK(take("--ip", "10.0.0.5/8,gw=10.0.0.1") == 0 && take("--ip", "fd00::5/64") == 0);
    CHECK(o.ifs[0].naddrs == 2 && is(&o.ifs[0].addrs[0], "10.0.0.5", 8));
    CHECK(is(&o.ifs[0].addrs[1], "fd00::5", 64) && o.ifs[0].nroutes == 1);
    CHECK(o.ifs[0].routes[0].via[3] == 1 && o.ifs[0].routes[0].prefix == 0);
    CHECK(take("--mac", "02:00:00:aB:cd:EF") == 0 && o.ifs[0].mac[3] == 0xab);
    CHECK(take("--net", "tap:tap0") == 0 && take("--mtu", "9000") == 0 && o.ifs[1].mtu == 9000);
    CHECK(o.ifs[0].mtu == 0 && take("--ip", "dhcp") == 0 && o.ifs[1].dhcp && !o.ifs[0].dhcp);
    CHECK(run_net_check(&o, &err) == 0);
    CHECK(again("--net", "slirp,loopback") == 0 && o.ifs[0].loopback);
    CHECK(again("--net", "none") == 0 && o.none && run_net_check(&o, &err) == 0);
    CHECK(again("-p", "8080:80") == 0 && !o.forwards[0].udp && o.forwards[0].host == 8080 &&
          o.forwards[0].guest == 80 && o.forwards[0].count == 1 && o.forwards[0].at.family == 0);
    CHECK(take("-p", "127.0.0.1:53:53/udp") == 0 && is(&o.forwards[1].at, "127.0.0.1", 0) &&
          o.forwards[1].udp);
    CHECK(take("-p", "[::1]:8000-8010:80-90/tcp") == 0 && is(&o.forwards[2].at, "::1", 0) &&
          o.forwards[2].count == 11 && o.forwards[2].guest == 80 && !o.forwards[2].udp);
    CHECK(take("-p", "65535:1") == 0 && run_net_check(&o, &err) == 0);
    CHECK(again("--dns", "::1") == 0 && take("--dns-search", "a.b-c.example") == 0);
    CHECK(take("--add-host", "x_1.y:fd00::1") == 0 && strcmp(o.hosts[0].name, "x_1.y") == 0);
    CHECK(take("--hostname", "box") == 0 && run_net_check(&o, &err) == 0);
    CHECK(run_net_is("--net=slirp") && run_net_is("-p") && !run_net_is("--network") &&
          !run_net_is("-p=1:1") && !run_net_is("--"));
}

static void bad(void)
{
    static const struct {
        const char *option, *value;
    } wrong[] = {
        {"--net", ""},
        {"--net", "bridge"},
        {"--net", "tap:"},
        {"--net", "packet:0123456789abcdef"},
        {"--net", "tap:a,keep"},
        {"--net", "packet:a,keep,keep"},
        {"--net", "packet:a,"},
        {"--ip", ""},
        {"--ip", "10.0.0.1"},
        {"--ip", "10.0.0.1/"},
        {"--ip", "10.0.0.1/33"},
        {"--ip", "10.0.0.1/-1"},
        {"--ip", "10.0.0.1/ 8"},
        {"--ip", "10.0.0.1/8x"},
        {"--ip", "10.0.0/8"},
        {"--ip", "10.0.0.256/8"},
        {"--ip", "::/129"},
        {"--ip", "::g/1"},
        {"--ip", "10.0.0.1/8,gw="},
        {"--ip", "10.0.0.1/8,gw=::1"},
        {"--ip", "10.0.0.1/8,10.0.0.2"},
        {"--mac", "02:00:00:00:00"},
        {"--mac", "02:00:00:00:00:0g"},
        {"--mac", "02:00:00:00:00:00:"},
        {"--mac", "02-00-00-00-00-00"},
        {"--mac", "01:00:00:00:00:00"},
        {"--mtu", "67"},
        {"--mtu", "65536"},
        {"--mtu", "4294967364"},
        {"--mtu", "1e3"},
        {"-p", ""},
        {"-p", "80"},
        {"-p", ":80"},
        {"-p", "80:"},
        {"-p", "0:80"},
        {"-p", "80:0"},
        {"-p", "65536:80"},
        {"-p", "99999999999999999999:80"},
        {"-p", "80:80/sctp"},
        {"-p", "80:80/"},
        {"-p", "-80:80"},
        {"-p", "80-79:80-79"},
        {"-p", "80-81:80"},
        {"-p", "1-1000:1-1000"},
        {"-p", "1.2.3:80:80"},
        {"-p", "::1:80:80"},
        {"-p", "[::1:80:80"},
        {"-p", "[::1]80:80"},
        {"-p", "[1.2.3.4]:80:80"},
        {"-p", "80:80:80:80"},
        {"-p", " 80:80"},
        {"--dns", "example.org"},
        {"--dns", "1.2.3.4 "},
        {"--dns-search", "a b"},
        {"--dns-search", ""},
        {"--dns-search", "a\nnameserver 1.2.3.4"},
        {"--add-host", "a"},
        {"--add-host", ":1.2.3.4"},
        {"--add-host", "a b:1.2.3.4"},
        {"--add-host", "a\nb:1.2.3.4"},
        {"--add-host", "a:b"},
        {"--hostname", ""},
        {"--hostname", "-a"},
        {"--hostname", "a b"},
        {"--hostname", "0123456789012345678901234567890123456789012345678901234567890123x"},
    };
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        bool refused = again(wrong[i].option, wrong[i].value) == -1 && err.text[0];
        if (!refused)
            printf("# %s '%s' was taken\n", wrong[i].option, wrong[i].value);
        CHECK(refused && o.nforwards == 0 && o.ndns == 0 && o.nhosts == 0);
    }
}

static void limits(void)
{
    memset(&o, 0, sizeof o);
    for (unsigned i = 0; i < MON_NET_IFS; i++)
        CHECK(take("--net", "tap:t") == 0);
    CHECK(take("--net", "tap:t") == -1);
    for (unsigned i = 0; i < PITH_NET_ADDRS; i++)
        CHECK(take("--ip", "1.2.3.4/5") == 0);
    CHECK(take("--ip", "1.2.3.4/5") == -1);
    for (unsigned i = 0; i < MON_NET_DNS; i++)
        CHECK(take("--dns", "1.2.3.4") == 0);
    CHECK(take("--dns", "1.2.3.4") == -1);
    for (unsigned i = 0; i < MON_NET_FORWARDS; i++)
        CHECK(take("-p", "1:1") == 0);
    CHECK(take("-p", "1:1") == -1);
}

static void together(void)
{
    CHECK(again("--net", "none") == 0 && take("-p", "80:80") == 0 && run_net_check(&o, &err) == -1);
    CHECK(again("--net", "tap:t") == 0 && take("-p", "1:1") == 0 && run_net_check(&o, &err) == -1);
    CHECK(take("--net", "slirp") == 0 && run_net_check(&o, &err) == 0);
    CHECK(again("--net", "none") == 0 && take("--net", "slirp") == 0 &&
          run_net_check(&o, &err) == -1);
    CHECK(again("--net", "packet:a,keep") == 0 && run_net_check(&o, &err) == -1);
    CHECK(again("--ip", "1.2.3.4/5") == 0 && run_net_check(&o, &err) == -1);
    CHECK(again("--net", "slirp") == 0 && take("--net", "slirp") == -1);
}

void test_options(void)
{
    unit_run("net-options-good", good);
    unit_run("net-options-bad", bad);
    unit_run("net-options-limits", limits);
    unit_run("net-options-together", together);
}
