/* mlock and its family (Linux mlock(2)): guest memory is never swapped by the guest, so locking
 * is having it committed. */
#include "base/uaccess.h"
#include "mem/vma_tree.h"
#include "sys/mem.h"

#include <asm-generic/mman-common.h>

static long lock(u64 addr, u64 len)
{
    u64 start = ROUND_DOWN(addr, PAGE_SIZE), end = PAGE_UP(addr + len);
    if (end < start)
        return -EINVAL;
    for (u64 at = start; at < end; at += PAGE_SIZE)
        if (user_touch((const void *)at, 1, false) < 0)
            return -ENOMEM;
    return 0;
}

long pith_sys_mlock(u64 addr, u64 len)
{
    return lock(addr, len);
}

long pith_sys_mlock2(u64 addr, u64 len, int flags)
{
    if (flags & ~1 /* MLOCK_ONFAULT */)
        return -EINVAL;
    return flags ? 0 : lock(addr, len);
}

long pith_sys_munlock(u64 addr, u64 len)
{
    u64 start = ROUND_DOWN(addr, PAGE_SIZE), end = PAGE_UP(addr + len);
    return end < start ? -EINVAL : start < end && !vma_covers(start, end) ? -ENOMEM : 0;
}

long pith_sys_mlockall(int flags)
{
    return !flags || flags & ~7 ? -EINVAL : 0;
}

long pith_sys_munlockall(void)
{
    return 0;
}
