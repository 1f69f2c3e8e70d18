/* Packing: what lz_pack makes comes back, what it did not make does no harm, and memory that was
 * packed cannot be told from memory that was not, by reads, writes and requests of the guest. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "monitor/pack.h"
#include "monitor/pack_lz.h"

static unsigned seed = 7;

static unsigned any(unsigned n)
{
    return (unsigned)rand_r(&seed) % n;
}

/* Memory as programs have it: stretches of zeros, of a repeated word, of text and of noise. */
static void fill(uint8_t *at, size_t n)
{
    while (n) {
        size_t part = 1 + any(any(4) ? 60 : 5000), kind = any(4), word = (size_t)rand_r(&seed);
        part = part < n ? part : n;
        for (size_t i = 0; i < part; i++)
            at[i] = (uint8_t)(kind == 0   ? 0
                              : kind == 1 ? (uint8_t)(word >> 8 * (i % 3))
                              : kind == 2 ? "location / { root /srv/www; } "[i % 30]
                                          : rand_r(&seed) >> 3);
        at += part;
        n -= part;
    }
}

static void there_and_back(void)
{
    static struct lz_work work;
    static uint8_t plain[LZ_MOST], packed[2 * LZ_MOST], again[LZ_MOST + 1];
    for (unsigned i = 0; i < 3000 && !unit_why; i++) {
        size_t n = 1 + any(i % 3 ? 300 : LZ_MOST);
        fill(plain, n);
        size_t size = lz_pack(&work, plain, n, packed, sizeof packed);
        CHECK(size != 0 && size <= n + n / 200 + 8);
        CHECK(lz_unpack(packed, size, again, n) == n && memcmp(plain, again, n) == 0);
        CHECK(lz_unpack(packed, size, again, n - 1) == 0);
        /* It keeps within the room it has: the sanitizer would see more. */
        uint8_t *exact = malloc(size);
        size_t less = lz_pack(&work, plain, n, exact, any((unsigned)size));
        CHECK(less < size);
        free(exact);
    }
    memset(plain, 0, sizeof plain);
    CHECK(lz_pack(&work, plain, sizeof plain, packed, 200) != 0);
    CHECK(lz_pack(&work, plain, 0, packed, 200) == 0);
}

/* Damaged streams end, inside their bounds. */
static void damaged(void)
{
    static struct lz_work work;
    static uint8_t plain[4096];
    for (unsigned i = 0; i < 20000 && !unit_why; i++) {
        size_t n = 1 + any(sizeof plain);
        uint8_t *packed = malloc(2 * sizeof plain), *to = malloc(n);
        fill(plain, n);
        size_t size = lz_pack(&work, plain, n, packed, 2 * sizeof plain);
        uint8_t *exact = malloc(size);
        memcpy(exact, packed, size);
        for (unsigned k = 0; k < 1 + i % 4; k++)
            exact[any((unsigned)size)] = (uint8_t)rand_r(&seed);
        CHECK(lz_unpack(exact, size - any((unsigned)size), to, n) <= n);
        free(exact);
        free(packed);
        free(to);
    }
}

/* ---- a guest ---- */

#define BASE (PITH_STACK_TOP - 16 * PITH_PAGE) /* over a chunk's end */
#define IMAGE 0x400000ull
#define PAGES 64u
#define IMAGE_PAGES 8u

/* The pages of image and arena on the host: in one piece, or (`apart`) page by page backwards. */
static uint8_t *memory, *image;
static unsigned rights[PAGES + IMAGE_PAGES]; /* as the machine was told */
static bool apart;

/* Other tests have pages elsewhere. */
static bool ours(uint64_t va)
{
    return (va >= BASE && va < BASE + PAGES * PITH_PAGE) ||
           (va >= IMAGE && va < IMAGE + IMAGE_PAGES * PITH_PAGE);
}

static unsigned number(uint64_t va)
{
    return va < PITH_ARENA_START ? PAGES + (unsigned)((va - IMAGE) / PITH_PAGE)
                                 : (unsigned)((va - BASE) / PITH_PAGE);
}

static size_t fake_host(struct mon *m, uint64_t va, size_t len, void **host)
{
    size_t in = va % PITH_PAGE;
    (void)m;
    *host = memory + (apart ? PAGES - 1 - number(va) : number(va)) * PITH_PAGE + in;
    return apart && len > PITH_PAGE - in ? PITH_PAGE - in : len;
}

static int fake_protect(struct mon *m, uint64_t va, uint64_t len, unsigned prot)
{
    (void)m;
    for (uint64_t at = va; at < va + len; at += PITH_PAGE)
        if (ours(at))
            rights[number(at)] = prot;
    return 0;
}

static int fake_map(struct mon *m, uint64_t va, uint64_t len, unsigned prot)
{
    return fake_protect(m, va, len, prot & 7);
}

static uint64_t fake_unmap(struct mon *m, uint64_t va, uint64_t len)
{
    for (uint64_t at = va; at < va + len; at += PITH_PAGE) {
        void *host;
        if (!ours(at))
            continue;
        fake_host(m, at, PITH_PAGE, &host);
        memset(host, 0, PITH_PAGE);
    }
    fake_protect(m, va, len, 0);
    return len;
}

static int fake_move(struct mon *m, uint64_t va, uint64_t src, uint64_t len)
{
    for (uint64_t at = 0; at < len; at += PITH_PAGE) {
        void *from, *to;
        fake_host(m, src + at, PITH_PAGE, &from);
        fake_host(m, va + at, PITH_PAGE, &to);
        memcpy(to, from, PITH_PAGE);
        memset(from, 0, PITH_PAGE);
        rights[number(va + at)] = rights[number(src + at)];
        rights[number(src + at)] = 0;
    }
    return 0;
}

static const struct mon_machine machine = {.map = fake_map,
                                           .unmap = fake_unmap,
                                           .protect = fake_protect,
                                           .move = fake_move,
                                           .host = fake_host};
static struct mon_run run;
static struct mon guest = {
    .machine = &machine,
    .common = &run,
    .ram_bytes = 16 << 20,
    .image = {.start = IMAGE,
              .end = IMAGE + IMAGE_PAGES * PITH_PAGE,
              .nsegments = 2,
              .segments = {{.va = IMAGE, .memsz = PITH_PAGE, .prot = 5},
                           {.va = IMAGE + PITH_PAGE, .memsz = 7 * PITH_PAGE, .prot = 3}}}};

static void pack_all(void)
{
    mon_pack_begin(&guest);
    while (mon_pack(&guest))
        continue;
}

/* What the guest sees, by its own rights; -1: it faults. */
static int look(uint64_t va)
{
    struct pith_regs regs = {.vector = 14, .addr = va};
    void *host = image + (va - IMAGE);
    if (!(rights[number(va)] & 1) && !mon_unpack_fault(&guest, &regs))
        return -1;
    if (!(rights[number(va)] & 1))
        return -2; /* a fault that would come again for ever */
    if (va >= PITH_ARENA_START)
        fake_host(&guest, va, 1, &host);
    return *(uint8_t *)host;
}

static void start(void)
{
    static bool begun;
    struct host_error err;
    size_t size = (PAGES + IMAGE_PAGES) * PITH_PAGE;
    if (!begun) {
        memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        image = memory + PAGES * PITH_PAGE;
        guest.image_host = image;
        CHECK(mon_memory_start(&guest, &err) == 0);
    }
    begun = true;
    if (run.unpack)
        run.unpack(&guest, 0, ~0ull);
    mon_memory(&guest, PITH_MEM_DECOMMIT, PITH_ARENA_START, PITH_ARENA_END - PITH_ARENA_START, 0);
    for (unsigned i = 0; i < IMAGE_PAGES; i++)
        rights[PAGES + i] = i ? 3 : 5;
}

static void pages_come_back(void)
{
    static uint8_t text[8 * PITH_PAGE], again[8 * PITH_PAGE];
    start();
    CHECK(mon_memory(&guest, PITH_MEM_COMMIT, BASE, 8 * PITH_PAGE, 3) == 8);
    fill(text, sizeof text);
    CHECK(mon_copy_out(&guest, BASE, text, sizeof text) == 0);
    memset(image, 0x5a, IMAGE_PAGES * PITH_PAGE);
    pack_all();
    /* Given back: text of the image is left alone, its data is packed. */
    CHECK(run.packed >= 12 * PITH_PAGE && run.unpack);
    CHECK(rights[PAGES] == 5 && image[0] == 0x5a && rights[PAGES + 1] == 0);
    CHECK(image[PITH_PAGE] == 0);
    CHECK(look(IMAGE + 3 * PITH_PAGE) == 0x5a);
    CHECK(look(IMAGE) == 0x5a && look(BASE + 8 * PITH_PAGE) == -1);
    CHECK(mon_copy_in(&guest, again, BASE, sizeof again) == 0);
    CHECK(memcmp(text, again, sizeof text) == 0);
    for (unsigned i = 1; i < IMAGE_PAGES; i++)
        CHECK(look(IMAGE + i * PITH_PAGE) == 0x5a);
    CHECK(run.packed == 0 && !run.unpack);
    /* Other faults are none of its business. */
    struct pith_regs regs = {.vector = 13, .addr = BASE};
    pack_all();
    CHECK(run.packed && !mon_unpack_fault(&guest, &regs));
    CHECK(mon_memory(&guest, PITH_MEM_DECOMMIT, BASE, PAGES * PITH_PAGE, 0) == 8);
    CHECK(look(BASE) == -1);
}

/* Random requests, reads and writes beside a plain model, packed at every turn. */
static void cannot_be_told(void)
{
    static uint8_t model[PAGES][PITH_PAGE], buffer[8 * PITH_PAGE];
    static unsigned prot[PAGES]; /* 0: not there, else 8 + its rights */
    start();
    memset(model, 0, sizeof model);
    for (unsigned i = 0; i < 4000 && !unit_why; i++) {
        unsigned first = any(PAGES - 8), n = 1 + any(8), to = any(PAGES - 8);
        uint64_t va = BASE + first * (uint64_t)PITH_PAGE, len = n * (uint64_t)PITH_PAGE;
        bool apart_from = to + n <= first || first + n <= to, free = true, whole = true;
        for (unsigned k = 0; k < n; k++) {
            free &= prot[to + k] == 0;
            whole &= (prot[first + k] & 3) == 3;
        }
        switch (any(8)) {
        case 0:
            CHECK(mon_memory(&guest, PITH_MEM_COMMIT, va, len, 3) >= 0);
            for (unsigned k = 0; k < n; k++)
                prot[first + k] = 8 | 3;
            break;
        case 1:
            CHECK(mon_memory(&guest, PITH_MEM_DECOMMIT, va, len, 0) >= 0);
            for (unsigned k = 0; k < n; k++) {
                memset(model[first + k], 0, PITH_PAGE);
                prot[first + k] = 0;
            }
            break;
        case 2: {
            unsigned want = any(3);
            want = want == 2 ? 3 : want;
            CHECK(mon_memory(&guest, PITH_MEM_PROTECT, va, len, want) == 0);
            for (unsigned k = 0; k < n; k++)
                prot[first + k] = prot[first + k] ? 8 | want : 0;
            break;
        }
        case 3:
            if (!apart_from || !free)
                break;
            CHECK(mon_memory(&guest, PITH_MEM_MOVE, BASE + to * (uint64_t)PITH_PAGE, len, va) >= 0);
            for (unsigned k = 0; k < n; k++) {
                memcpy(model[to + k], model[first + k], PITH_PAGE);
                prot[to + k] = prot[first + k];
                memset(model[first + k], 0, PITH_PAGE);
                prot[first + k] = 0;
            }
            break;
        case 4:
        case 5:
            if (!whole)
                break;
            fill(buffer, len);
            CHECK(mon_copy_out(&guest, va + 5, buffer, len - 9) == 0);
            memcpy(&model[first][5], buffer, len - 9);
            break;
        case 6:
            pack_all();
            break;
        default:
            mon_pack_begin(&guest);
            mon_pack(&guest);
        }
        unsigned at = any(PAGES), in = any(PITH_PAGE);
        int seen = look(BASE + at * (uint64_t)PITH_PAGE + in);
        CHECK(seen == (prot[at] & 1 ? model[at][in] : -1));
        for (unsigned k = 0; k < n && i % 16 == 0; k++)
            if (prot[first + k] & 1)
                CHECK(mon_copy_in(&guest, buffer, va + k * PITH_PAGE, PITH_PAGE) == 0 &&
                      memcmp(buffer, model[first + k], PITH_PAGE) == 0);
        if (i % 500 == 250)
            while (run.unpack)
                run.unpack(&guest, 0, ~0ull);
        if (run.packed == 0 && i % 500 == 250) {
            mon_memory(&guest, PITH_MEM_DECOMMIT, BASE, PAGES * PITH_PAGE, 0);
            memset(model, 0, sizeof model);
            memset(prot, 0, sizeof prot);
            apart = !apart;
        }
    }
    mon_memory(&guest, PITH_MEM_DECOMMIT, BASE, PAGES * PITH_PAGE, 0);
}

/* More stretches of memory than a small guest has. */
static void large_guests(void)
{
    const uint64_t step = 12ull << 20, first = PITH_ARENA_START + (64ull << 20);
    uint64_t at, stop, n = 0;
    start();
    for (unsigned i = 0; i < 40; i++)
        CHECK(mon_memory(&guest, PITH_MEM_COMMIT, first + (i * 7 % 40) * step, PITH_PAGE, 3) == 1);
    CHECK(!mon_small(&guest));
    for (at = PITH_ARENA_START; n <= 40; at = stop, n++) {
        at = mon_next_mapped(&guest, at, first + 41 * step, &stop);
        if (at == first + 41 * step)
            break;
        CHECK(at == first + n * step && stop == at + PITH_PAGE);
    }
    CHECK(n == 40);
    mon_pack_begin(&guest);
    CHECK(!mon_pack(&guest) && run.packed == 0);
    for (unsigned i = 0; i < 40; i++) {
        CHECK(mon_page(&guest, first + i * step) &&
              !mon_page(&guest, first + i * step + PITH_PAGE));
        CHECK(mon_memory(&guest, PITH_MEM_DECOMMIT, first + i * step, step, 0) == 1);
        CHECK(!mon_page(&guest, first + i * step));
    }
}

void test_pack(void)
{
    unit_run("pack-there-and-back", there_and_back);
    unit_run("pack-damaged", damaged);
    unit_run("pack-pages-come-back", pages_come_back);
    unit_run("pack-cannot-be-told", cannot_be_told);
    unit_run("memory-large-guests", large_guests);
}
