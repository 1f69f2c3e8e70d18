/* sched_getaffinity(2), sched_setaffinity(2): one virtual CPU, number 0. */
#include "base/uaccess.h"
#include "sys/id.h"
#include "sys/misc.h"

long pith_sys_sched_getaffinity(int pid, size_t size, void *mask)
{
    const u64 cpus = 1;
    if (size < sizeof(cpus) || size % sizeof(cpus))
        return -EINVAL;
    if (!id_is_self(pid))
        return -ESRCH;
    return USER_PUT((u64 *)mask, &cpus) ? -EFAULT : (long)sizeof(cpus);
}

long pith_sys_sched_setaffinity(int pid, size_t size, const void *mask)
{
    u8 first = 0;
    if (size && user_copy(&first, mask, 1))
        return -EFAULT;
    if (!id_is_self(pid))
        return -ESRCH;
    return first & 1 ? 0 : -EINVAL;
}
