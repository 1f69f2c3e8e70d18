/* brk (Linux brk(2)): the break, or where it stays if it cannot be moved. */
#include "mem/layout.h"
#include "mem/vma_tree.h"
#include "sys/mem.h"

#include <asm-generic/mman-common.h>
#include <linux/mman.h>

long pith_sys_brk(u64 addr)
{
    static u64 now = MEM_BRK_START;
    u64 from = PAGE_UP(now), to = PAGE_UP(addr);
    if (addr < MEM_BRK_START || addr > MEM_BRK_END)
        return (long)now;
    if (to > from && vma_map(from, to - from, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, NULL, 0) < 0)
        return (long)now;
    if (to < from && pith_sys_munmap(to, from - to) < 0)
        return (long)now;
    now = addr;
    return (long)now;
}
