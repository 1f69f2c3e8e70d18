/* Network devices (VIRTIO 1.2, 5.1): the image's rings are theirs; addresses come from the command
 * line:
 *
 *   pith.ip=[ethN:]ADDRESS/LENGTH[,gw=ADDRESS]    several are possible, of both families
 *   pith.ip=[ethN:]dhcp                           what an interface without any does
 *   pith.mtu=[ethN:]BYTES
 */
#include "devices.h"

#include "address.h"

/* 5.1.3 */
#define F_CSUM (1ull << 0)
#define F_GUEST_CSUM (1ull << 1)
#define F_MTU (1ull << 3)
#define F_MAC (1ull << 5)
#define F_GUEST_TSO4 (1ull << 7)
#define F_GUEST_TSO6 (1ull << 8)
#define F_HOST_TSO4 (1ull << 11)
#define F_HOST_TSO6 (1ull << 12)
#define F_MRG_RXBUF (1ull << 15)
#define F_STATUS (1ull << 16)

/* What the image's driver can use. */
#define USED                                                                                       \
    (F_CSUM | F_GUEST_CSUM | F_MTU | F_MAC | F_GUEST_TSO4 | F_GUEST_TSO6 | F_HOST_TSO4 |           \
     F_HOST_TSO6 | F_MRG_RXBUF | F_STATUS | VM_F_INDIRECT_DESC)

static unsigned count;

/* What follows "ethN:" if this word is for interface n, else NULL. */
static const char *for_interface(const char *word, unsigned n)
{
    const char *rest = vm_after(word, "eth");
    u64 number = 0;
    if (rest && (!vm_number(rest, &number, &rest) || *rest++ != ':'))
        vm_stop("pith.ip, pith.mtu: '%s' is not ethN:VALUE", word);
    return number == n ? rest ? rest : word : NULL;
}

static void take_ip(struct pith_net_config *c, const char *word)
{
    struct pith_net_addr *a = &c->addrs[c->naddrs];
    struct pith_net_route *route = &c->routes[c->nroutes];
    const char *at = word;
    u64 prefix;
    if (vm_streq(word, "dhcp")) {
        c->flags |= PITH_NET_DHCP;
        return;
    }
    if (c->naddrs == PITH_NET_ADDRS || c->nroutes == PITH_NET_ROUTES)
        vm_stop("pith.ip=%s: an interface has %u addresses at most", word, PITH_NET_ADDRS);
    a->family = vm_address(&at, a->addr);
    if (!a->family || *at++ != '/' || !vm_number(at, &prefix, &at) ||
        prefix > (a->family == 4 ? 32 : 128))
        vm_stop("pith.ip=%s: that is not ADDRESS/LENGTH[,gw=ADDRESS]", word);
    a->prefix = (pith_u8)prefix;
    c->naddrs++;
    const char *gateway = vm_after(at, ",gw=");
    if (gateway) {
        at = gateway;
        route->family = vm_address(&at, route->via);
        c->nroutes++;
    }
    if (*at || (gateway && route->family != a->family))
        vm_stop("pith.ip=%s: what is behind the address is not ,gw=ADDRESS", word);
}

static void configure(struct pith_net_config *c, unsigned n)
{
    const char *word, *mine;
    u64 mtu;
    bool six = false;
    memcpy(c->name, "eth0", 5);
    if (n < 10)
        c->name[3] = (char)('0' + n);
    else
        c->name[3] = '1', c->name[4] = (char)('0' + n % 10);
    for (unsigned i = 0; (word = vm_option("pith.ip", i)); i++)
        if ((mine = for_interface(word, n)))
            take_ip(c, mine);
    for (unsigned i = 0; (word = vm_option("pith.mtu", i)); i++)
        if ((mine = for_interface(word, n))) {
            if (!vm_number(mine, &mtu, &mine) || *mine || mtu < 68 || mtu > 65535)
                vm_stop("pith.mtu=%s: it is 68 to 65535", word);
            c->mtu = (pith_u16)mtu;
        }
    for (u32 i = 0; i < c->naddrs; i++)
        six |= c->addrs[i].family == 6;
    if (!c->naddrs)
        c->flags |= PITH_NET_DHCP;
    if (!six)
        c->flags |= PITH_NET_AUTOCONF;
}

/* A device without one gets an address that nobody else has: locally administered, by the clock. */
static void make_mac(struct pith_net_config *c)
{
    u64 now = vm_now() * 0x9e3779b97f4a7c15ull + count;
    c->mac[0] = 2;
    for (unsigned i = 1; i < 6; i++)
        c->mac[i] = (pith_u8)(now >> 8 * i);
}

void vm_net_add(struct vm_virtio *v)
{
    static const u16 most[] = {PITH_NET_QUEUE_SIZE, PITH_NET_QUEUE_SIZE};
    u64 phys, wanted = USED;
    if (!vm_wants(PITH_DEV_NET))
        return;
    /* 5.1.6.3.1: with GUEST_TSO and without MRG_RXBUF each buffer must take 64 KiB; the image's
     * have 2. And 5.1.3.1: segments need checksums. */
    u64 offered = vm_virtio_offered(v);
    if (!(offered & F_MRG_RXBUF) || !(offered & F_GUEST_CSUM))
        wanted &= ~(F_GUEST_TSO4 | F_GUEST_TSO6);
    if (!(offered & F_CSUM))
        wanted &= ~(F_HOST_TSO4 | F_HOST_TSO6);
    vm_virtio_start(v, wanted);
    struct pith_net_config *c = vm_ring_memory(sizeof *c, &phys);
    if (v->features & F_MAC)
        vm_virtio_config(v, 0, c->mac, sizeof c->mac);
    else
        make_mac(c);
    c->status = 1;
    c->max_pairs = 1;
    if (v->features & F_MTU)
        vm_virtio_config(v, 10, &c->mtu, sizeof c->mtu);
    configure(c, count++);
    struct vm_device d = {.nqueues = PITH_NET_QUEUES,
                          /* Indirect tables are ours to cut and need nothing of the device. */
                          .features = v->features | F_MAC | VM_F_INDIRECT_DESC,
                          .config = c,
                          .config_len = sizeof *c};
    vm_shadowed_add(v, &d, most);
}
