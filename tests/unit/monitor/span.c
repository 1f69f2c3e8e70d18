/* Guest addresses to pointers: the guest's own rights decide, and nothing reaches further. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "monitor/run.h"

#define ARENA (PITH_ARENA_START + (1ull << 30))

static char window[3 * PITH_PAGE], image[2 * PITH_PAGE], arena[4 * PITH_PAGE];

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

/* Memory that is contiguous for the guest only page by page, in reverse order on the host. */
static size_t fake_host(struct mon *m, uint64_t va, size_t len, void **host)
{
    (void)m;
    uint64_t i = (va - ARENA) / PITH_PAGE, in = va % PITH_PAGE;
    *host = arena + (3 - i) * PITH_PAGE + in;
    return len < PITH_PAGE - in ? len : PITH_PAGE - in;
}

static const struct mon_machine machine = {
    .map = fake_map, .unmap = fake_unmap, .protect = fake_protect, .host = fake_host};
static struct mon_run run;
static struct mon guest = {.machine = &machine,
                           .common = &run,
                           .ram_bytes = 1 << 20,
                           .image = {.start = 0x400000, .end = 0x402000},
                           .image_host = (uint8_t *)image,
                           .window_host = (uint8_t *)window,
                           .window_ro = PITH_PAGE,
                           .window_rw = 2 * PITH_PAGE};
static void *host;

static void boot_window(void)
{
    CHECK(mon_span(&guest, PITH_BOOT_START, 10, false, &host) == 10 && host == window);
    CHECK(mon_span(&guest, PITH_BOOT_START, 10, true, &host) == 0);
    CHECK(mon_span(&guest, PITH_BOOT_START + PITH_PAGE, 1 << 20, true, &host) == 2 * PITH_PAGE);
    CHECK(mon_span(&guest, PITH_BOOT_START + 3 * PITH_PAGE - 1, 5, true, &host) == 1);
    CHECK(mon_span(&guest, PITH_BOOT_START + 3 * PITH_PAGE, 1, false, &host) == 0);
}

static void nowhere(void)
{
    CHECK(mon_span(&guest, 0, 1, false, &host) == 0);
    CHECK(mon_span(&guest, 0x400000, 1, false, &host) == 0); /* no page of the image is there */
    CHECK(mon_span(&guest, ~0ull, 1, false, &host) == 0);
    CHECK(mon_span(&guest, ~0ull - 5, 100, false, &host) == 0);
    CHECK(mon_span(&guest, PITH_ARENA_END, 1, false, &host) == 0);
    CHECK(mon_span(&guest, PITH_ARENA_END - 1, 2, false, &host) == 0);
    CHECK(mon_span(&guest, 0x7fffffffffff, 1, false, &host) == 0);
    CHECK(mon_span(&guest, ARENA, 0, false, &host) == 0);
}

static void arena_rights(void)
{
    char text[3 * PITH_PAGE];
    CHECK(mon_memory(&guest, PITH_MEM_COMMIT, ARENA, 2 * PITH_PAGE, 3) == 2);
    CHECK(mon_memory(&guest, PITH_MEM_COMMIT, ARENA + 2 * PITH_PAGE, PITH_PAGE, 1) == 1);
    CHECK(mon_span(&guest, ARENA + 10, 2 * PITH_PAGE, true, &host) == PITH_PAGE - 10);
    CHECK(mon_span(&guest, ARENA + 2 * PITH_PAGE, 1, true, &host) == 0);
    CHECK(mon_span(&guest, ARENA + 3 * PITH_PAGE - 1, 2, false, &host) == 1);
    memset(arena, 0, sizeof arena);
    CHECK(mon_copy_out(&guest, ARENA + PITH_PAGE - 3, "hello", 5) == 0);
    CHECK(memcmp(arena + 4 * PITH_PAGE - 3, "hel", 3) == 0);
    CHECK(memcmp(arena + 2 * PITH_PAGE, "lo", 2) == 0);
    CHECK(mon_copy_in(&guest, text, ARENA, 3 * PITH_PAGE) == 0);
    CHECK(memcmp(text + PITH_PAGE - 3, "hello", 5) == 0);
    CHECK(mon_copy_in(&guest, text, ARENA + 1, 3 * PITH_PAGE) == -EFAULT);
    CHECK(mon_copy_out(&guest, ARENA + 2 * PITH_PAGE - 1, "ab", 2) == -EFAULT);
    CHECK(mon_memory(&guest, PITH_MEM_PROTECT, ARENA, PITH_PAGE, 0) == 0);
    CHECK(mon_span(&guest, ARENA, 1, false, &host) == 0);
}

void test_span(void)
{
    unit_run("span-boot-window", boot_window);
    unit_run("span-nowhere", nowhere);
    unit_run("span-arena-rights", arena_rights);
}
