/* mremap (Linux mremap(2)): in place where there is room, else the pages move without a copy. */
#include "base/host.h"
#include "mem/commit.h"
#include "mem/layout.h"
#include "mem/vma_tree.h"
#include "sys/mem.h"

#include <linux/mman.h>

#include <asm-generic/mman-common.h>

static bool room_after(u64 end, u64 len)
{
    struct range *r = range_find(vma_root, end);
    return end + len <= MEM_MMAP_END && (end >= MEM_BRK_START || end + len <= PITH_STACK_TOP) &&
           end + len > end && (!r || r->start >= end + len);
}

/* Moves [old, old + old_len), one whole mapping, to a new mapping of new_len bytes. */
static long move(struct vma *v, u64 old, u64 old_len, u64 new_len, u32 flags, u64 new_addr)
{
    u32 how = (v->flags & (MAP_SHARED | MAP_PRIVATE | MAP_ANONYMOUS)) |
              (flags & MREMAP_FIXED ? MAP_FIXED : 0);
    long at = vma_map(new_addr, new_len, PROT_NONE, how, v->object, v->offset);
    if (at < 0)
        return at;
    v = vma_at(old); /* a fixed target may have split or joined others */
    u32 prot = v->prot;
    u64 keep = MIN(old_len, new_len);
    if (v->touched) {
        long moved = host_call(PITH_HC_MEM, PITH_MEM_MOVE, at, (long)keep, (long)old);
        if (moved < 0) {
            pith_sys_munmap((u64)at, new_len);
            return moved;
        }
    }
    /* The new mapping may have been joined with a neighbour of PROT_NONE. */
    int err = vma_split_range((u64)at, (u64)at + new_len);
    if (err)
        return err;
    struct vma *n = vma_at((u64)at);
    n->prot = prot;
    n->written = v->written;
    n->touched = v->touched;
    n->shown = v->shown;
    if (flags & MREMAP_DONTUNMAP)
        v->touched = 0;
    else
        vma_remove(old, old + old_len);
    if (!n->object)
        vma_join(n);
    return at;
}

long pith_sys_mremap(u64 old, u64 old_len, u64 new_len, u32 flags, u64 new_addr)
{
    if (old & ~PAGE_MASK || flags & ~(u32)(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP) ||
        (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) && !(flags & MREMAP_MAYMOVE)))
        return -EINVAL;
    if (flags & MREMAP_DONTUNMAP && PAGE_UP(old_len) != PAGE_UP(new_len))
        return -EINVAL;
    old_len = PAGE_UP(old_len);
    new_len = PAGE_UP(new_len);
    if (!new_len)
        return -EINVAL;
    if (new_len > MEM_MMAP_END - MEM_MMAP_START)
        return flags & MREMAP_FIXED ? -EINVAL : -ENOMEM;
    if (flags & MREMAP_FIXED &&
        (new_addr & ~PAGE_MASK || (old + old_len > new_addr && new_addr + new_len > old)))
        return -EINVAL;
    struct vma *v = vma_at(old);
    if (!v)
        return -EFAULT;
    if (!old_len)
        return -EINVAL; /* a second mapping of shared pages: only what mmap gives */
    if (old + old_len > v->r.end)
        return -EFAULT;
    if (!(flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))) {
        if (new_len <= old_len)
            return new_len == old_len || !pith_sys_munmap(old + new_len, old_len - new_len)
                       ? (long)old
                       : -ENOMEM;
        if (new_len - old_len > vma_limit - MIN(vma_bytes, vma_limit))
            return -ENOMEM;
        if (old + old_len == v->r.end && room_after(v->r.end, new_len - old_len)) {
            range_resize(&vma_root, &v->r, v->r.start, old + new_len);
            vma_bytes += new_len - old_len;
            if (!v->object)
                vma_join(v);
            return (long)old;
        }
        if (!(flags & MREMAP_MAYMOVE))
            return -ENOMEM;
    }
    int err = vma_split_range(old, old + old_len);
    if (err)
        return err;
    return move(vma_at(old), old, old_len, new_len, flags, new_addr);
}
