/* PITH_HC_MEM (abi.h). What a page is stands in its entry: PTE_MAPPED, protection, PTE_SHARED. All
 * of a request is judged before any of it is done, as far as it can fail; loops are bounded by the
 * pages there are, plus one step for each table that is not there.
 */
#include "internal.h"

#define PROT_BITS (PITH_PROT_READ | PITH_PROT_WRITE | PITH_PROT_EXEC)

static bool in_arena(u64 va, u64 len)
{
    return va >= PITH_ARENA_START && va < PITH_ARENA_END && len <= PITH_ARENA_END - va;
}

/* The entry that decides about `at`, and where the next one begins, at most `end`. */
static u64 *look(u64 at, u64 end, u64 *next, unsigned *level)
{
    u64 *e = vm_entry(at, level);
    *next = (at | (vm_level_bytes(*level) - 1)) + 1;
    if (*next > end)
        *next = end;
    return e;
}

/* ---- further names of shared pages: a count for each frame, in pages of VM_COUNTS ---- */
static u32 *count_of(u64 phys, bool make)
{
    u64 va = VM_COUNTS + (phys / PAGE) * sizeof(u32);
    unsigned level;
    u64 *e = make ? vm_entry_make(va, 0) : vm_entry(va, &level);
    if (!e)
        return NULL;
    if (!*e) {
        u64 page = make ? vm_page_base() : 0;
        if (!page)
            return NULL;
        *e = page | PTE_PRESENT | PTE_WRITE | PTE_TOUCHED | PTE_NX;
    }
    return (u32 *)vm_at((*e & PTE_FRAME) + va % PAGE);
}

/* One name less. */
static void release(u64 entry, unsigned level)
{
    u64 phys = entry & PTE_FRAME;
    u32 *names = entry & PTE_SHARED ? count_of(phys, false) : NULL;
    if (names && *names)
        --*names;
    else if (level)
        vm_huge_image_give(phys);
    else
        vm_page_image_give(phys);
}

/* Large pages that reach out of [va, end) become small ones. */
static bool split_edges(u64 va, u64 end)
{
    const u64 edge[] = {va, end};
    bool done = false;
    for (unsigned i = 0; i < 2; i++) {
        unsigned level;
        u64 *e = vm_entry(edge[i], &level);
        if (edge[i] % HUGE == 0 || level != 1 || !(*e & PTE_MAPPED))
            continue;
        if (!vm_split(e))
            return false;
        done = true;
    }
    if (done)
        vm_flush_all();
    return true;
}

static u64 decommit(u64 va, u64 end)
{
    u64 gone = 0, next;
    unsigned level;
    for (u64 at = va; at < end; at = next) {
        u64 *e = look(at, end, &next, &level);
        if (!(*e & PTE_MAPPED))
            continue;
        release(*e, level);
        *e = 0;
        gone += (next - at) / PAGE;
    }
    return gone;
}

/* Tables of the range that became empty for sure: all of their 2 MiB lie in it. */
static void drop_tables(u64 va, u64 end)
{
    u64 next;
    for (u64 at = (va + HUGE - 1) & ~(HUGE - 1); at + HUGE <= end && at >= va; at = next) {
        unsigned level;
        vm_entry(at, &level);
        next = (at | (vm_level_bytes(level) - 1)) + 1;
        if (level)
            continue;
        next = at + HUGE;
        u64 *above = vm_entry_make(at, 1);
        if (above)
            vm_table_drop(above);
    }
}

static bool map_new(u64 va, u64 end, unsigned prot)
{
    const u64 flags = vm_pte_flags(prot) | PTE_NEW;
    u64 next;
    unsigned level;
    for (u64 at = va; at < end; at = next) {
        u64 *e = look(at, end, &next, &level);
        if (*e & PTE_MAPPED)
            continue;
        bool large = at % HUGE == 0 && end - at >= HUGE && level && !(prot & PITH_PROT_SHARED);
        u64 phys = large ? vm_huge_image() : 0;
        if (phys) {
            e = vm_entry_make(at, 1);
            next = at + HUGE;
            if (!e)
                vm_huge_image_give(phys);
            else
                *e = phys | flags | PTE_HUGE;
        } else {
            e = vm_entry_make(at, 0);
            phys = e ? vm_page_image() : 0;
            next = at + PAGE;
            if (phys)
                *e = phys | flags;
        }
        if (!e || !phys)
            return false;
    }
    return true;
}

/* All of the range gets `prot`; true: something that was accessible changed. */
static bool change(u64 va, u64 end, unsigned prot)
{
    const u64 bits = PTE_PRESENT | PTE_WRITE | PTE_NX, want = vm_pte_flags(prot) & bits;
    bool changed = false;
    unsigned level;
    u64 next;
    for (u64 at = va; at < end; at = next) {
        u64 *e = look(at, end, &next, &level);
        if (!(*e & PTE_MAPPED))
            continue;
        changed |= !(*e & PTE_NEW) && (*e & bits) != want;
        *e = (*e & ~(bits | PTE_NEW)) | want;
    }
    return changed;
}

static long commit(u64 va, u64 end, unsigned prot)
{
    u64 fresh = 0, next, room = vm_pages_left() * PAGE;
    unsigned level;
    for (u64 at = va; at < end; at = next) {
        u64 *e = look(at, end, &next, &level);
        if (!(*e & PTE_MAPPED))
            fresh += next - at;
        if (fresh > room)
            return -VM_ENOMEM;
    }
    if (!split_edges(va, end))
        return -VM_ENOMEM;
    if (fresh && !map_new(va, end, prot)) {
        for (u64 at = va; at < end; at = next) {
            u64 *e = look(at, end, &next, &level);
            if (*e & PTE_NEW) {
                release(*e, level);
                *e = 0;
            }
        }
        return -VM_ENOMEM;
    }
    if (change(va, end, prot & PROT_BITS))
        vm_flush(va, end - va);
    return (long)(fresh / PAGE);
}

/* Is nothing mapped there? */
static bool vacant(u64 va, u64 end)
{
    u64 next;
    unsigned level;
    for (u64 at = va; at < end; at = next)
        if (*look(at, end, &next, &level) & PTE_MAPPED)
            return false;
    return true;
}

static long alias(u64 va, u64 src, u64 len)
{
    unsigned level;
    if (!vacant(va, va + len))
        return -VM_EINVAL;
    for (u64 at = 0; at < len; at += PAGE) {
        u64 e = *vm_entry(src + at, &level);
        if (!(e & PTE_MAPPED) || !(e & PTE_SHARED))
            return -VM_EINVAL;
    }
    for (u64 at = 0; at < len; at += PAGE) {
        u64 from = *vm_entry(src + at, &level);
        u64 *to = vm_entry_make(va + at, 0);
        u32 *names = to ? count_of(from & PTE_FRAME, true) : NULL;
        if (!names || *names == ~0u) {
            decommit(va, va + at);
            return -VM_ENOMEM;
        }
        ++*names;
        *to = from;
    }
    return 0;
}

/* One run of the source that a single entry of the target can take; NULL: no memory. */
static u64 *target(u64 to, u64 at, unsigned level)
{
    unsigned there;
    vm_entry(to, &there);
    bool large = level == 1 && to % HUGE == 0 && at % HUGE == 0 && there >= 1;
    return vm_entry_make(to, large);
}

static long move(u64 va, u64 src, u64 len)
{
    u64 next, moved = 0;
    unsigned level;
    if ((va < src + len && src < va + len) || !vacant(va, va + len))
        return -VM_EINVAL;
    if (!split_edges(src, src + len))
        return -VM_ENOMEM;
    /* All that can fail comes first: tables of the target, and source pages cut to fit them. */
    for (u64 at = src; at < src + len; at = next) {
        u64 *e = look(at, src + len, &next, &level);
        if (!(*e & PTE_MAPPED))
            continue;
        unsigned there;
        vm_entry(va + (at - src), &there);
        if (level == 1 && ((va - src) % HUGE || there == 0)) {
            if (!vm_split(e))
                return -VM_ENOMEM;
            next = at;
            continue;
        }
        if (!target(va + (at - src), at, level))
            return -VM_ENOMEM;
    }
    for (u64 at = src; at < src + len; at = next) {
        u64 *e = look(at, src + len, &next, &level);
        if (!(*e & PTE_MAPPED))
            continue;
        *target(va + (at - src), at, level) = *e;
        *e = 0;
        moved += next - at;
    }
    drop_tables(src, src + len);
    vm_flush(src, len);
    return (long)(moved / PAGE);
}

static long query(u64 va, u64 end, u64 vec)
{
    u8 there[PITH_QUERY_MAX];
    u64 n = (end - va) / PAGE;
    if (n > PITH_QUERY_MAX)
        return -VM_EINVAL;
    for (u64 i = 0; i < n; i++)
        there[i] = vm_page(va + i * PAGE) != 0;
    return vm_copy_out(vec, there, n) ? -VM_EFAULT : 0;
}

/* The arena, or (for PROTECT) one writable segment of the image. */
static bool allowed(u64 op, u64 va, u64 len)
{
    if (in_arena(va, len))
        return true;
    for (unsigned i = 0; op == PITH_MEM_PROTECT && i < vm_joined.nsegments; i++) {
        const struct pith_joined_segment *s = &vm_joined.segment[i];
        u64 start = PAGE_DOWN(s->va), end = PAGE_UP(s->va + s->memsz);
        if ((s->prot & PITH_PROT_WRITE) && va >= start && va < end && len <= end - va)
            return true;
    }
    return false;
}

long vm_memory(u64 op, u64 va, u64 len, u64 arg)
{
    if (va % PAGE || len % PAGE || len == 0 || !allowed(op, va, len))
        return -VM_EINVAL;
    if (op == PITH_MEM_DECOMMIT) {
        if (!split_edges(va, va + len))
            return -VM_ENOMEM;
        long gone = (long)decommit(va, va + len);
        drop_tables(va, va + len);
        if (gone)
            vm_flush(va, len);
        return gone;
    }
    if (op == PITH_MEM_ALIAS)
        return arg % PAGE || !in_arena(arg, len) ? -VM_EINVAL : alias(va, arg, len);
    if (op == PITH_MEM_MOVE)
        return arg % PAGE || !in_arena(arg, len) ? -VM_EINVAL : move(va, arg, len);
    if (op == PITH_MEM_QUERY)
        return query(va, va + len, arg);
    if (op != PITH_MEM_COMMIT && op != PITH_MEM_PROTECT)
        return -VM_EINVAL;
    if (arg & ~(u64)(PROT_BITS | PITH_PROT_SHARED))
        return -VM_EINVAL;
    if ((arg & PITH_PROT_EXEC) && !vm_joined.jit)
        return -VM_EACCES;
    if (op == PITH_MEM_COMMIT)
        return commit(va, va + len, (unsigned)arg);
    if (!split_edges(va, va + len))
        return -VM_ENOMEM;
    if (change(va, va + len, (unsigned)arg & PROT_BITS))
        vm_flush(va, len);
    return 0;
}
