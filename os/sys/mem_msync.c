/* msync (Linux msync(2)): anonymous memory has nothing to write; objects write their own. */
#include "mem/vma_tree.h"
#include "sys/mem.h"

#include <asm-generic/mman-common.h>
#include <linux/mman.h>

long pith_sys_msync(u64 addr, u64 len, int flags)
{
    u64 end = addr + PAGE_UP(len);
    if (addr & ~PAGE_MASK || flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC) ||
        (flags & MS_ASYNC && flags & MS_SYNC))
        return -EINVAL;
    if (end < addr)
        return -ENOMEM;
    for (u64 at = addr; at < end;) {
        struct vma *v = vma_at(at);
        if (!v)
            return -ENOMEM;
        u64 stop = MIN(end, v->r.end);
        if (v->object && v->object->ops->sync && flags & MS_SYNC && v->flags & MAP_SHARED) {
            int err = v->object->ops->sync(v->object, v->offset + (at - v->r.start), stop - at);
            if (err)
                return err;
        }
        at = stop;
    }
    return 0;
}
