/* munmap (Linux munmap(2)): holes are no error. */
#include "mem/vma_tree.h"
#include "sys/mem.h"

#define TASK_END 0x7ffffffff000ull /* Linux's TASK_SIZE on x86-64 */

long pith_sys_munmap(u64 addr, u64 len)
{
    if (addr & ~PAGE_MASK || !len || PAGE_UP(len) == 0 || PAGE_UP(len) > TASK_END ||
        addr > TASK_END - PAGE_UP(len))
        return -EINVAL;
    int err = vma_split_range(addr, addr + PAGE_UP(len));
    if (err)
        return err;
    vma_remove(addr, addr + PAGE_UP(len));
    return 0;
}
