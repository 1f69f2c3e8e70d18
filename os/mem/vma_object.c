/* Pages of file mappings: see vma_fault_object in mem/vma_tree.h.
 *
 * Private pages are filled by the object when first touched. Shared ones are second names of
 * the object's own pages.
 */
#include "base/host.h"
#include "mem/commit.h"
#include "mem/vma_tree.h"

#include <asm-generic/mman-common.h>
#include <linux/mman.h>

static int fill_private(struct vma *v, u64 page, u64 offset)
{
    int err = mem_commit(page, PAGE_SIZE, PITH_PROT_READ | PITH_PROT_WRITE);
    if (err)
        return err;
    err = v->object->ops->fill(v->object, offset, (void *)page, PAGE_SIZE);
    if (err) {
        mem_decommit(page, PAGE_SIZE);
        return -EFAULT;
    }
    if (vma_host_prot(v->prot) != (PITH_PROT_READ | PITH_PROT_WRITE))
        return mem_protect(page, PAGE_SIZE, vma_host_prot(v->prot));
    return 0;
}

static int alias_shared(struct vma *v, u64 page, u64 offset)
{
    void *source;
    int err = v->object->ops->share(v->object, offset, &source);
    if (err)
        return err == -ENOMEM ? err : -EFAULT;
    long got = host_call(PITH_HC_MEM, PITH_MEM_ALIAS, (long)page, PAGE_SIZE, (long)source);
    if (got < 0)
        return (int)got;
    return mem_protect(page, PAGE_SIZE, vma_host_prot(v->prot));
}

int vma_fault_object(struct vma *v, u64 page)
{
    u64 offset = v->offset + (page - v->r.start);
    int err = v->flags & MAP_SHARED ? alias_shared(v, page, offset) : fill_private(v, page, offset);
    if (!err)
        v->touched += PAGE_SIZE;
    return err;
}

long vma_map_object(u64 addr, u64 len, u32 prot, u32 flags, struct mem_object *object, u64 offset)
{
    return vma_map(addr, len, prot, flags, object, offset);
}

void vma_truncate(struct mem_object *object, u64 size)
{
    for (struct vma *v = vma_of(range_find(vma_root, 0)); v;
         v = vma_of(range_find(vma_root, v->r.end))) {
        u64 keep = PAGE_UP(size) > v->offset ? PAGE_UP(size) - v->offset : 0;
        if (v->object == object && v->touched && keep < v->r.end - v->r.start)
            mem_decommit(v->r.start + keep, v->r.end - v->r.start - keep);
    }
}
