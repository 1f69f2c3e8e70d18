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

uint64_t *kvm_table(const struct kvm_guest *g, uint64_t va)
{
    uint64_t entry = g->root;
    for (unsigned level = 3; level > 0; level--) {
        entry = entries(g, entry)[place(va, level)];
        if (!(entry & KVM_PTE_PRESENT))
            return NULL;
    }
    return entries(g, entry);
}

static int make(struct kvm_guest *g, uint64_t va)
{
    uint64_t entry = g->root;
    for (unsigned level = 3; level > 0; level--) {
        uint64_t *slot = &entries(g, entry)[place(va, level)];
        if (!(*slot & KVM_PTE_PRESENT)) {
            uint64_t got, gpa = kvm_frames_take(g, 1, &got);
            if (gpa == 0)
                return -ENOMEM;
            *slot = gpa | KVM_PTE_PRESENT | KVM_PTE_WRITE | KVM_PTE_USER | KVM_PTE_TOUCHED;
        }
        entry = *slot;
    }
    return 0;
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
                if (!(*slot & KVM_PTE_PRESENT) || !empty(entries(g, *slot)))
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
