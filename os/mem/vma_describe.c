/* Mappings as text, for /proc/self/maps: see mem/vma.h. */
#include "base/host.h"
#include "base/string.h"
#include "mem/commit.h"
#include "mem/layout.h"
#include "mem/vma_tree.h"

#include <asm-generic/mman-common.h>
#include <linux/elf.h>
#include <linux/mman.h>

u64 vma_resident_bytes(void)
{
    return mem_committed + (host_boot->mem_end - host_boot->mem_start) +
           (host_boot->image_end - host_boot->image_start);
}

static void line_of(char *line, size_t size, u64 start, u64 end, const char *mode, u64 offset,
                    const char *name)
{
    str_format(line, size, "%lx-%lx %s %08lx 00:00 0%s%s\n", start, end, mode, offset,
               *name ? "                          " : "", name);
}

/* The image's segments, as its program headers have them. */
static u64 describe_image(u64 addr, char *line, size_t size)
{
    const Elf64_Phdr *p = (const Elf64_Phdr *)host_boot->phdr;
    for (u32 i = 0; p && i < host_boot->phnum; i++, p++) {
        u64 end = PAGE_UP(p->p_vaddr + p->p_memsz);
        if (p->p_type != PT_LOAD || end <= addr)
            continue;
        char mode[5] = {p->p_flags & PF_R ? 'r' : '-', p->p_flags & PF_W ? 'w' : '-',
                        p->p_flags & PF_X ? 'x' : '-', 'p', 0};
        line_of(line, size, ROUND_DOWN(p->p_vaddr, PAGE_SIZE), end, mode,
                ROUND_DOWN(p->p_offset, PAGE_SIZE), (const char *)host_boot->execfn);
        return end;
    }
    return 0;
}

u64 vma_describe(u64 addr, char *line, size_t size)
{
    if (addr < host_boot->image_end) {
        u64 end = describe_image(addr, line, size);
        if (end)
            return end;
    }
    struct vma *v = vma_of(range_find(vma_root, addr));
    if (!v)
        return 0;
    char mode[5] = {v->prot & PROT_READ ? 'r' : '-', v->prot & PROT_WRITE ? 'w' : '-',
                    v->prot & PROT_EXEC ? 'x' : '-', v->flags & MAP_SHARED ? 's' : 'p', 0};
    char name[128] = "";
    if (v->object && v->object->ops->name)
        v->object->ops->name(v->object, name, sizeof(name));
    else if (v->r.end == PITH_STACK_TOP)
        str_copy(name, "[stack]", sizeof(name));
    else if (v->r.start >= MEM_BRK_START && v->r.end <= MEM_BRK_END)
        str_copy(name, "[heap]", sizeof(name));
    line_of(line, size, v->r.start, v->r.end, mode, v->offset, name);
    return v->r.end;
}
