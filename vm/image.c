/* The image behind the base, which whoever joined them has checked (pith/join.h), becomes memory.
 * Pages of the file become pages of the image as they lie; copied are the ends of data, where the
 * file has bytes of other segments beside it.
 */
#include "internal.h"

void vm_image_check(void)
{
    if (vm_joined.image == 0)
        vm_stop("no image was joined to this base: pith image --format elf does it");
    if (!vm_reach(vm_joined.image, vm_joined.size))
        vm_stop("its unikernel lies out of reach");
}

/* A new page for `va` with the bytes of the segment that belong there. */
static u64 edge(const struct pith_joined_segment *s, u64 va)
{
    u64 start = s->va > va ? s->va : va, end = s->va + s->filesz, phys = vm_page_image();
    if (end > va + PAGE)
        end = va + PAGE;
    if (phys && end > start)
        memcpy((u8 *)vm_at(phys) + start % PAGE,
               (u8 *)vm_at(vm_joined.image) + s->offset + (start - s->va), end - start);
    return phys;
}

void vm_segment_map(const struct pith_joined_segment *s)
{
    u64 flags = vm_pte_flags((unsigned)s->prot), *e = NULL;
    for (u64 va = PAGE_DOWN(s->va); va < s->va + s->memsz; va += PAGE, e++) {
        u64 phys = vm_joined.image + s->offset - s->va + va;
        if (s->prot & PITH_PROT_WRITE && (va < s->va || va + PAGE > s->va + s->filesz))
            phys = edge(s, va);
        if (!e || va % HUGE == 0)
            e = vm_entry_make(va, 0);
        if (!phys || !e)
            vm_too_small();
        *e = phys | flags;
    }
}

void vm_image_map(void)
{
    for (u32 i = 0; i < vm_joined.nsegments; i++)
        vm_segment_map(&vm_joined.segment[i]);
}

bool vm_wants(u32 type)
{
    return type < 64 && (vm_joined.devices >> type & 1);
}
