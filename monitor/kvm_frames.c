/* Frames of guest physical memory and the slots that make them known to KVM.
 *
 * A free frame is always zero: fresh host memory is, and what is given back loses its host memory
 * at once (MADV_DONTNEED, which also drops every translation KVM has to it). Frames are taken in
 * runs as long as possible, because giving back and zapping cost by the run.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "kvm.h"

#define HUGE_FRAMES (KVM_HUGE / PITH_PAGE)

/* The first slot, and the largest step by which slots grow: both weigh what KVM sets up for a
 * slot (8 bytes a page) against how often more is needed. */
#define FIRST_SLOT (2ull << 20)
#define SLOT_STEP_MAX (64ull << 20)
/* From here on (a multiple of 2 MiB) a guest is large enough for huge pages behind it. */
#define HUGE_FROM (4ull << 20)

/* Makes [slots.end, slots.end + size) known to KVM. */
static int add_slot(struct kvm_guest *g, uint64_t size)
{
    struct kvm_userspace_memory_region region = {
        .slot = g->slots.count,
        .guest_phys_addr = g->slots.end,
        .memory_size = size,
        .userspace_addr = (uintptr_t)(g->ram + g->slots.end),
    };
    if (ioctl(g->vm, KVM_SET_USER_MEMORY_REGION, &region))
        return -errno;
    g->slots.count++;
    g->slots.end += size;
    return 0;
}

int kvm_forget(struct kvm_guest *g)
{
    /* Deleting a slot, any slot, makes KVM drop all its shadow pages or nested tables. */
    struct kvm_userspace_memory_region region = {
        .slot = g->slots.count,
        .guest_phys_addr = g->size,
        .memory_size = PITH_PAGE,
        .userspace_addr = (uintptr_t)g->ram,
    };
    if (ioctl(g->vm, KVM_SET_USER_MEMORY_REGION, &region))
        return -errno;
    region.memory_size = 0;
    g->forgotten++;
    return ioctl(g->vm, KVM_SET_USER_MEMORY_REGION, &region) ? -errno : 0;
}

void kvm_zap(struct kvm_guest *g, uint64_t gpa, uint64_t len)
{
    uint8_t *host = g->ram + gpa;
    /* Two changes of the host mapping that end where they began. */
    if (mprotect(host, len, PROT_READ) == 0 && mprotect(host, len, PROT_READ | PROT_WRITE) == 0)
        return;
    /* The host is out of memory for splitting the mapping: forget everything instead. */
    mprotect(host, len, PROT_READ | PROT_WRITE);
    kvm_forget(g);
}

int kvm_frames_start(struct kvm_guest *g, uint64_t first, struct host_error *err)
{
    uint64_t size = FIRST_SLOT;
    g->frames.next = first;
    while (size < first)
        size *= 2;
    int error = add_slot(g, size < g->size ? size : g->size);
    if (error)
        return host_fail(err, "KVM refuses the guest's memory: %s", strerror(-error));
    return 0;
}

/* One more slot behind the last; false: all memory is known already, or the host has no more. */
static bool grow(struct kvm_guest *g)
{
    uint64_t end = g->slots.end, step = end < SLOT_STEP_MAX ? end : SLOT_STEP_MAX;
    if (step > g->size - end)
        step = g->size - end;
    if (step == 0)
        return false;
    if (end >= HUGE_FROM)
        madvise(g->ram + end, step, MADV_HUGEPAGE);
    return add_slot(g, step) == 0;
}

/* Frames that are free again, a run of at most `want` from the first one found on. */
static uint64_t take_free(struct kvm_guest *g, uint64_t want, uint64_t *got)
{
    struct kvm_frames *f = &g->frames;
    uint64_t words = (f->next / PITH_PAGE + 63) / 64;
    for (uint64_t i = 0; i < words; i++) {
        uint64_t w = (f->hint + i) % words;
        if (f->free[w] == 0)
            continue;
        uint64_t at = w * 64 + (unsigned)__builtin_ctzll(f->free[w]), n = 0;
        while (n < want && (f->free[(at + n) / 64] >> ((at + n) % 64) & 1)) {
            f->free[(at + n) / 64] &= ~(1ull << ((at + n) % 64));
            n++;
        }
        f->hint = w;
        f->nfree -= n;
        *got = n;
        return at * PITH_PAGE;
    }
    return 0;
}

uint64_t kvm_frames_left(const struct kvm_guest *g)
{
    const struct kvm_frames *f = &g->frames;
    uint64_t left = f->nfree + (g->size - f->next) / PITH_PAGE;
    return left > f->kept ? left - f->kept : 0;
}

uint64_t kvm_frames_take(struct kvm_guest *g, uint64_t want, uint64_t *got)
{
    struct kvm_frames *f = &g->frames;
    uint64_t all = kvm_frames_left(g);
    if (want > all)
        want = all;
    if (want == 0)
        return 0;
    if (f->nfree)
        return take_free(g, want, got);
    if (f->next == g->slots.end && !grow(g))
        return 0;
    uint64_t at = f->next, left = (g->slots.end - at) / PITH_PAGE;
    *got = want < left ? want : left;
    f->next += *got * PITH_PAGE;
    return at;
}

/* The bitmap exists once a frame is free again. */
static bool have_bitmap(struct kvm_guest *g)
{
    struct kvm_frames *f = &g->frames;
    if (f->free)
        return true;
    /* A word more than needed: searches look one frame past the last. */
    uint64_t bytes = (g->size / PITH_PAGE / 64 + 2) * 8;
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    if (p == MAP_FAILED)
        return false;
    f->free = p;
    return true;
}

static void mark_free(struct kvm_frames *f, uint64_t gpa, uint64_t count)
{
    for (uint64_t i = gpa / PITH_PAGE; i < gpa / PITH_PAGE + count; i++)
        f->free[i / 64] |= 1ull << (i % 64);
    f->nfree += count;
    if (gpa / PITH_PAGE / 64 < f->hint)
        f->hint = gpa / PITH_PAGE / 64;
}

#define WORDS (HUGE_FRAMES / 64)

static uint64_t take_free_large(struct kvm_frames *f)
{
    for (uint64_t w = HUGE_FROM / PITH_PAGE / 64; (w + WORDS) * 64 * PITH_PAGE <= f->next;
         w += WORDS) {
        uint64_t all = ~0ull;
        for (unsigned i = 0; i < WORDS; i++)
            all &= f->free[w + i];
        if (all != ~0ull)
            continue;
        for (unsigned i = 0; i < WORDS; i++)
            f->free[w + i] = 0;
        f->nfree -= HUGE_FRAMES;
        return w * 64 * PITH_PAGE;
    }
    return 0;
}

uint64_t kvm_frames_take_large(struct kvm_guest *g)
{
    struct kvm_frames *f = &g->frames;
    if (kvm_frames_left(g) <= HUGE_FRAMES || !have_bitmap(g))
        return 0;
    uint64_t gpa = f->nfree >= HUGE_FRAMES ? take_free_large(f) : 0;
    if (gpa)
        return gpa;
    gpa = (f->next + KVM_HUGE - 1) & ~(KVM_HUGE - 1);
    if (gpa < HUGE_FROM)
        gpa = HUGE_FROM;
    while (gpa + KVM_HUGE > g->slots.end)
        if (!grow(g))
            return 0;
    mark_free(f, f->next, (gpa - f->next) / PITH_PAGE);
    f->next = gpa + KVM_HUGE;
    return gpa;
}

void kvm_frames_give(struct kvm_guest *g, uint64_t gpa, uint64_t count)
{
    /* Without a bitmap, or if the host keeps the memory (it never refuses for a mapping like
     * ours), the frames are lost to this guest; nothing else is wrong. */
    if (madvise(g->ram + gpa, count * PITH_PAGE, MADV_DONTNEED) || !have_bitmap(g))
        kvm_zap(g, gpa, count * PITH_PAGE);
    else
        mark_free(&g->frames, gpa, count);
}
