/* The guest's pages: see machine.h for each function and kvm.h for what keeps translations true.
 *
 * Order matters: an entry is cleared or reduced first, then KVM is made to drop what it made of
 * it. Frames that lie side by side are treated as one run, because both steps cost by the call.
 */
#include <errno.h>
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

static void run_add(struct kvm_guest *g, struct run *run, uint64_t gpa, bool give)
{
    if (run->count && (gpa != run->gpa + run->count * PITH_PAGE || give != run->give))
        run_end(g, run);
    if (run->count == 0) {
        run->gpa = gpa;
        run->give = give;
    }
    run->count++;
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

int kvm_map(struct mon *m, uint64_t va, uint64_t len, unsigned prot)
{
    struct kvm_guest *g = m->priv;
    uint64_t flags = kvm_pte_flags(prot), done = 0;
    if (room(g, va, len, len / PITH_PAGE))
        return -ENOMEM;
    while (done < len) {
        uint64_t got, gpa = kvm_frames_take(g, (len - done) / PITH_PAGE, &got);
        if (gpa == 0) {
            if (done)
                kvm_unmap(m, va, done);
            return -ENOMEM;
        }
        if (g->running && got > 1 && len <= POPULATE_MAX)
            madvise(g->ram + gpa, got * PITH_PAGE, MADV_POPULATE_WRITE);
        for (uint64_t i = 0; i < got; i++)
            *kvm_pte(g, va + done + i * PITH_PAGE) = (gpa + i * PITH_PAGE) | flags;
        done += got * PITH_PAGE;
    }
    return 0;
}

uint64_t kvm_unmap(struct mon *m, uint64_t va, uint64_t len)
{
    struct kvm_guest *g = m->priv;
    struct run run = {0};
    for (uint64_t at = va; at < va + len; at += PITH_PAGE) {
        uint64_t *pte = kvm_pte(g, at), gpa = *pte & KVM_PTE_FRAME;
        *pte = 0;
        run_add(g, &run, gpa, drop_name(g, gpa));
    }
    run_end(g, &run);
    return run.given * PITH_PAGE;
}

int kvm_protect(struct mon *m, uint64_t va, uint64_t len, unsigned prot)
{
    struct kvm_guest *g = m->priv;
    struct run run = {0};
    const uint64_t rights = KVM_PTE_PRESENT | KVM_PTE_WRITE;
    uint64_t flags = kvm_pte_flags(prot);
    for (uint64_t at = va; at < va + len; at += PITH_PAGE) {
        uint64_t *pte = kvm_pte(g, at), old = *pte;
        *pte = (old & KVM_PTE_FRAME) | flags;
        bool reduced = (old & rights & ~flags) || (flags & ~old & KVM_PTE_NX);
        if ((old & KVM_PTE_PRESENT) && reduced)
            run_add(g, &run, old & KVM_PTE_FRAME, false);
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
    if (room(g, va, len, 0))
        return -ENOMEM;
    for (uint64_t i = 0; i < len; i += PITH_PAGE) {
        uint64_t *pte = kvm_pte(g, src + i);
        *kvm_pte(g, va + i) = *pte;
        if (*pte & KVM_PTE_PRESENT)
            run_add(g, &run, *pte & KVM_PTE_FRAME, false);
        *pte = 0;
    }
    run_end(g, &run);
    return 0;
}

size_t kvm_span(struct mon *m, uint64_t va, size_t len, void **host)
{
    struct kvm_guest *g = m->priv;
    uint64_t first = *kvm_pte(g, va) & KVM_PTE_FRAME, offset = va % PITH_PAGE;
    uint64_t n = PITH_PAGE - offset;
    while (n < len) {
        uint64_t next = *kvm_pte(g, va + n) & KVM_PTE_FRAME;
        if (next != first + offset + n)
            break;
        n += PITH_PAGE;
    }
    *host = g->ram + first + offset;
    return n < len ? n : len;
}
