/* /proc/net/udp, udp6, raw, raw6: the sockets, as proc(5) has them. */
#include <linux/stat.h>

#include "net/inet_udp.h"
#include "net/proc_net.h"
#include "vfs/cred.h"

#define STATE_ESTABLISHED 1
#define STATE_CLOSE 7

void proc_net_address(struct text *t, const ip_addr_t *ip, u16 port, bool six)
{
    u32 w[4] = {0, 0, 0, 0};
    if (IP_IS_V6(ip)) {
        memcpy(w, ip_2_ip6(ip)->addr, sizeof(w));
    } else if (!six) {
        w[0] = ip4_addr_get_u32(ip_2_ip4(ip));
    } else if (IP_IS_V4(ip)) {
        w[2] = PP_HTONL(0xffff);
        w[3] = ip4_addr_get_u32(ip_2_ip4(ip));
    }
    for (unsigned i = 0; i < (six ? 4u : 1u); i++)
        proc_hex(t, w[i], 8);
    text_add(t, ":");
    proc_hex(t, port, 4);
    text_add(t, " ");
}

#define WIDTH4 127
static void line(struct text *t, const struct dgram *d, unsigned slot, u16 port)
{
    bool six = d->is.s.family == AF_INET6, raw = d->is.s.type == SOCK_RAW;
    size_t start = t->len;
    text_add(t, raw ? "%4u: " : "%5u: ", slot);
    proc_net_address(t, &d->is.local, port, six);
    proc_net_address(t, &d->is.remote, d->is.remote_port, six);
    text_add(t, "0%u 00000000:", d->connected ? STATE_ESTABLISHED : STATE_CLOSE);
    proc_hex(t, d->queued, 8);
    text_add(t, " 00:00000000 00000000 %5u        0 %lu 2 0000000000000000 %u", cred_uid(),
             (unsigned long)d->is.s.ino, d->drops);
    proc_pad(t, start, six || raw ? 0 : WIDTH4);
}

static void head(struct text *t, bool six, bool raw)
{
    if (six)
        text_add(t,
                 "  sl  local_address                         remote_address                    "
                 "    st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer "
                 "drops");
    else
        text_add(t,
                 "%s  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt"
                 "   uid  timeout inode ref pointer drops",
                 raw ? "" : " ");
    proc_pad(t, 0, six || raw ? 0 : WIDTH4);
}

static int show_udp(struct text *t, u16 family)
{
    head(t, family == AF_INET6, false);
    for (unsigned i = 0; udp_ports[0].next && i < UDP_PORT_HASH; i++)
        list_foreach(it, &udp_ports[i])
        {
            const struct dgram *d = list_entry(it, struct dgram, bound);
            if (d->is.s.family == family)
                line(t, d, i, d->is.local_port);
        }
    return 0;
}

static int show_udp4(struct text *t, long arg)
{
    (void)arg;
    return show_udp(t, AF_INET);
}

static int show_udp6(struct text *t, long arg)
{
    (void)arg;
    return show_udp(t, AF_INET6);
}

static int show_raw(struct text *t, u16 family)
{
    head(t, family == AF_INET6, true);
    list_foreach(it, &raw_sockets)
    {
        const struct dgram *d = list_entry(it, struct dgram, bound);
        if (d->is.s.family == family)
            line(t, d, d->is.s.protocol, d->is.s.protocol);
    }
    return 0;
}

static int show_raw4(struct text *t, long arg)
{
    (void)arg;
    return show_raw(t, AF_INET);
}

static int show_raw6(struct text *t, long arg)
{
    (void)arg;
    return show_raw(t, AF_INET6);
}

static const struct generated udp = {
    .path = "PID/net/udp", .mode = S_IFREG | 0444, .show = show_udp4};
static const struct generated udp6 = {
    .path = "PID/net/udp6", .mode = S_IFREG | 0444, .show = show_udp6};
static const struct generated raw = {
    .path = "PID/net/raw", .mode = S_IFREG | 0444, .show = show_raw4};
static const struct generated raw6 = {
    .path = "PID/net/raw6", .mode = S_IFREG | 0444, .show = show_raw6};
PROC_FILE(udp);
PROC_FILE(udp6);
PROC_FILE(raw);
PROC_FILE(raw6);

extern const char proc_net_linked, proc_net_if_linked, proc_net_sysctl_linked;
const char *const proc_net_inet_linked[] = {&proc_net_linked, &proc_net_if_linked,
                                            &proc_net_sysctl_linked};
