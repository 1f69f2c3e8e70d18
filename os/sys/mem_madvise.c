/* madvise (Linux madvise(2)). Advice that is only about speed is accepted and changes nothing. */
#include "base/uaccess.h"
#include "mem/alloc.h"
#include "mem/commit.h"
#include "mem/vma_tree.h"
#include "sys/mem.h"

#include <asm-generic/mman-common.h>

static void drop(u64 from, u64 to)
{
    for (u64 at = from; at < to;) {
        struct vma *v = vma_of(range_find(vma_root, at));
        if (!v || v->r.start >= to)
            return;
        u64 start = MAX(at, v->r.start), end = MIN(to, v->r.end);
        if (v->touched) {
            mem_decommit(start, end - start);
            if (start == v->r.start && end == v->r.end)
                v->touched = 0;
        }
        at = v->r.end;
    }
}

static int populate(u64 from, u64 to, bool write)
{
    return user_touch((const void *)from, to - from, write);
}

long pith_sys_madvise(u64 addr, u64 len, int advice)
{
    u64 end = addr + PAGE_UP(len);
    if (addr & ~PAGE_MASK || end < addr || (len && end == addr))
        return -EINVAL;
    switch (advice) {
    case MADV_NORMAL:
    case MADV_RANDOM:
    case MADV_SEQUENTIAL:
    case MADV_WILLNEED:
    case MADV_DONTFORK:
    case MADV_DOFORK:
    case MADV_HUGEPAGE:
    case MADV_NOHUGEPAGE:
    case MADV_MERGEABLE:
    case MADV_UNMERGEABLE:
    case MADV_DONTDUMP:
    case MADV_DODUMP:
    case MADV_COLD:
    case MADV_PAGEOUT:
        break;
    case MADV_DONTNEED:
    case MADV_FREE:
    case MADV_POPULATE_READ:
    case MADV_POPULATE_WRITE:
        break;
    default:
        return -EINVAL;
    }
    if (!len)
        return 0;
    bool covered = vma_covers(addr, end);
    if (advice == MADV_FREE && covered && vma_at(addr)->object)
        return -EINVAL;
    /* As on Linux, memory that may be freed is taken when memory is wanted. */
    if (advice == MADV_DONTNEED || (advice == MADV_FREE && mem_free_bytes() < mem_total() / 2))
        drop(addr, end);
    if (!covered)
        return -ENOMEM;
    if (advice == MADV_POPULATE_READ || advice == MADV_POPULATE_WRITE)
        return populate(addr, end, advice == MADV_POPULATE_WRITE);
    return 0;
}
