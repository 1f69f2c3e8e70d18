/* Finding the connection a segment belongs to: a hash table of all pcbs that have a peer (active
 * and in TIME-WAIT), which lwIP's lists call when one comes or goes (third_party/lwip/README.md).
 *
 * Chains are short whatever their number is: the table doubles when there are more pcbs than
 * chains. The hash is keyed, so that nobody outside can aim at one chain. */
#include "mem/alloc.h"
#include "net/net.h"

#include <lwip/priv/tcp_priv.h>

#define FEW 64u

static struct tcp_pcb *few[FEW];
static struct tcp_pcb **table = few;
static u32 size = FEW, count, key;

/* Mixes as MurmurHash3's 32-bit step and end do. */
static u32 mix(u32 h, u32 word)
{
    word *= 0xcc9e2d51;
    word = word << 15 | word >> 17;
    h ^= word * 0x1b873593;
    h = h << 13 | h >> 19;
    return h * 5 + 0xe6546b64;
}

static u32 hash(u16 local_port, const ip_addr_t *remote, u16 remote_port)
{
    u32 h = mix(key, (u32)local_port << 16 | remote_port);
    if (IP_IS_V6_VAL(*remote)) {
        for (int i = 0; i < 4; i++)
            h = mix(h, ip_2_ip6(remote)->addr[i]);
    } else {
        h = mix(h, ip_2_ip4(remote)->addr);
    }
    h = (h ^ h >> 16) * 0x85ebca6b;
    return h ^ h >> 13;
}

static void link(struct tcp_pcb *pcb)
{
    struct tcp_pcb **head =
        &table[hash(pcb->local_port, &pcb->remote_ip, pcb->remote_port) & (size - 1)];
    pcb->hash_next = *head;
    pcb->hash_link = head;
    if (*head)
        (*head)->hash_link = &pcb->hash_next;
    *head = pcb;
}

/* Without memory for it, chains grow instead. */
static void grow(void)
{
    struct tcp_pcb **old = table, **new = mem_alloc(2 * size * sizeof(*new));
    u32 n = size;
    if (!new)
        return;
    table = new;
    size = 2 * n;
    for (u32 i = 0; i < n; i++)
        for (struct tcp_pcb *pcb = old[i], *next; pcb; pcb = next) {
            next = pcb->hash_next;
            link(pcb);
        }
    if (old != few)
        mem_free(old);
}

void net_tcp_insert(struct tcp_pcb *pcb)
{
    if (!key)
        key = net_rand() | 1;
    if (++count > size)
        grow();
    link(pcb);
}

void net_tcp_remove(struct tcp_pcb *pcb)
{
    *pcb->hash_link = pcb->hash_next;
    if (pcb->hash_next)
        pcb->hash_next->hash_link = pcb->hash_link;
    pcb->hash_next = NULL;
    pcb->hash_link = NULL;
    count--;
}

/* A thirty-second of the memory, and not more than makes sense. */
u32 net_tcp_tw_most(void)
{
    return (u32)MIN(mem_total() / (32 * 1024), 16384);
}

struct tcp_pcb *net_tcp_find(const ip_addr_t *local, u16 local_port, const ip_addr_t *remote,
                             u16 remote_port, u8 netif_idx)
{
    struct tcp_pcb *pcb = table[hash(local_port, remote, remote_port) & (size - 1)];
    for (; pcb; pcb = pcb->hash_next)
        if (pcb->remote_port == remote_port && pcb->local_port == local_port &&
            ip_addr_cmp(&pcb->remote_ip, remote) && ip_addr_cmp(&pcb->local_ip, local) &&
            (pcb->netif_idx == NETIF_NO_INDEX || netif_idx == NETIF_NO_INDEX ||
             pcb->netif_idx == netif_idx))
            return pcb;
    return NULL;
}
