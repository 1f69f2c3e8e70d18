/* mincore (Linux mincore(2)): what the host has committed. The image is always there. */
#include "base/host.h"
#include "base/uaccess.h"
#include "mem/vma_tree.h"
#include "sys/mem.h"

static long query(u64 addr, u64 pages, unsigned char *vec)
{
    unsigned char there[PITH_QUERY_MAX];
    for (u64 done = 0; done < pages;) {
        u64 n = MIN(pages - done, PITH_QUERY_MAX);
        long r = host_call(PITH_HC_MEM, PITH_MEM_QUERY, (long)(addr + done * PAGE_SIZE),
                           (long)(n * PAGE_SIZE), (long)there);
        if (r < 0)
            return r;
        if (user_copy(vec + done, there, n) < 0)
            return -EFAULT;
        done += n;
    }
    return 0;
}

long pith_sys_mincore(u64 addr, u64 len, unsigned char *vec)
{
    u64 end = addr + PAGE_UP(len);
    if (addr & ~PAGE_MASK)
        return -EINVAL;
    if (end < addr)
        return -ENOMEM;
    if (user_touch(vec, PAGE_UP(len) / PAGE_SIZE, true) < 0)
        return -EFAULT;
    if (addr >= host_boot->image_start && end <= PAGE_UP(host_boot->image_end)) {
        for (u64 i = 0; i < (end - addr) / PAGE_SIZE; i++)
            vec[i] = 1;
        return 0;
    }
    if (!vma_covers(addr, end))
        return -ENOMEM;
    return query(addr, (end - addr) / PAGE_SIZE, vec);
}
