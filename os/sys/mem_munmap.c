/* munmap (Linux munmap(2)): holes are no error. */
#include "mem/vma_tree.h"
#include "sys/mem.h"

long pith_sys_munmap(u64 addr, u64 len)
{
    if (addr & ~PAGE_MASK || !len || addr + PAGE_UP(len) < addr || PAGE_UP(len) == 0)
        return -EINVAL;
    int err = vma_split_range(addr, addr + PAGE_UP(len));
    if (err)
        return err;
    vma_remove(addr, addr + PAGE_UP(len));
    return 0;
}
