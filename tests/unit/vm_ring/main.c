/* Claims: a chain of the image reaches the device as the same bytes, however its pages lie, direct,
 * indirect or through the buffer, and what the device writes comes back; every lie of a device and
 * every broken chain of an image ends in -1 and a sentence, and nothing else is touched (ASan).
 *
 * The image's memory is PAGES pages in an arena whose physical order is shuffled; "physical" is a
 * host address minus VM_DIRECT, so that vm_at works. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/memory.h"
#include "vm/shadow.h"

#define PAGES 1024u
#define VA 0x100000000000ull
#define IMAGE_RING 64u

static uint8_t *frames[PAGES]; /* of the image's page i */
static bool writable[PAGES];
static unsigned failures, checks;

#define CHECK(what)                                                                                \
    do {                                                                                           \
        checks++;                                                                                  \
        if (!(what)) {                                                                             \
            failures++;                                                                            \
            printf("not ok vm-ring: line %d: %s\n", __LINE__, #what);                              \
        }                                                                                          \
    } while (0)

static uint32_t seed = 1;
static uint32_t rnd(uint32_t n)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % n;
}

/* ---- What the base's memory.c would do ---- */

static uint64_t phys_of(const void *p)
{
    return (uint64_t)p - VM_DIRECT;
}

size_t vm_span(uint64_t va, size_t len, bool write, uint64_t *phys)
{
    if (va < VA || va - VA >= PAGES * PITH_PAGE)
        return 0;
    uint64_t page = (va - VA) / PITH_PAGE, off = va % PITH_PAGE;
    if (!frames[page] || (write && !writable[page]))
        return 0;
    *phys = phys_of(frames[page] + off);
    return len < PITH_PAGE - off ? len : PITH_PAGE - off;
}

static uint8_t *byte_at(uint64_t va)
{
    return frames[(va - VA) / PITH_PAGE] + va % PITH_PAGE;
}

int vm_copy_in(void *to, uint64_t va, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint64_t phys;
        if (!vm_span(va + i, 1, false, &phys))
            return -1;
        ((uint8_t *)to)[i] = *byte_at(va + i);
    }
    return 0;
}

/* Blocks of exactly the size, so that ASan sees a step beside one. */
static void *made[4096];
static unsigned nmade;
static bool no_memory;
void *vm_vq_pages(unsigned pages, uint64_t *phys)
{
    void *p = no_memory ? NULL : aligned_alloc(PITH_PAGE, pages * PITH_PAGE);
    if (p) {
        memset(p, 0, pages * PITH_PAGE);
        *phys = phys_of(p);
        made[nmade++] = p;
    }
    return p;
}

/* ---- The image's side ---- */

static struct vm_shadow s;
static void *image_ring, *device_ring;
static uint16_t image_idx, image_seen;

static void start(unsigned device_size, bool indirect, bool bounce)
{
    struct pith_queue queue;
    free(image_ring);
    free(device_ring);
    while (nmade)
        free(made[--nmade]);
    memset(&s, 0, sizeof s);
    image_ring = calloc(1, vm_shadow_bytes(IMAGE_RING));
    device_ring = calloc(1, vm_vq_bytes(device_size));
    vm_shadow_init(&s, IMAGE_RING, image_ring, 0x80000000000ull, &queue);
    vm_vq_init(&s.vq, device_size, device_ring, phys_of(device_ring));
    s.vq.indirect = indirect;
    s.indirect = true;
    s.bounce = bounce;
    image_idx = image_seen = 0;
    no_memory = false;
}

static void offer(uint16_t head)
{
    s.avail->ring[image_idx++ % IMAGE_RING] = head;
    s.avail->idx = image_idx;
}

/* ---- The device's side: reads the rings as any device would ---- */

static uint16_t device_seen, device_done;

struct chain {
    uint16_t id;
    unsigned n;
    struct pith_desc d[2048];
};

static bool device_take(struct chain *c)
{
    if (s.vq.avail->idx == device_seen)
        return false;
    const struct pith_desc *table = (const void *)s.vq.desc;
    unsigned at = c->id = s.vq.avail->ring[device_seen++ % s.vq.size];
    c->n = 0;
    if (table[at].flags & 4) {
        CHECK(s.vq.indirect);
        unsigned n = table[at].len / 16;
        table = vm_at(table[at].addr);
        CHECK(n <= s.vq.size);
        for (at = 0; at < n; at++)
            c->d[c->n++] = table[at];
        return true;
    }
    for (;; at = table[at].next) {
        c->d[c->n++] = table[at];
        if (!(table[at].flags & 1))
            return true;
    }
}

static void device_put(uint32_t id, uint32_t len)
{
    s.vq.used->ring[device_done % s.vq.size].id = id;
    s.vq.used->ring[device_done % s.vq.size].len = len;
    s.vq.used->idx = ++device_done;
}

/* ---- Honest both ---- */

struct request {
    uint16_t head;
    unsigned pieces;
    uint64_t va[64];
    uint32_t len[64], in, out;
    bool write[64];
    uint32_t key;
    bool open;
};

static uint8_t pattern(uint32_t key, uint32_t i)
{
    return (uint8_t)((key + i) * 2654435761u >> 24);
}

/* Requests keep to page ranges of their own, so that they do not write over each other. */
static void build(struct request *r, unsigned slot, unsigned indirect_page)
{
    unsigned pieces = 1 + rnd(6), share = (PAGES - 32) / 8;
    uint64_t va = VA + (32 + slot * share) * PITH_PAGE + rnd(PITH_PAGE);
    bool table = rnd(3) == 0;
    struct pith_desc *d = table ? (void *)frames[indirect_page] : s.desc;
    uint16_t first = table ? 0 : (uint16_t)(slot * 8);
    unsigned readable = rnd(pieces + 1);
    memset(r, 0, sizeof *r);
    r->key = rnd(1u << 30);
    r->open = true;
    for (unsigned i = 0; i < pieces; i++) {
        uint32_t len = 1 + rnd(rnd(4) ? 3000 : 60000);
        r->va[i] = va;
        r->len[i] = len;
        r->write[i] = i >= readable;
        d[first + i] = (struct pith_desc){
            va, len, (uint16_t)((r->write[i] ? 2 : 0) | (i + 1 < pieces ? 1 : 0)),
            (uint16_t)(first + i + 1)};
        for (uint32_t k = 0; k < len; k++)
            *byte_at(va + k) = r->write[i] ? 0xee : pattern(r->key, r->in + k);
        *(r->write[i] ? &r->out : &r->in) += len;
        va += len + rnd(100);
    }
    r->pieces = pieces;
    r->head = (uint16_t)(slot * 8);
    if (table)
        s.desc[r->head] = (struct pith_desc){VA + indirect_page * PITH_PAGE, pieces * 16, 4, 0};
}

static void serve(struct chain *c, struct request *open)
{
    uint32_t in = 0, out = 0, total = 0;
    struct request *r = NULL;
    for (unsigned i = 0; i < 8 && !r; i++) {
        uint32_t readable = 0, writable_bytes = 0;
        for (unsigned k = 0; k < c->n; k++)
            *(c->d[k].flags & 2 ? &writable_bytes : &readable) += c->d[k].len;
        if (open[i].open && open[i].in == readable && open[i].out == writable_bytes)
            r = &open[i];
    }
    CHECK(r);
    if (!r)
        return;
    for (unsigned k = 0; k < c->n; k++) {
        uint8_t *p = vm_at(c->d[k].addr);
        for (uint32_t b = 0; b < c->d[k].len; b++)
            if (c->d[k].flags & 2)
                p[b] = pattern(~r->key, out++);
            else if (p[b] != pattern(r->key, in++))
                total++;
    }
    CHECK(total == 0);
    device_put(c->id, out);
}

static void check_answers(struct request *open)
{
    while (image_seen != s.used->idx) {
        const struct pith_used_elem *e = &s.used->ring[image_seen++ % IMAGE_RING];
        struct request *r = &open[e->id / 8];
        uint32_t out = 0, wrong = 0;
        CHECK(e->id % 8 == 0 && e->id / 8 < 8 && r->open && e->len == r->out);
        for (unsigned i = 0; i < r->pieces; i++)
            for (uint32_t k = 0; k < r->len[i] && r->write[i]; k++)
                wrong += *byte_at(r->va[i] + k) != pattern(~r->key, out++);
        CHECK(wrong == 0);
        r->open = false;
    }
}

static void honest(unsigned size, bool indirect, bool bounce, unsigned rounds)
{
    static struct request open[8];
    static struct chain chains[64];
    unsigned n = 0, done = 0;
    start(size, indirect, bounce);
    device_seen = device_done = 0;
    memset(open, 0, sizeof open);
    for (unsigned round = 0; round < rounds || n; round++) {
        unsigned slot = rnd(8);
        if (!open[slot].open && round < rounds) {
            build(&open[slot], slot, slot);
            offer(open[slot].head);
        }
        CHECK(vm_shadow_push(&s) >= 0);
        vm_vq_publish(&s.vq);
        while (n < 64 && device_take(&chains[n]))
            n++;
        while (n && (rnd(2) || round >= rounds)) {
            unsigned i = rnd(n);
            serve(&chains[i], open);
            chains[i] = chains[--n];
            done++;
        }
        CHECK(vm_shadow_pull(&s) >= 0);
        check_answers(open);
    }
    /* What waits for room goes on when there is some. */
    for (unsigned i = 0; i < 100; i++) {
        CHECK(vm_shadow_push(&s) >= 0);
        vm_vq_publish(&s.vq);
        while (device_take(&chains[0]))
            serve(&chains[0], open), done++;
        CHECK(vm_shadow_pull(&s) >= 0);
        check_answers(open);
    }
    CHECK(done == image_idx && s.vq.nfree == s.vq.size && s.vq.in_flight == 0);
}

/* ---- A device that lies ---- */

static void one_chain(uint32_t len, bool write)
{
    start(16, true, false);
    device_seen = device_done = 0;
    s.desc[0] = (struct pith_desc){VA + 64 * PITH_PAGE, len, write ? 2 : 0, 0};
    offer(0);
    CHECK(vm_shadow_push(&s) == 1);
    vm_vq_publish(&s.vq);
}

static void lies(void)
{
    one_chain(100, true);
    device_put(0, 100);
    CHECK(vm_shadow_pull(&s) == 1 && s.used->ring[0].len == 100);
    device_put(0, 100);
    CHECK(vm_shadow_pull(&s) == -1 && s.vq.broken); /* twice */
    one_chain(100, true);
    device_put(1, 100);
    CHECK(vm_shadow_pull(&s) == -1 && s.vq.broken); /* not in flight */
    one_chain(100, true);
    device_put(16, 100);
    CHECK(vm_shadow_pull(&s) == -1 && s.vq.broken);
    one_chain(100, true);
    device_put(~0u, 0);
    CHECK(vm_shadow_pull(&s) == -1 && s.vq.broken);
    one_chain(100, true);
    device_put(0, 101);
    CHECK(vm_shadow_pull(&s) == -1 && s.vq.broken); /* more than there is room for */
    one_chain(100, false);
    device_put(0, 4711);
    CHECK(vm_shadow_pull(&s) == 1 && s.used->ring[0].len == 0); /* nothing to write: no matter */
    one_chain(100, true);
    s.vq.used->idx = 2;
    CHECK(vm_shadow_pull(&s) == -1 && s.vq.broken); /* more than were in flight */
    one_chain(100, true);
    s.vq.used->idx = 0xffff;
    CHECK(vm_shadow_pull(&s) == -1 && s.vq.broken);
    /* What it writes into the rings that are ours to write changes nothing of what we know. */
    one_chain(100, true);
    s.vq.desc[0].next = 0xffff;
    s.vq.desc[0].flags = 7;
    s.vq.desc[0].len = ~0u;
    device_put(0, 50);
    CHECK(vm_shadow_pull(&s) == 1 && s.vq.nfree == 16);
}

/* ---- An image that breaks rules ---- */

static bool refused(struct pith_desc d0, struct pith_desc d1)
{
    start(16, true, false);
    s.desc[0] = d0;
    s.desc[1] = d1;
    offer(0);
    return vm_shadow_push(&s) == -1 && s.broken;
}

static void attacks(void)
{
    const uint64_t a = VA + 64 * PITH_PAGE, ro = VA + 20 * PITH_PAGE, hole = VA + 21 * PITH_PAGE;
    const struct pith_desc none = {0};
    struct pith_desc *table = (void *)frames[0];
    CHECK(!refused((struct pith_desc){a, 10, 0, 0}, none));
    CHECK(refused((struct pith_desc){a, 10, 1, 0}, none));          /* a loop */
    CHECK(refused((struct pith_desc){a, 10, 1, IMAGE_RING}, none)); /* out of the table */
    CHECK(refused((struct pith_desc){a, 10, 8, 0}, none));          /* an unknown flag */
    CHECK(refused((struct pith_desc){a, 0, 0, 0}, none));           /* empty */
    CHECK(refused((struct pith_desc){0, 10, 0, 0}, none));          /* not its memory */
    CHECK(refused((struct pith_desc){VM_DIRECT, 10, 2, 0}, none));
    CHECK(refused((struct pith_desc){~0ull - 4, 10, 0, 0}, none));
    CHECK(refused((struct pith_desc){hole - 5, 10, 0, 0}, none)); /* its end is not */
    CHECK(refused((struct pith_desc){ro, 10, 2, 0}, none));       /* not to write */
    CHECK(!refused((struct pith_desc){ro, 10, 0, 0}, none));
    CHECK(refused((struct pith_desc){a, 10, 3, 1}, (struct pith_desc){a, 10, 0, 0})); /* order */
    CHECK(refused((struct pith_desc){a, 0x90000000, 1, 1},
                  (struct pith_desc){a, 0x90000000, 0, 0})); /* 4 GiB */
    CHECK(refused((struct pith_desc){VA, 16, 5, 1}, none));  /* INDIRECT and NEXT */
    CHECK(refused((struct pith_desc){a, 10, 1, 1}, (struct pith_desc){VA, 16, 4, 0}));
    CHECK(refused((struct pith_desc){VA, 15, 4, 0}, none));
    CHECK(refused((struct pith_desc){VA, 0, 4, 0}, none));
    CHECK(refused((struct pith_desc){VA, 16 * 65, 4, 0}, none));
    CHECK(refused((struct pith_desc){hole, 16, 4, 0}, none));
    table[0] = (struct pith_desc){VA, 16, 4, 0}; /* a table in a table */
    CHECK(refused((struct pith_desc){VA, 16, 4, 0}, none));
    table[0] = (struct pith_desc){a, 10, 1, 1}; /* its end is missing */
    CHECK(refused((struct pith_desc){VA, 16, 4, 0}, none));
    start(16, true, false);
    s.avail->idx = IMAGE_RING + 1;
    CHECK(vm_shadow_push(&s) == -1 && s.broken);
    start(16, true, false);
    offer(IMAGE_RING);
    CHECK(vm_shadow_push(&s) == -1 && s.broken);
    /* Longer than the device takes, and no buffer for it. */
    start(8, true, false);
    s.desc[0] = (struct pith_desc){a, 60 * PITH_PAGE, 0, 0};
    offer(0);
    CHECK(vm_shadow_push(&s) == -1 && s.broken);
    start(8, true, true);
    no_memory = true;
    s.desc[0] = (struct pith_desc){a, 60 * PITH_PAGE, 0, 0};
    offer(0);
    CHECK(vm_shadow_push(&s) == -1 && s.broken);
    start(8, true, true);
    s.desc[0] = (struct pith_desc){a, 258 * PITH_PAGE, 0, 0};
    offer(0);
    CHECK(vm_shadow_push(&s) == -1 && s.broken);
}

/* Both sides write what they like. */
static void garbage(unsigned rounds)
{
    for (unsigned round = 0; round < rounds; round++) {
        start(1u << rnd(7), rnd(2), rnd(2));
        device_done = 0;
        for (unsigned step = 0; step < 20; step++) {
            for (unsigned i = 0; i < IMAGE_RING; i++)
                s.desc[i] = (struct pith_desc){VA + rnd(PAGES * PITH_PAGE), rnd(rnd(2) ? 9000 : 90),
                                               (uint16_t)rnd(8), (uint16_t)rnd(IMAGE_RING + 2)};
            for (unsigned i = 0; i < 8 * 256; i++) {
                unsigned page = rnd(16);
                ((struct pith_desc *)frames[page])[i % 256] = (struct pith_desc){
                    VA + rnd(PAGES * PITH_PAGE), rnd(900), (uint16_t)rnd(4), (uint16_t)rnd(66)};
            }
            for (unsigned i = rnd(5); i; i--)
                offer((uint16_t)rnd(IMAGE_RING));
            if (vm_shadow_push(&s) < 0)
                break;
            vm_vq_publish(&s.vq);
            for (unsigned i = rnd(4); i; i--)
                device_put(rnd(s.vq.size + 1u), rnd(rnd(2) ? 10 : 5000));
            if (vm_shadow_pull(&s) < 0)
                break;
        }
    }
}

int main(int argc, char **argv)
{
    unsigned rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 300;
    uint8_t *ram = aligned_alloc(PITH_PAGE, PAGES * PITH_PAGE);
    unsigned order[PAGES];
    for (unsigned i = 0; i < PAGES; i++)
        order[i] = i;
    /* Some neighbours stay neighbours. */
    for (unsigned i = 0; i < PAGES / 2; i++) {
        unsigned a = rnd(PAGES), b = rnd(PAGES), t = order[a];
        order[a] = order[b];
        order[b] = t;
    }
    for (unsigned i = 0; i < PAGES; i++) {
        frames[i] = ram + (size_t)order[i] * PITH_PAGE;
        writable[i] = i != 20;
    }
    frames[21] = NULL;
    honest(256, true, false, rounds);
    honest(256, false, false, rounds);
    honest(128, true, false, rounds);
    honest(16, true, true, rounds); /* most chains go through the buffer */
    honest(8, false, true, rounds);
    lies();
    attacks();
    garbage(rounds);
    start(8, false, false);
    free(image_ring);
    free(device_ring);
    free(ram);
    if (!failures)
        printf("ok vm-ring: %u checks\n", checks);
    return failures != 0;
}
