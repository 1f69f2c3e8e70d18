/* See fake.h. */
#include "fake.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RINGS 16384u
static uint8_t window[PITH_PAGE + 3 * RINGS] __attribute__((aligned(4096)));
static uint8_t memory[PAGES][PITH_PAGE] __attribute__((aligned(4096)));
char broken[256];
int other = -1;

static int fake_map(struct mon *m, uint64_t va, uint64_t len, unsigned prot)
{
    return (void)m, (void)va, (void)len, (void)prot, 0;
}

static uint64_t fake_unmap(struct mon *m, uint64_t va, uint64_t len)
{
    return (void)m, (void)va, len;
}

static int fake_protect(struct mon *m, uint64_t va, uint64_t len, unsigned prot)
{
    return (void)m, (void)va, (void)len, (void)prot, 0;
}

static uint8_t *page_of(uint64_t va)
{
    return memory[PAGES - 1 - (va - MEMORY) / PITH_PAGE];
}

static size_t fake_host(struct mon *m, uint64_t va, size_t len, void **host)
{
    uint64_t in = va % PITH_PAGE;
    (void)m;
    *host = page_of(va) + in;
    return len < PITH_PAGE - in ? len : PITH_PAGE - in;
}

static const struct mon_machine machine = {
    .map = fake_map, .unmap = fake_unmap, .protect = fake_protect, .host = fake_host};
static struct mon_run run;
struct mon guest = {.machine = &machine,
                    .common = &run,
                    .ram_bytes = PAGES * PITH_PAGE + (1 << 20),
                    .window_host = window,
                    .window_ro = PITH_PAGE,
                    .window_rw = 3 * RINGS};
struct mon_net net;
struct mon_device device = {.priv = &net};

void mon_broken(struct mon *m, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(broken, sizeof broken, fmt, args);
    va_end(args);
    m->over = true;
}

/* The guest is in no container. */
bool mon_container_more(struct mon *m)
{
    (void)m;
    return false;
}

/* memory.c's way out where the host fails, which this one does not. */
void mon_die(struct mon *m, int sig, const struct pith_regs *regs, const char *fmt, ...)
{
    (void)sig;
    (void)regs;
    mon_broken(m, "%s", fmt);
}

void fresh(int type, unsigned header)
{
    static bool committed;
    struct pith_queue queue;
    struct host_error err;
    int pair[2];
    if (!committed)
        CHECK(mon_memory(&guest, PITH_MEM_COMMIT, MEMORY, PAGES * PITH_PAGE, 3) == PAGES);
    committed = true;
    if (other >= 0) {
        close(other);
        close(net.fd);
    }
    memset(window, 0, sizeof window);
    memset(memory, 0, sizeof memory);
    guest.over = false;
    broken[0] = 0;
    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair) || mon_net_prepare(&err))
        exit(2);
    other = pair[1];
    net = (struct mon_net){.fd = pair[0], .header = header, .expect = 1, .trusted = header == 0};
    for (unsigned q = 0; q < 3; q++) {
        uint64_t at = PITH_PAGE + q * RINGS;
        CHECK(mon_ring_bytes(PITH_NET_QUEUE_SIZE) <= RINGS);
        mon_ring_init(&device.ring[q], PITH_NET_QUEUE_SIZE, window + at, PITH_BOOT_START + at,
                      &queue);
        device.ring[q].indirect = true;
    }
}

bool serve(void)
{
    return mon_net_ops.serve(&guest, &device, NULL, 0);
}

void desc(unsigned queue, unsigned i, uint64_t addr, uint32_t len, unsigned flags, unsigned next)
{
    device.ring[queue].desc[i] = (struct pith_desc){addr, len, (pith_u16)flags, (pith_u16)next};
}

void offer(unsigned queue, unsigned head)
{
    struct pith_avail *a = device.ring[queue].avail;
    a->ring[a->idx % PITH_NET_QUEUE_SIZE] = (pith_u16)head;
    a->idx++;
}

unsigned used(unsigned queue)
{
    return device.ring[queue].used->idx;
}

struct pith_used_elem used_at(unsigned queue, unsigned i)
{
    return device.ring[queue].used->ring[i % PITH_NET_QUEUE_SIZE];
}

void put_bytes(uint64_t va, const void *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        page_of(va + i)[(va + i) % PITH_PAGE] = ((const uint8_t *)from)[i];
}

void get_bytes(uint64_t va, void *to, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)to)[i] = page_of(va + i)[(va + i) % PITH_PAGE];
}

uint8_t byte_of(uint64_t va)
{
    return page_of(va)[va % PITH_PAGE];
}

uint32_t chance(uint32_t below)
{
    static uint64_t state = 88172645463325252ull;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16) % below;
}
