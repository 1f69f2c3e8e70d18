/* The guest's page tables: four levels, 4 KiB pages (AMD64 APM vol. 2, 5.3), built by the host in
 * guest physical frames that no entry ever names, so the guest can neither see nor write them.
 * Rights are decided by the last level; the levels above grant all.
 */
#include <errno.h>
#include <stddef.h>

#include "kvm.h"

static uint64_t *entries(const struct kvm_guest *g, uint64_t entry)
{
    return (uint64_t *)(void *)(g->ram + (entry & KVM_PTE_FRAME));
}

static unsigned place(uint64_t va, unsigned level)
{
    return (va >> (12 + 9 * level)) & 511;
}

int kvm_tables_start(struct kvm_guest *g)
{
    uint64_t got;
    g->root = kvm_frames_take(g, 1, &got);
    return g->root ? 0 : -ENOMEM;
}

uint64_t *kvm_directory(const struct kvm_guest *g, uint64_t va)
{
    uint64_t entry = g->root;
    for (unsigned level = 3; level > 1; level--) {
        entry = entries(g, entry)[place(va, level)];
        if (!(entry & KVM_PTE_PRESENT))
            return NULL;
    }
    return &entries(g, entry)[place(va, 1)];
}

uint64_t *kvm_table(const struct kvm_guest *g, uint64_t va)
{
    const uint64_t *slot = kvm_directory(g, va);
    if (slot == NULL || !(*slot & KVM_PTE_PRESENT) || (*slot & KVM_PTE_LARGE))
        return NULL;
    return entries(g, *slot);
}

static int link_table(struct kvm_guest *g, uint64_t *slot)
{
    uint64_t got, gpa = kvm_frames_take(g, 1, &got);
    if (gpa == 0)
        return -ENOMEM;
    *slot = gpa | KVM_PTE_PRESENT | KVM_PTE_WRITE | KVM_PTE_USER | KVM_PTE_TOUCHED;
    return 0;
}

/* The region's directory entry, with a directory made for it; NULL: no memory. */
static uint64_t *make_directory(struct kvm_guest *g, uint64_t va)
{
    uint64_t entry = g->root;
    for (unsigned level = 3; level > 1; level--) {
        uint64_t *slot = &entries(g, entry)[place(va, level)];
        if (!(*slot & KVM_PTE_PRESENT) && link_table(g, slot))
            return NULL;
        entry = *slot;
    }
    return &entries(g, entry)[place(va, 1)];
}

/* An entry without a page becomes fit for anything. */
static int refresh(struct kvm_guest *g, uint64_t *slot)
{
    if ((*slot & KVM_PTE_STALE) && *slot >> 12 == g->forgotten) {
        int error = kvm_forget(g);
        if (error)
            return error;
    }
    *slot = 0;
    return 0;
}

static int make(struct kvm_guest *g, uint64_t va)
{
    uint64_t *slot = make_directory(g, va);
    if (slot == NULL || refresh(g, slot))
        return -ENOMEM;
    return link_table(g, slot);
}

int kvm_tables_make(struct kvm_guest *g, uint64_t va, uint64_t len)
{
    for (uint64_t at = va & ~(KVM_HUGE - 1); at < va + len; at += KVM_HUGE) {
        int error = kvm_table(g, at) ? 0 : make(g, at);
        if (error)
            return error;
    }
    return 0;
}

uint64_t kvm_pte_flags(unsigned prot)
{
    uint64_t flags = KVM_PTE_MAPPED | KVM_PTE_USER | KVM_PTE_TOUCHED;
    if (prot & (PITH_PROT_READ | PITH_PROT_WRITE | PITH_PROT_EXEC))
        flags |= KVM_PTE_PRESENT;
    if (prot & PITH_PROT_WRITE)
        flags |= KVM_PTE_WRITE;
    if (!(prot & PITH_PROT_EXEC))
        flags |= KVM_PTE_NX;
    return flags;
}

/* A guest that keeps breaking large pages up does better without them: each time costs it all its
 * translations. */
#define SPLITS_MAX 64

bool kvm_tables_large(struct kvm_guest *g, uint64_t va, uint64_t flags)
{
    if (g->splits >= SPLITS_MAX || kvm_table(g, va))
        return false;
    uint64_t *slot = make_directory(g, va);
    if (slot == NULL || refresh(g, slot))
        return false;
    uint64_t gpa = kvm_frames_take_large(g);
    if (gpa == 0)
        return false;
    g->frames.kept++;
    *slot = gpa | flags | KVM_PTE_LARGE;
    return true;
}

void kvm_tables_drop_large(struct kvm_guest *g, uint64_t *slot)
{
    *slot = g->forgotten << 12 | KVM_PTE_STALE;
    g->frames.kept--;
}

static int split(struct kvm_guest *g, uint64_t *slot)
{
    uint64_t large = *slot, flags = large & ~(KVM_PTE_FRAME | KVM_PTE_LARGE);
    g->frames.kept--;
    if (link_table(g, slot)) {
        g->frames.kept++;
        return -ENOMEM;
    }
    uint64_t *table = entries(g, *slot);
    for (unsigned i = 0; i < 512; i++)
        table[i] = ((large & KVM_PTE_FRAME) + i * PITH_PAGE) | flags;
    return 0;
}

int kvm_tables_split(struct kvm_guest *g, uint64_t va, uint64_t len, bool edges)
{
    unsigned done = 0;
    for (uint64_t at = va & ~(KVM_HUGE - 1); at < va + len; at += KVM_HUGE) {
        uint64_t *slot = kvm_directory(g, at);
        bool inside = at >= va && at + KVM_HUGE <= va + len;
        if (slot == NULL || !(*slot & KVM_PTE_LARGE) || !(*slot & KVM_PTE_MAPPED) ||
            (edges && inside))
            continue;
        int error = split(g, slot);
        if (error)
            return error;
        done++;
    }
    g->splits += done != 0;
    return done ? kvm_forget(g) : 0;
}

static bool empty(const uint64_t *table)
{
    uint64_t any = 0;
    for (unsigned i = 0; i < 512; i++)
        any |= table[i];
    return any == 0;
}

/* Unlinks at most `room` empty last-level tables of the arena and lists their frames. */
static uint64_t unlink_empty(struct kvm_guest *g, uint64_t *list, uint64_t room)
{
    uint64_t found = 0;
    uint64_t *top = entries(g, g->root);
    for (unsigned i = place(PITH_ARENA_START, 3); i < place(PITH_ARENA_END, 3); i++) {
        if (!(top[i] & KVM_PTE_PRESENT))
            continue;
        for (unsigned j = 0; j < 512; j++) {
            uint64_t second = entries(g, top[i])[j];
            if (!(second & KVM_PTE_PRESENT))
                continue;
            for (unsigned k = 0; k < 512 && found < room; k++) {
                uint64_t *slot = &entries(g, second)[k];
                if (!(*slot & KVM_PTE_PRESENT) || (*slot & KVM_PTE_LARGE) ||
                    !empty(entries(g, *slot)))
                    continue;
                list[found++] = *slot & KVM_PTE_FRAME;
                *slot = 0;
            }
        }
    }
    return found;
}

/* Only when frames have run out. The tables are unlinked, then KVM forgets its copies of them,
 * then they may become something else. */
uint64_t kvm_tables_collect(struct kvm_guest *g)
{
    uint64_t list[256], total = 0, n;
    do {
        n = unlink_empty(g, list, sizeof list / sizeof *list);
        if (n && kvm_forget(g))
            return total; /* unlinked but still known: these frames are lost */
        for (uint64_t i = 0; i < n; i++)
            kvm_frames_give(g, list[i], 1);
        total += n;
    } while (n == sizeof list / sizeof *list);
    return total;
}
