/* First sequence numbers of TCP connections (RFC 6528): a clock of 4 us and a keyed hash of the two
 * ends, so that those of one pair of ends grow, and nobody else can tell them. The hash is SipHash
 * with 1 and 3 rounds. */
#include "dev/random.h"
#include "net/net.h"

#include <lwip/ip_addr.h>

#include "net/net_hooks.h"

struct sip {
    u64 a, b, c, d;
};

static u64 rotate(u64 x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static void sipround(struct sip *s)
{
    s->a += s->b;
    s->b = rotate(s->b, 13) ^ s->a;
    s->a = rotate(s->a, 32);
    s->c += s->d;
    s->d = rotate(s->d, 16) ^ s->c;
    s->a += s->d;
    s->d = rotate(s->d, 21) ^ s->a;
    s->c += s->b;
    s->b = rotate(s->b, 17) ^ s->c;
    s->c = rotate(s->c, 32);
}

static void absorb(struct sip *s, u64 word)
{
    s->d ^= word;
    sipround(s);
    s->a ^= word;
}

static void absorb_address(struct sip *s, const ip_addr_t *ip)
{
    const u32 *w = ip_2_ip6(ip)->addr;
    if (IP_IS_V6(ip)) {
        absorb(s, (u64)w[0] << 32 | w[1]);
        absorb(s, (u64)w[2] << 32 | w[3]);
    } else {
        absorb(s, w[0]);
    }
}

u32 net_tcp_isn(const ip_addr_t *local, u16 local_port, const ip_addr_t *remote, u16 remote_port)
{
    static u64 key[2];
    if (!key[0])
        random_fill(key, sizeof(key));
    struct sip s = {key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
                    key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573};
    absorb_address(&s, local);
    absorb_address(&s, remote);
    absorb(&s, (u64)local_port << 16 | remote_port | (u64)IP_IS_V6(local) << 32);
    s.c ^= 0xff;
    for (int i = 0; i < 3; i++)
        sipround(&s);
    return (u32)(s.a ^ s.b ^ s.c ^ s.d) + (u32)(time_mono() / 4000);
}
