/* See mem/commit.h. */
#include "mem/commit.h"

#include "mem/alloc.h"
#include "mem/layout.h"

/* What is taken for free, of all that is in use, once the host has given more than it told of. */
#define GROWN_SHARE 16

u64 mem_committed;

int mem_commit(u64 addr, u64 len, u32 prot)
{
    long pages = host_call(PITH_HC_MEM, PITH_MEM_COMMIT, (long)addr, (long)len, prot);
    /* What the OS has idle is the program's before it is refused. */
    if (pages == -ENOMEM && addr >= MEM_KERNEL_END && mem_pages_reclaim())
        pages = host_call(PITH_HC_MEM, PITH_MEM_COMMIT, (long)addr, (long)len, prot);
    if (pages < 0)
        return (int)pages;
    mem_committed += (u64)pages * PAGE_SIZE;
    return 0;
}

void mem_decommit(u64 addr, u64 len)
{
    long pages = host_call(PITH_HC_MEM, PITH_MEM_DECOMMIT, (long)addr, (long)len, 0);
    ASSERT(pages >= 0);
    mem_committed -= (u64)pages * PAGE_SIZE;
}

int mem_protect(u64 addr, u64 len, u32 prot)
{
    return (int)host_call(PITH_HC_MEM, PITH_MEM_PROTECT, (long)addr, (long)len, prot);
}

u64 mem_total(void)
{
    return host_boot->ram_bytes;
}

u64 mem_free_bytes(void)
{
    u64 told = host_boot->ram_free;
    /* A container's limit can be raised while it runs. How far nobody says: there is more as long
     * as the host gives more. */
    return mem_committed > told ? mem_committed / GROWN_SHARE : told - mem_committed;
}
