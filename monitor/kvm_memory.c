/* The guest's pages: see machine.h for each function and kvm.h for what keeps translations true.
 *
 * Order matters: an entry is cleared or reduced first, then KVM is made to drop what it made of
 * it. Frames that lie side by side are treated as one run, because both steps cost by the call.
 */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>

#include "kvm.h"

#define MADV_POPULATE_WRITE 23 /* Linux 5.14; musl 1.2.3 does not name it */

/* A commit up to this size is taken for memory that is about to be touched: its host pages are
 * made at once, so that KVM maps eight of them at a fault. Larger ones are left to be touched. */
#define POPULATE_MAX (2ull << 20)

/* Frames side by side that wait for the same treatment. */
struct run {
    uint64_t gpa, count;
    bool give;      /* the last name is gone: free them; else only zap */
    uint64_t given; /* frames freed so far */
};

static void run_end(struct kvm_guest *g, struct run *run)
{
    if (run->count && run->give) {
        kvm_frames_give(g, run->gpa, run->count);
        run->given += run->count;
    } else if (run->count) {
        kvm_zap(g, run->gpa, run->count * PITH_PAGE);
    }
    run->count = 0;
}

static void run_add(struct kvm_guest *g, struct run *run, uint64_t gpa, uint64_t count, bool give)
{
    if (run->count && (gpa != run->gpa + run->count * PITH_PAGE || give != run->give))
        run_end(g, run);
    if (run->count == 0) {
        run->gpa = gpa;
        run->give = give;
    }
    run->count += count;
}

/* True if that was the frame's last name. */
static bool drop_name(struct kvm_guest *g, uint64_t gpa)
{
    uint32_t *names = g->frames.names;
    if (names == NULL || names[gpa / PITH_PAGE] == 0)
        return true;
    names[gpa / PITH_PAGE]--;
    return false;
}

/* Tables for the range and as many frames as it has pages, or -ENOMEM. */
static int room(struct kvm_guest *g, uint64_t va, uint64_t len, uint64_t frames)
{
    for (unsigned tries = 0; tries < 2; tries++) {
        if (kvm_tables_make(g, va, len) == 0 && kvm_frames_left(g) >= frames)
            return 0;
        if (kvm_tables_collect(g) == 0)
            break;
    }
    return -ENOMEM;
}

/* Where the 2 MiB region of va ends, or `end` if that comes first. */
static uint64_t region_end(uint64_t va, uint64_t end)
{
    uint64_t next = (va | (KVM_HUGE - 1)) + 1;
    return next < end ? next : end;
}

/* Does KVM have to drop what it made of an entry that gets these flags? */
static bool reduces(uint64_t old, uint64_t flags)
{
    const uint64_t rights = KVM_PTE_PRESENT | KVM_PTE_WRITE;
    if (!(old & KVM_PTE_PRESENT))
        return false;
    return (old & rights & ~flags) || (flags & ~old & KVM_PTE_NX);
}

static uint64_t unmap_small(struct kvm_guest *g, uint64_t va, uint64_t len)
{
    struct run run = {0};
    for (uint64_t at = va; at < va + len; at += PITH_PAGE) {
        uint64_t *pte = kvm_pte(g, at), gpa = *pte & KVM_PTE_FRAME;
        *pte = 0;
        run_add(g, &run, gpa, 1, drop_name(g, gpa));
    }
    run_end(g, &run);
    return run.given * PITH_PAGE;
}

/* Pages of one region. */
static int map_small(struct kvm_guest *g, uint64_t va, uint64_t len, uint64_t flags, bool populate)
{
    uint64_t got;
    if (room(g, va, len, len / PITH_PAGE))
        return -ENOMEM;
    for (uint64_t at = va; at < va + len; at += got * PITH_PAGE) {
        uint64_t gpa = kvm_frames_take(g, (va + len - at) / PITH_PAGE, &got);
        if (gpa == 0) {
            unmap_small(g, va, at - va);
            return -ENOMEM;
        }
        if (populate && got > 1)
            madvise(g->ram + gpa, got * PITH_PAGE, MADV_POPULATE_WRITE);
        for (uint64_t i = 0; i < got; i++)
            *kvm_pte(g, at + i * PITH_PAGE) = (gpa + i * PITH_PAGE) | flags;
    }
    return 0;
}

static bool map_large(struct kvm_guest *g, uint64_t va, uint64_t flags, bool populate)
{
    if (!kvm_tables_large(g, va, flags))
        return false;
    if (populate)
        madvise(g->ram + (*kvm_directory(g, va) & KVM_PTE_FRAME), KVM_HUGE, MADV_POPULATE_WRITE);
    return true;
}

int kvm_map(struct mon *m, uint64_t va, uint64_t len, unsigned prot)
{
    struct kvm_guest *g = m->priv;
    uint64_t flags = kvm_pte_flags(prot), end = va + len;
    bool populate = g->running && len <= POPULATE_MAX, large = !(prot & PITH_PROT_SHARED);
    for (uint64_t at = va, next; at < end; at = next) {
        next = region_end(at, end);
        if (large && next - at == KVM_HUGE && map_large(g, at, flags, populate))
            continue;
        if (map_small(g, at, next - at, flags, populate)) {
            if (at > va)
                kvm_unmap(m, va, at - va);
            return -ENOMEM;
        }
    }
    return 0;
}

/* Large pages that reach out of a range that is about to change get tables. They have kept a
 * frame for that; only a host that is out of memory can refuse. */
static void cut_out(struct mon *m, uint64_t va, uint64_t len)
{
    if (kvm_tables_split(m->priv, va, len, true))
        mon_die(m, SIGKILL, NULL, "the host has no memory left for the guest's page tables");
}

uint64_t kvm_unmap(struct mon *m, uint64_t va, uint64_t len)
{
    struct kvm_guest *g = m->priv;
    uint64_t given = 0, end = va + len;
    cut_out(m, va, len);
    for (uint64_t at = va, next; at < end && !m->over; at = next) {
        uint64_t *slot = kvm_directory(g, at);
        next = region_end(at, end);
        if (*slot & KVM_PTE_LARGE) {
            uint64_t gpa = *slot & KVM_PTE_FRAME;
            kvm_tables_drop_large(g, slot);
            kvm_frames_give(g, gpa, KVM_HUGE / PITH_PAGE);
            given += KVM_HUGE;
        } else {
            given += unmap_small(g, at, next - at);
        }
    }
    return given;
}

int kvm_protect(struct mon *m, uint64_t va, uint64_t len, unsigned prot)
{
    struct kvm_guest *g = m->priv;
    struct run run = {0};
    uint64_t flags = kvm_pte_flags(prot), end = va + len, step;
    cut_out(m, va, len);
    for (uint64_t at = va; at < end && !m->over; at += step) {
        uint64_t *slot = kvm_directory(g, at);
        bool large = *slot & KVM_PTE_LARGE;
        uint64_t *pte = large ? slot : kvm_pte(g, at), old = *pte;
        step = large ? KVM_HUGE : PITH_PAGE;
        *pte = (old & (KVM_PTE_FRAME | KVM_PTE_LARGE)) | flags;
        if (reduces(old, flags))
            run_add(g, &run, old & KVM_PTE_FRAME, step / PITH_PAGE, false);
    }
    run_end(g, &run);
    return 0;
}

static int have_names(struct kvm_guest *g)
{
    if (g->frames.names)
        return 0;
    void *p = mmap(NULL, g->size / PITH_PAGE * sizeof(uint32_t), PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return -ENOMEM;
    g->frames.names = p;
    return 0;
}

int kvm_alias(struct mon *m, uint64_t va, uint64_t src, uint64_t len, unsigned prot)
{
    struct kvm_guest *g = m->priv;
    uint64_t flags = kvm_pte_flags(prot);
    if (have_names(g) || room(g, va, len, 0))
        return -ENOMEM;
    for (uint64_t i = 0; i < len; i += PITH_PAGE) {
        uint64_t gpa = *kvm_pte(g, src + i) & KVM_PTE_FRAME;
        g->frames.names[gpa / PITH_PAGE]++;
        *kvm_pte(g, va + i) = gpa | flags;
    }
    return 0;
}

int kvm_move(struct mon *m, uint64_t va, uint64_t src, uint64_t len)
{
    struct kvm_guest *g = m->priv;
    struct run run = {0};
    if (room(g, va, len, 0) || kvm_tables_split(g, src, len, false))
        return -ENOMEM;
    for (uint64_t i = 0; i < len; i += PITH_PAGE) {
        uint64_t *pte = kvm_pte(g, src + i);
        *kvm_pte(g, va + i) = *pte;
        if (*pte & KVM_PTE_PRESENT)
            run_add(g, &run, *pte & KVM_PTE_FRAME, 1, false);
        *pte = 0;
    }
    run_end(g, &run);
    return 0;
}

/* Guest physical address of the mapped page at va. */
static uint64_t frame(const struct kvm_guest *g, uint64_t va)
{
    const uint64_t *slot = kvm_directory(g, va);
    if (*slot & KVM_PTE_LARGE)
        return (*slot & KVM_PTE_FRAME) + (va & (KVM_HUGE - 1) & ~(uint64_t)(PITH_PAGE - 1));
    return *kvm_pte(g, va) & KVM_PTE_FRAME;
}

size_t kvm_span(struct mon *m, uint64_t va, size_t len, void **host)
{
    struct kvm_guest *g = m->priv;
    uint64_t first = frame(g, va), offset = va % PITH_PAGE, n = PITH_PAGE - offset;
    while (n < len && frame(g, va + n) == first + offset + n)
        n += PITH_PAGE;
    *host = g->ram + first + offset;
    return n < len ? n : len;
}
