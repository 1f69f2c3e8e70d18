/* Lookups in the tree of mappings, which begins with the main stack. */
#include "base/host.h"
#include "mem/layout.h"
#include "mem/vma_tree.h"

#include <linux/mman.h>
#include <asm-generic/mman-common.h>

static struct vma stack = {
    .prot = PROT_READ | PROT_WRITE,
    .flags = MAP_PRIVATE | MAP_ANONYMOUS,
    .touched = PITH_BOOT_STACK,
    .r =
        {
            .start = PITH_STACK_TOP - MEM_STACK_BYTES,
            .end = PITH_STACK_TOP,
            .lo = PITH_STACK_TOP - MEM_STACK_BYTES,
            .hi = PITH_STACK_TOP,
            .biggest = MEM_STACK_BYTES,
            .priority = 1,
        },
};

struct range *vma_root = &stack.r;
u64 vma_bytes = MEM_STACK_BYTES;

struct vma *vma_at(u64 addr)
{
    struct vma *v = vma_of(range_find(vma_root, addr));
    return v && v->r.start <= addr ? v : NULL;
}

u64 vma_virtual_bytes(void)
{
    return vma_bytes + (host_boot->image_end - host_boot->image_start);
}
