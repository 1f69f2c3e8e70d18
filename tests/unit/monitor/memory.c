/* PITH_HC_MEM of the common monitor over a machine of this test, which keeps its own record of
 * every page and complains when it is asked for something that machine.h rules out. Random
 * requests are compared with a plain model of what abi.h says. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "monitor/container.h"
#include "monitor/limits.h"
#include "monitor/run.h"

#define PAGES 64u
#define BASE (PITH_ARENA_START + (40ull << 20) - 32 * PITH_PAGE) /* over a chunk's end */
#define LIMIT 40u                                                /* pages of -m */

/* The fake machine: 0 = unmapped, else protection + 16; aliases share a frame number. */
static struct {
    unsigned prot;
    int frame;
} page[PAGES];
static int frames[4096], next_frame, refuse; /* refuse: fail the n-th map from now */
static bool complained;

static unsigned index_of(uint64_t va)
{
    complained |= va % PITH_PAGE || va < BASE || va >= BASE + PAGES * PITH_PAGE;
    return complained ? 0 : (unsigned)((va - BASE) / PITH_PAGE);
}

static int fake_map(struct mon *m, uint64_t va, uint64_t len, unsigned prot)
{
    (void)m;
    if (refuse && --refuse == 0)
        return -ENOMEM;
    for (uint64_t at = va; at < va + len; at += PITH_PAGE) {
        unsigned i = index_of(at);
        complained |= page[i].prot != 0;
        page[i].prot = prot | 16;
        page[i].frame = next_frame++ % 4096;
        frames[page[i].frame] = 1;
    }
    return 0;
}

static uint64_t fake_unmap(struct mon *m, uint64_t va, uint64_t len)
{
    uint64_t freed = 0;
    (void)m;
    for (uint64_t at = va; at < va + len; at += PITH_PAGE) {
        unsigned i = index_of(at);
        complained |= page[i].prot == 0;
        page[i].prot = 0;
        freed += --frames[page[i].frame] == 0 ? PITH_PAGE : 0;
    }
    return freed;
}

static int fake_protect(struct mon *m, uint64_t va, uint64_t len, unsigned prot)
{
    (void)m;
    for (uint64_t at = va; at < va + len; at += PITH_PAGE) {
        unsigned i = index_of(at);
        complained |= page[i].prot == 0 || (prot & PITH_PROT_SHARED);
        page[i].prot = (page[i].prot & (16 | PITH_PROT_SHARED)) | prot;
    }
    return 0;
}

static int fake_alias(struct mon *m, uint64_t va, uint64_t src, uint64_t len, unsigned prot)
{
    (void)m;
    for (uint64_t at = 0; at < len; at += PITH_PAGE) {
        unsigned to = index_of(va + at), from = index_of(src + at);
        complained |= page[to].prot != 0 || !(page[from].prot & PITH_PROT_SHARED);
        page[to].prot = prot | 16 | PITH_PROT_SHARED;
        page[to].frame = page[from].frame;
        frames[page[to].frame]++;
    }
    return 0;
}

static int fake_move(struct mon *m, uint64_t va, uint64_t src, uint64_t len)
{
    (void)m;
    for (uint64_t at = 0; at < len; at += PITH_PAGE) {
        unsigned to = index_of(va + at), from = index_of(src + at);
        complained |= page[to].prot != 0 || page[from].prot == 0;
        page[to] = page[from];
        page[from].prot = 0;
    }
    return 0;
}

static unsigned from_file; /* pages */

static int fake_map_file(struct mon *m, uint64_t va, uint64_t len, int fd, uint64_t offset,
                         unsigned prot)
{
    (void)m;
    complained |= offset % PITH_PAGE != 0;
    if (refuse && --refuse == 0)
        return -ENOMEM;
    for (uint64_t at = va; at < va + len; at += PITH_PAGE) {
        unsigned i = index_of(at);
        complained |= (page[i].prot != 0) != (fd < 0);
        page[i].prot = fd < 0 ? 0 : prot | 16;
        from_file += fd < 0 ? -1u : 1u;
    }
    return 0;
}

void mon_die(struct mon *m, int sig, const struct pith_regs *regs, const char *fmt, ...)
{
    (void)m, (void)sig, (void)regs, (void)fmt;
    complained = true;
}

/* A container whose limit has become larger, by pages. */
static unsigned grown;
bool mon_container_more(struct mon *m)
{
    m->ram_bytes += grown * PITH_PAGE;
    bool more = grown != 0;
    grown = 0;
    return more;
}

static const struct mon_machine machine = {.map_file = fake_map_file,
                                           .map = fake_map,
                                           .unmap = fake_unmap,
                                           .protect = fake_protect,
                                           .alias = fake_alias,
                                           .move = fake_move};
static struct mon_run run;
static struct mon guest = {.machine = &machine, .common = &run};

/* The same guest on a machine that only counts. */
static int count_map_file(struct mon *m, uint64_t va, uint64_t len, int fd, uint64_t offset,
                          unsigned prot)
{
    (void)m, (void)va, (void)len, (void)fd, (void)offset, (void)prot;
    return 0;
}
static const struct mon_machine counting = {.map_file = count_map_file};
static struct mon many = {.machine = &counting, .common = &run};

static long mem(unsigned op, unsigned first, unsigned n, uint64_t arg)
{
    return mon_memory(&guest, op, BASE + (uint64_t)first * PITH_PAGE, (uint64_t)n * PITH_PAGE, arg);
}

static void fresh(void)
{
    guest.ram_bytes = LIMIT * PITH_PAGE;
    guest.image.jit = false;
    mem(PITH_MEM_DECOMMIT, 0, PAGES, 0);
    CHECK(run.used == 0);
    complained = false;
    refuse = 0;
}

/* Every page's state here, there and in the account. */
static void agree(void)
{
    uint64_t used = 0;
    for (unsigned i = 0; i < PAGES; i++) {
        unsigned state = mon_page(&guest, BASE + (uint64_t)i * PITH_PAGE);
        CHECK((state != 0) == (page[i].prot != 0));
        CHECK(state == 0 || (state & 15) == (page[i].prot & 15));
    }
    for (unsigned i = 0; i < 4096; i++)
        used += frames[i] > 0 ? PITH_PAGE : 0;
    CHECK(run.used == used);
    CHECK(used <= guest.ram_bytes);
    CHECK(!complained);
}

static void commit_counts(void)
{
    fresh();
    CHECK(mem(PITH_MEM_COMMIT, 4, 4, 3) == 4);
    CHECK(mem(PITH_MEM_COMMIT, 2, 8, 3) == 4);
    CHECK(mem(PITH_MEM_COMMIT, 2, 8, 1) == 0);
    CHECK(mem(PITH_MEM_DECOMMIT, 0, 4, 0) == 2);
    CHECK(mem(PITH_MEM_DECOMMIT, 0, PAGES, 0) == 6);
    agree();
}

/* Pages of files lie beside memory and are not of the account. */
static void file_pages(void)
{
    const uint64_t at = BASE - PITH_ARENA_START;
    fresh();
    CHECK(mem(PITH_MEM_COMMIT, 0, 2, 3) == 2);
    CHECK(mon_map_file(&guest, 5, 0, 4 * PITH_PAGE, at + PITH_PAGE, 1) == -EINVAL);
    CHECK(mon_map_file(&guest, 5, 0, 4 * PITH_PAGE, at + 2 * PITH_PAGE, 1) == 0);
    CHECK(from_file == 4 && run.used == 2 * PITH_PAGE);
    CHECK(mon_map_file(&guest, 5, 0, PITH_PAGE, at + 5 * PITH_PAGE, 1) == -EINVAL);
    /* Memory around them and not over them; no second name for them. */
    CHECK(mem(PITH_MEM_COMMIT, 0, 8, 3) == 2 && run.used == 4 * PITH_PAGE);
    CHECK(mem(PITH_MEM_ALIAS, 10, 2, BASE + 2 * PITH_PAGE) == -EINVAL);
    CHECK(mem(PITH_MEM_PROTECT, 2, 4, 1) == 0);
    agree();
    CHECK(mem(PITH_MEM_MOVE, 20, 2, BASE + 2 * PITH_PAGE) == 2);
    CHECK(mem(PITH_MEM_DECOMMIT, 19, 2, 0) == 0 && from_file == 3);
    /* Removing them leaves memory alone. */
    CHECK(mon_map_file(&guest, -1, 0, PAGES * PITH_PAGE, at, 0) == 0 && from_file == 0);
    CHECK(run.used == 4 * PITH_PAGE && mon_page(&guest, BASE) != 0);
    agree();
    refuse = 1;
    CHECK(mon_map_file(&guest, 5, 0, PITH_PAGE, at + 30 * PITH_PAGE, 1) == -ENOMEM);
    CHECK(mon_page(&guest, BASE + 30 * PITH_PAGE) == 0);
    static const uint64_t absurd[] = {1,          4095,       ~0ull,     ~0ull << 12,
                                      1ull << 43, 1ull << 44, 1ull << 45};
    for (unsigned i = 0; i < sizeof absurd / sizeof *absurd; i++) {
        CHECK(mon_map_file(&guest, 5, 0, absurd[i], at + 30 * PITH_PAGE, 1) < 0);
        CHECK(mon_map_file(&guest, 5, 0, PITH_PAGE, absurd[i] | 1ull << 44, 1) < 0);
        CHECK(mon_map_file(&guest, -1, 0, absurd[i] | 1, at, 1) < 0);
    }
    CHECK(mon_map_file(&guest, 5, 0, 0, at, 1) == -EINVAL && !complained);
}

/* How many mappings of files there can be: each counts once, its pieces too when it is cut. */
static unsigned windows_left(void)
{
    const uint64_t at = (1ull << 40) - PITH_PAGE;
    unsigned n = 0;
    while (mon_map_file(&many, 5, 0, PITH_PAGE, at + 2ull * n * PITH_PAGE, 1) == 0)
        n++;
    for (unsigned i = 0; i < n; i++)
        mon_map_file(&many, -1, 0, PITH_PAGE, at + 2ull * i * PITH_PAGE, 0);
    return n;
}

static void file_windows(void)
{
    const uint64_t at = BASE - PITH_ARENA_START;
    mem(PITH_MEM_DECOMMIT, 0, PAGES, 0);
    memset(page, 0, sizeof page); /* what another machine's tests left */
    complained = false;
    CHECK(windows_left() == MON_FILE_WINDOWS);
    CHECK(mon_map_file(&guest, 5, 0, 10 * PITH_PAGE, at, 1) == 0);
    CHECK(mon_map_file(&guest, 5, 0, 2 * PITH_PAGE, at + 10 * PITH_PAGE, 1) == 0);
    CHECK(windows_left() == MON_FILE_WINDOWS - 2);
    CHECK(mem(PITH_MEM_DECOMMIT, 9, 2, 0) == 0); /* the end of one, the start of the other */
    CHECK(windows_left() == MON_FILE_WINDOWS - 2);
    CHECK(mem(PITH_MEM_DECOMMIT, 4, 1, 0) == 0); /* out of the middle */
    CHECK(windows_left() == MON_FILE_WINDOWS - 3);
    CHECK(mem(PITH_MEM_PROTECT, 0, 2, 0) == 0);
    CHECK(mem(PITH_MEM_MOVE, 30, 2, BASE + 1 * PITH_PAGE) == 2); /* again, to elsewhere */
    CHECK(windows_left() == MON_FILE_WINDOWS - 5);
    CHECK(mem(PITH_MEM_DECOMMIT, 0, PAGES, 0) == 0);
    CHECK(windows_left() == MON_FILE_WINDOWS);
    CHECK(from_file == 0);
    CHECK(!complained);
}

static void limit_is_exact(void)
{
    fresh();
    CHECK(mem(PITH_MEM_COMMIT, 0, LIMIT + 1, 3) == -ENOMEM);
    CHECK(run.used == 0);
    CHECK(mem(PITH_MEM_COMMIT, 0, LIMIT, 3) == LIMIT);
    CHECK(mem(PITH_MEM_COMMIT, LIMIT, 1, 3) == -ENOMEM);
    CHECK(mem(PITH_MEM_DECOMMIT, 3, 1, 0) == 1);
    CHECK(mem(PITH_MEM_COMMIT, LIMIT, 1, 3) == 1);
    grown = 1;
    CHECK(mem(PITH_MEM_COMMIT, 0, LIMIT + 3, 3) == -ENOMEM && run.used == LIMIT * PITH_PAGE);
    CHECK(mem(PITH_MEM_COMMIT, 3, 1, 3) == 1); /* the one more */
    CHECK(mem(PITH_MEM_COMMIT, LIMIT + 1, 1, 3) == -ENOMEM);
    agree();
}

static void host_failure_changes_nothing(void)
{
    fresh();
    CHECK(mem(PITH_MEM_COMMIT, 5, 1, 1) == 1);
    refuse = 2;
    CHECK(mem(PITH_MEM_COMMIT, 0, 10, 3) == -ENOMEM);
    CHECK(run.used == PITH_PAGE);
    agree();
}

static void alias_frees_with_last_name(void)
{
    fresh();
    CHECK(mem(PITH_MEM_COMMIT, 0, 4, 3 | PITH_PROT_SHARED) == 4);
    CHECK(mem(PITH_MEM_ALIAS, 10, 4, BASE) == 0);
    CHECK(run.used == 4 * PITH_PAGE);
    CHECK(mem(PITH_MEM_DECOMMIT, 0, 4, 0) == 4);
    CHECK(run.used == 4 * PITH_PAGE);
    CHECK(mem(PITH_MEM_DECOMMIT, 10, 4, 0) == 4);
    agree();
    CHECK(mem(PITH_MEM_COMMIT, 0, 2, 3) == 2);
    CHECK(mem(PITH_MEM_ALIAS, 10, 2, BASE) == -EINVAL);
    CHECK(mem(PITH_MEM_ALIAS, 10, 2, BASE + 1) == -EINVAL);
}

static void move_keeps_holes(void)
{
    fresh();
    CHECK(mem(PITH_MEM_COMMIT, 0, 2, 3) == 2);
    CHECK(mem(PITH_MEM_COMMIT, 3, 1, 1) == 1);
    CHECK(mem(PITH_MEM_MOVE, 20, 4, BASE) == 3);
    CHECK(mon_page(&guest, BASE + 22 * PITH_PAGE) == 0);
    CHECK(mon_page(&guest, BASE + 23 * PITH_PAGE) == (MON_PAGE_MAPPED | 1));
    CHECK(mem(PITH_MEM_MOVE, 21, 4, BASE + 20 * PITH_PAGE) == -EINVAL);
    agree();
}

static void absurd_arguments(void)
{
    fresh();
    const uint64_t huge = 1ull << 44;
    CHECK(mon_memory(&guest, PITH_MEM_COMMIT, BASE + 1, PITH_PAGE, 3) == -EINVAL);
    CHECK(mon_memory(&guest, PITH_MEM_COMMIT, BASE, 1, 3) == -EINVAL);
    CHECK(mon_memory(&guest, PITH_MEM_COMMIT, BASE, 0, 3) == -EINVAL);
    CHECK(mon_memory(&guest, PITH_MEM_COMMIT, 0, PITH_PAGE, 3) == -EINVAL);
    CHECK(mon_memory(&guest, PITH_MEM_COMMIT, PITH_BOOT_START, PITH_PAGE, 3) == -EINVAL);
    CHECK(mon_memory(&guest, PITH_MEM_COMMIT, PITH_ARENA_END, PITH_PAGE, 3) == -EINVAL);
    CHECK(mon_memory(&guest, PITH_MEM_COMMIT, PITH_ARENA_END - PITH_PAGE, 2 * PITH_PAGE, 3) ==
          -EINVAL);
    CHECK(mon_memory(&guest, PITH_MEM_COMMIT, BASE, ~0ull << 12, 3) == -EINVAL);
    CHECK(mon_memory(&guest, PITH_MEM_COMMIT, PITH_ARENA_START, huge, 3) == -ENOMEM);
    CHECK(mon_memory(&guest, PITH_MEM_DECOMMIT, PITH_ARENA_START, huge, 0) == 0);
    CHECK(mon_memory(&guest, PITH_MEM_PROTECT, 0x400000, PITH_PAGE, 1) == -EINVAL);
    CHECK(mem(PITH_MEM_COMMIT, 0, 1, 16) == -EINVAL);
    CHECK(mem(PITH_MEM_COMMIT, 0, 1, 5) == -EACCES);
    CHECK(mem(PITH_MEM_PROTECT, 0, 1, 7) == -EACCES);
    CHECK(mem(0, 0, 1, 3) == -EINVAL && mem(99, 0, 1, 3) == -EINVAL);
    CHECK(mem(PITH_MEM_ALIAS, 0, 1, PITH_ARENA_END - PITH_PAGE) == -EINVAL);
    CHECK(mem(PITH_MEM_ALIAS, 0, 1, 0x400000) == -EINVAL);
    agree();
}

static void random_requests(void)
{
    fresh();
    unsigned seed = 1;
    for (unsigned i = 0; i < 20000 && !unit_why; i++) {
        unsigned first = (unsigned)rand_r(&seed) % PAGES;
        unsigned n = 1 + (unsigned)rand_r(&seed) % (PAGES - first);
        if (rand_r(&seed) % 3 && n > 6)
            n = 1 + n % 6;
        unsigned other = (unsigned)rand_r(&seed) % (PAGES - n + 1);
        unsigned op = 1 + (unsigned)rand_r(&seed) % 5;
        uint64_t arg = op == PITH_MEM_ALIAS || op == PITH_MEM_MOVE
                           ? BASE + (uint64_t)other * PITH_PAGE
                           : (uint64_t)(rand_r(&seed) % 16) & ~4ull;
        if (rand_r(&seed) % 10 == 0)
            refuse = 1 + rand_r(&seed) % 3;
        mem(op, first, n, arg);
        refuse = 0;
        agree();
    }
}

void test_memory(void)
{
    unit_run("memory-commit-counts", commit_counts);
    unit_run("memory-file-pages", file_pages);
    unit_run("memory-limit-is-exact", limit_is_exact);
    unit_run("memory-host-failure-changes-nothing", host_failure_changes_nothing);
    unit_run("memory-alias-frees-with-last-name", alias_frees_with_last_name);
    unit_run("memory-move-keeps-holes", move_keeps_holes);
    unit_run("memory-absurd-arguments", absurd_arguments);
    unit_run("memory-random-requests", random_requests);
}

/* Last: it needs the table of all chunks, which stays. */
void test_file_windows(void)
{
    unit_run("memory-file-windows", file_windows);
}
