/* A guest without a library OS that drives the network device by hand, well or badly.
 *
 *   guest echo IPV4 [IPV6]   answers ARP, neighbour solicitations, pings and UDP datagrams sent to
 *                            these addresses (hexadecimal, network order); a UDP datagram to port 9
 *                            ends it with the number in its first byte
 *   guest config             prints what the boot information says of its interfaces
 *   guest ATTACK             breaks one rule of the device; see attacks[]
 *
 * Frames are answered in place: receive buffers become buffers to send, with all the pieces the
 * device spread a frame over.
 */
#include <pith/note.h>

typedef pith_u8 u8;
typedef pith_u16 u16;
typedef pith_u32 u32;
typedef pith_u64 u64;
typedef long (*hypercall_fn)(u64 nr, u64 a, u64 b, u64 c, u64 d);

static const u32 notes[] __attribute__((section(".note.pith"), used)) = {
    5,          16, PITH_NOTE_IMAGE,  0x68746970, 0, PITH_ABI,         0, 1 << 20, 0,
    5,          4,  PITH_NOTE_DEVICE, 0x68746970, 0, PITH_DEV_CONSOLE, 5, 4,       PITH_NOTE_DEVICE,
    0x68746970, 0,  PITH_DEV_NET,
};

#define BUFFERS PITH_NET_QUEUE_SIZE
#define BUFFER 2048u
#define HEADER 12u
static u8 buffer[BUFFERS][BUFFER] __attribute__((aligned(4096)));

static const struct pith_boot *boot;
static const struct pith_device *console, *net;
static hypercall_fn hypercall;

static struct pith_queue *queue(const struct pith_device *d, unsigned i)
{
    return (struct pith_queue *)d->queues + i;
}
#define DESC(q) ((volatile struct pith_desc *)queue(net, q)->desc)
#define AVAIL(q) ((volatile struct pith_avail *)queue(net, q)->avail)
#define USED(q) ((volatile struct pith_used *)queue(net, q)->used)

static unsigned length(const char *s)
{
    unsigned n = 0;
    while (s[n])
        n++;
    return n;
}

static int same(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static int equal(const void *a, const void *b, unsigned n)
{
    const u8 *x = a, *y = b;
    while (n && *x == *y)
        x++, y++, n--;
    return n == 0;
}

static void copy(void *to, const void *from, unsigned n)
{
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
}

static _Noreturn void done(int status)
{
    hypercall(PITH_HC_EXIT, (u64)status, 0, 0, 0);
    __builtin_trap();
}

static void print_bytes(const void *bytes, unsigned n)
{
    static volatile pith_s64 result;
    struct pith_queue *q = queue(console, PITH_CONSOLE_STDOUT);
    struct pith_desc *desc = (void *)q->desc;
    struct pith_avail *avail = (void *)q->avail;
    desc[0] = (struct pith_desc){(u64)&result, 8, 3, 1};
    desc[1] = (struct pith_desc){(u64)bytes, n, 0, 0};
    avail->ring[avail->idx % q->size] = 0;
    __atomic_store_n(&avail->idx, avail->idx + 1, __ATOMIC_RELEASE);
    hypercall(PITH_HC_WAIT, 0, 0, 0, 0);
}

static void print(const char *text)
{
    print_bytes(text, length(text));
}

static void print_hex(const void *bytes, unsigned n)
{
    char text[3] = "";
    for (unsigned i = 0; i < n; i++) {
        text[0] = "0123456789abcdef"[((const u8 *)bytes)[i] >> 4];
        text[1] = "0123456789abcdef"[((const u8 *)bytes)[i] & 15];
        print(text);
    }
}

static void print_number(u64 n)
{
    char text[24];
    unsigned at = sizeof text - 1;
    text[at] = 0;
    do
        text[--at] = (char)('0' + n % 10);
    while (n /= 10);
    print(text + at);
}

/* ---- rings ---- */
static void offer(unsigned q, unsigned head)
{
    volatile struct pith_avail *a = AVAIL(q);
    a->ring[a->idx % PITH_NET_QUEUE_SIZE] = (u16)head;
    __atomic_store_n(&a->idx, (u16)(a->idx + 1), __ATOMIC_RELEASE);
}

static void desc(unsigned q, unsigned i, u64 addr, u32 len, unsigned flags, unsigned next)
{
    volatile struct pith_desc *d = &DESC(q)[i];
    d->addr = addr;
    d->len = len;
    d->flags = (u16)flags;
    d->next = (u16)next;
}

static void offer_buffer(unsigned i)
{
    desc(PITH_NET_RX, i, (u64)buffer[i], BUFFER, 2, 0);
    offer(PITH_NET_RX, i);
}

static void wait(u64 deadline)
{
    hypercall(PITH_HC_WAIT, deadline, 0, 0, 0);
}

/* ---- echo ---- */
static u8 ipv4[4], ipv6[16];

static u16 get16(const u8 *p)
{
    return (u16)(p[0] << 8 | p[1]);
}

static void put16(u8 *p, unsigned v)
{
    p[0] = (u8)(v >> 8);
    p[1] = (u8)v;
}

static void swap(u8 *a, u8 *b, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        u8 t = a[i];
        a[i] = b[i];
        b[i] = t;
    }
}

static u32 sum(u32 s, const u8 *p, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        s += i % 2 ? p[i] : (u32)p[i] << 8;
    return s;
}

static u16 fold(u32 s)
{
    while (s >> 16)
        s = (s & 0xffff) + (s >> 16);
    return (u16)~s;
}

/* The type of an ICMP message changes: its checksum by the difference (RFC 1624). */
static void retype(u8 *icmp, u8 type)
{
    u32 s = (u16)~get16(icmp + 2) + (u16) ~(icmp[0] << 8 | icmp[1]) + (u32)(type << 8 | icmp[1]);
    icmp[0] = type;
    put16(icmp + 2, fold(s));
}

static void solicitation(u8 *ip)
{
    u8 *icmp = ip + 40;
    const u8 *mac = (const u8 *)net->config;
    copy(ip + 24, ip + 8, 16); /* to who asked */
    copy(ip + 8, ipv6, 16);
    icmp[0] = 136;
    icmp[4] = 0x60; /* solicited, override */
    icmp[24] = 2;   /* target link-layer address */
    icmp[25] = 1;
    copy(icmp + 26, mac, 6);
    put16(ip + 4, 32);
    put16(icmp + 2, 0);
    put16(icmp + 2, fold(sum(sum(58 + 32, ip + 8, 32), icmp, 32)));
}

/* Makes an answer of a frame; its length, 0 for none. */
static unsigned answer(u8 *header, unsigned len)
{
    u8 *f = header + HEADER, *ip = f + 14;
    const u8 *mac = (const u8 *)net->config;
    u8 *udp = 0;
    if (get16(f + 12) == 0x0806 && get16(f + 20) == 1 && equal(f + 38, ipv4, 4)) {
        copy(f + 32, f + 22, 10); /* target = sender */
        copy(f + 22, mac, 6);
        copy(f + 28, ipv4, 4);
        put16(f + 20, 2);
    } else if (get16(f + 12) == 0x0800 && ip[0] == 0x45 && equal(ip + 16, ipv4, 4)) {
        swap(ip + 12, ip + 16, 4);
        if (ip[9] == 17)
            udp = ip + 20;
        else if (ip[9] == 1 && ip[20] == 8)
            retype(ip + 20, 0);
        else
            return 0;
    } else if (get16(f + 12) == 0x86dd && equal(ip + 24, ipv6, 16) && ip[6] != 58) {
        if (ip[6] != 17)
            return 0;
        swap(ip + 8, ip + 24, 16);
        udp = ip + 40;
    } else if (get16(f + 12) == 0x86dd && ip[6] == 58 && ip[40] == 135 &&
               equal(ip + 48, ipv6, 16)) {
        solicitation(ip);
        len = 14 + 40 + 32 + HEADER;
    } else if (get16(f + 12) == 0x86dd && ip[6] == 58 && ip[40] == 128 &&
               equal(ip + 24, ipv6, 16)) {
        swap(ip + 8, ip + 24, 16);
        retype(ip + 40, 129);
    } else
        return 0;
    if (udp && get16(udp + 2) == 9)
        done(udp[8]);
    if (udp)
        swap(udp, udp + 2, 2);
    /* A checksum left to us stays to be filled in by whoever receives: the sum of the pseudo header
     * is the same both ways. */
    header[0] &= 1;
    swap(f, f + 6, 6);
    copy(f + 6, mac, 6);
    return len;
}

static void echo(void)
{
    u16 rx = 0, tx = 0;
    AVAIL(PITH_NET_TX)->flags = 1;
    for (unsigned i = 0; i < BUFFERS; i++)
        offer_buffer(i);
    for (;;) {
        wait(PITH_NEVER);
        /* What was sent has been sent: back to receiving, with all its pieces. */
        for (; tx != __atomic_load_n(&USED(PITH_NET_TX)->idx, __ATOMIC_ACQUIRE); tx++) {
            unsigned i = USED(PITH_NET_TX)->ring[tx % BUFFERS].id, more;
            do {
                more = DESC(PITH_NET_TX)[i].flags & 1;
                offer_buffer(i);
                i = DESC(PITH_NET_TX)[i].next;
            } while (more);
        }
        while (rx != __atomic_load_n(&USED(PITH_NET_RX)->idx, __ATOMIC_ACQUIRE)) {
            unsigned first = USED(PITH_NET_RX)->ring[rx % BUFFERS].id, i = first;
            u32 len = USED(PITH_NET_RX)->ring[rx % BUFFERS].len;
            unsigned n = buffer[first][10] | buffer[first][11] << 8;
            len = n == 1 ? answer(buffer[first], len) : answer(buffer[first], len) ? len : 0;
            for (unsigned k = 0; k < n; k++, rx++) {
                u32 part = k ? USED(PITH_NET_RX)->ring[rx % BUFFERS].len : len;
                unsigned at = USED(PITH_NET_RX)->ring[rx % BUFFERS].id;
                unsigned next = USED(PITH_NET_RX)->ring[(rx + 1) % BUFFERS].id;
                if (len == 0)
                    offer_buffer(at);
                else
                    desc(PITH_NET_TX, at, (u64)buffer[at], part, k + 1 < n, next);
                i = at;
            }
            (void)i;
            if (len)
                offer(PITH_NET_TX, first);
        }
    }
}

/* ---- config ---- */
static void config(void)
{
    const struct pith_device *d = (const void *)boot->devices;
    for (unsigned i = 0; i < boot->ndevices; i++) {
        const struct pith_net_config *c = (const void *)d[i].config;
        if (d[i].type != PITH_DEV_NET)
            continue;
        print(c->name);
        print(" mac ");
        print_hex(c->mac, 6);
        print(" mtu ");
        print_number(c->mtu);
        print(c->flags & PITH_NET_DHCP ? " dhcp" : "");
        print(c->flags & PITH_NET_AUTOCONF ? " autoconf" : "");
        print("\n");
        for (unsigned k = 0; k < c->naddrs; k++) {
            print("  addr ");
            print_hex(c->addrs[k].addr, c->addrs[k].family == 4 ? 4 : 16);
            print("/");
            print_number(c->addrs[k].prefix);
            print("\n");
        }
        for (unsigned k = 0; k < c->nroutes; k++) {
            const struct pith_net_route *r = &c->routes[k];
            print("  route ");
            print_hex(r->to, r->family == 4 ? 4 : 16);
            print("/");
            print_number(r->prefix);
            print(r->on_link ? " on link" : " via ");
            if (!r->on_link)
                print_hex(r->via, r->family == 4 ? 4 : 16);
            print(" metric ");
            print_number(r->metric);
            print("\n");
        }
    }
    const struct pith_file *file = (const void *)boot->files;
    for (unsigned i = 0; i < boot->nfiles; i++) {
        print("file ");
        print((const char *)file[i].path);
        print("\n");
        print_bytes((const void *)file[i].data, (unsigned)file[i].len);
    }
    print("hostname ");
    print((const char *)boot->hostname);
    print("\n");
}

/* ---- attacks: each must end the guest with a sentence ---- */
static void send_piece(u64 addr, u32 len, unsigned flags)
{
    desc(PITH_NET_TX, 0, addr, len, flags, 0);
    offer(PITH_NET_TX, 0);
    wait(0);
}

static void tx_loop(void)
{
    desc(PITH_NET_TX, 0, (u64)buffer[0], 100, 1, 1);
    desc(PITH_NET_TX, 1, (u64)buffer[0], 100, 1, 0);
    offer(PITH_NET_TX, 0);
    wait(0);
}

static void tx_index(void)
{
    AVAIL(PITH_NET_TX)->idx = 2 * PITH_NET_QUEUE_SIZE;
    wait(0);
}

static void tx_head(void)
{
    offer(PITH_NET_TX, 0xffff);
    wait(0);
}

static void tx_null(void)
{
    send_piece(0, 100, 0);
}

static void tx_wild(void)
{
    send_piece(~0ull - 50, 100, 0);
}

static void tx_beyond(void)
{
    send_piece(PITH_ARENA_END - 8, 100, 0);
}

static void tx_writable(void)
{
    send_piece((u64)buffer[0], 100, 2);
}

static void tx_monitor(void)
{
    send_piece(0x7f0000000000, 100, 0);
}

static void indirect(u64 table, u32 len)
{
    send_piece(table, len, 4);
}

static void indirect_odd(void)
{
    indirect((u64)buffer[0], 17);
}

static void indirect_huge(void)
{
    indirect((u64)buffer[0], 16 * 300);
}

static void indirect_wild(void)
{
    indirect(8, 32);
}

static void indirect_loop(void)
{
    struct pith_desc *t = (void *)buffer[0];
    t[0] = (struct pith_desc){(u64)buffer[1], 100, 1, 1};
    t[1] = (struct pith_desc){(u64)buffer[1], 100, 1, 0};
    indirect((u64)t, 32);
}

static void indirect_nested(void)
{
    struct pith_desc *t = (void *)buffer[0];
    t[0] = (struct pith_desc){(u64)buffer[0], 32, 4, 0};
    indirect((u64)t, 32);
}

static void indirect_outside(void)
{
    struct pith_desc *t = (void *)buffer[0];
    t[0] = (struct pith_desc){(u64)buffer[1], 100, 1, 7};
    indirect((u64)t, 32);
}

static void indirect_next(void)
{
    desc(PITH_NET_TX, 0, (u64)buffer[0], 32, 5, 1);
    offer(PITH_NET_TX, 0);
    wait(0);
}

static void rx_index(void)
{
    AVAIL(PITH_NET_RX)->idx = 2 * PITH_NET_QUEUE_SIZE;
    wait(0);
}

static void rx_piece(u64 addr, u32 len, unsigned flags)
{
    desc(PITH_NET_RX, 0, addr, len, flags, 0);
    offer(PITH_NET_RX, 0);
    wait(PITH_NEVER); /* a buffer is looked at when there is a frame for it */
}

static void rx_readable(void)
{
    rx_piece((u64)buffer[0], BUFFER, 0);
}

static void rx_small(void)
{
    rx_piece((u64)buffer[0], HEADER, 2);
}

static void rx_boot(void)
{
    rx_piece((u64)boot, BUFFER, 2);
}

static void rx_text(void)
{
    rx_piece(0x400000, BUFFER, 2);
}

static void rx_loop(void)
{
    desc(PITH_NET_RX, 0, (u64)buffer[0], BUFFER, 3, 0);
    offer(PITH_NET_RX, 0);
    wait(PITH_NEVER);
}

/* Twice as many buffers as the ring holds, without ever getting one back. */
static void rx_flood(void)
{
    for (unsigned i = 0; i < 2 * BUFFERS; i++) {
        offer_buffer(i % BUFFERS);
        if (i % 64 == 63)
            wait(0);
    }
}

/* ---- what is no frame, and is dropped: the guest goes on ---- */
static void send_and_wait(u64 addr, u32 len)
{
    send_piece(addr, len, 0);
    while (__atomic_load_n(&USED(PITH_NET_TX)->idx, __ATOMIC_ACQUIRE) != AVAIL(PITH_NET_TX)->idx)
        wait(PITH_NEVER); /* the host takes no more for now */
}

static void tx_absurd(void)
{
    static const u32 size[] = {0, 1, 11, 12, 13, 25, 70000, 0x7fffffff, 0xffffffff};
    for (unsigned i = 0; i < sizeof size / sizeof *size; i++)
        send_and_wait((u64)buffer[0], size[i]);
    /* Headers that lie: every field at its extremes. */
    for (unsigned i = 0; i < 4096; i++) {
        u8 *h = buffer[0];
        for (unsigned k = 0; k < 12; k++)
            h[k] = (u8)(i >> (k % 4 * 3) & 7 ? 0xff : 0);
        h[0] = (u8)i;
        h[1] = (u8)(i >> 8 | 1);
        send_and_wait((u64)h, 100 + i % 1500);
    }
    print("alive\n");
}

static const struct {
    const char *name;
    void (*run)(void);
} attacks[] = {
    {"echo", echo},
    {"config", config},
    {"tx-loop", tx_loop},
    {"tx-index", tx_index},
    {"tx-head", tx_head},
    {"tx-null", tx_null},
    {"tx-wild", tx_wild},
    {"tx-beyond", tx_beyond},
    {"tx-writable", tx_writable},
    {"tx-monitor", tx_monitor},
    {"tx-absurd", tx_absurd},
    {"indirect-odd", indirect_odd},
    {"indirect-huge", indirect_huge},
    {"indirect-wild", indirect_wild},
    {"indirect-loop", indirect_loop},
    {"indirect-nested", indirect_nested},
    {"indirect-outside", indirect_outside},
    {"indirect-next", indirect_next},
    {"rx-index", rx_index},
    {"rx-readable", rx_readable},
    {"rx-small", rx_small},
    {"rx-boot", rx_boot},
    {"rx-text", rx_text},
    {"rx-loop", rx_loop},
    {"rx-flood", rx_flood},
};

static void parse(u8 *to, const char *hex, unsigned n)
{
    for (unsigned i = 0; i < 2 * n && hex[i]; i++) {
        unsigned d = (unsigned)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
        to[i / 2] = (u8)(i % 2 ? to[i / 2] | d : d << 4);
    }
}

__attribute__((used)) static void guest(const struct pith_boot *b)
{
    char **argv = (void *)b->argv;
    boot = b;
    hypercall = (hypercall_fn)b->hypercall;
    const struct pith_device *d = (const void *)b->devices;
    for (unsigned i = 0; i < b->ndevices; i++) {
        if (d[i].type == PITH_DEV_CONSOLE)
            console = &d[i];
        if (d[i].type == PITH_DEV_NET && !net)
            net = &d[i];
    }
    if (b->argc > 2)
        parse(ipv4, argv[2], 4);
    if (b->argc > 3)
        parse(ipv6, argv[3], 16);
    for (unsigned i = 0; b->argc > 1 && i < sizeof attacks / sizeof *attacks; i++)
        if (same(argv[1], attacks[i].name)) {
            if (!net && i != 1)
                done(3);
            attacks[i].run();
            done(0);
        }
    done(2);
}
__asm__(".globl _start\n_start: xor %ebp, %ebp\n call guest\n");
