/* mprotect (Linux mprotect(2)). The image's own pages are the host's to protect. */
#include "base/host.h"
#include "mem/commit.h"
#include "mem/vma_tree.h"
#include "sys/mem.h"

#include <asm-generic/mman-common.h>
#include <linux/mman.h>

static bool in_image(u64 addr, u64 len)
{
    return addr >= host_boot->image_start && addr < host_boot->image_end &&
           addr + len <= PAGE_UP(host_boot->image_end);
}

long pith_sys_mprotect(u64 addr, u64 len, u32 prot)
{
    if (addr & ~PAGE_MASK)
        return -EINVAL;
    if (!len)
        return 0;
    u64 end = addr + PAGE_UP(len);
    if (end <= addr)
        return -ENOMEM;
    if (prot & ~(u32)(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM | PROT_GROWSDOWN))
        return -EINVAL;
    if (prot & PROT_EXEC && vma_exec() < 0)
        return -EACCES; /* data is never executable */
    if (in_image(addr, end - addr))
        return mem_protect(addr, end - addr, vma_host_prot(prot));
    if (!vma_covers(addr, end))
        return -ENOMEM;
    int err = vma_split_range(addr, end);
    if (err)
        return err;
    for (u64 at = addr; at < end && prot & PROT_WRITE; at = vma_at(at)->r.end)
        if (vma_at(at)->read_only)
            return -EACCES;
    bool touched = false;
    for (u64 at = addr; at < end;) {
        struct vma *v = vma_at(at);
        at = v->r.end;
        v->prot = prot & (PROT_READ | PROT_WRITE | PROT_EXEC);
        v->written |= prot & PROT_WRITE;
        if (v->shown && v->flags & MAP_PRIVATE && prot & (PROT_WRITE | PROT_EXEC))
            vma_unshow(v);
        touched |= v->touched != 0;
    }
    if (touched && (err = mem_protect(addr, end - addr, vma_host_prot(prot))))
        return err;
    for (u64 at = addr; at < end;) {
        struct vma *v = vma_at(at);
        at = v->r.end;
        /* Of pages that are not written yet the file wants to hear. */
        if (prot & PROT_WRITE && v->object && v->object->ops->dirty && v->flags & MAP_SHARED &&
            !v->shown)
            mem_protect(v->r.start, v->r.end - v->r.start, vma_host_prot(prot) & ~PITH_PROT_WRITE);
        vma_join(v);
    }
    return 0;
}
