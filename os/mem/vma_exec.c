/* vma_exec: see mem/vma.h. */
#include "base/host.h"
#include "mem/layout.h"
#include "mem/vma.h"

/* The host judges the protection before it looks for pages; this page is never committed. */
#define PROBE (MEM_KERNEL_END - PAGE_SIZE)

int vma_exec(void)
{
    return (int)host_call(PITH_HC_MEM, PITH_MEM_PROTECT, (long)PROBE, PAGE_SIZE,
                          PITH_PROT_READ | PITH_PROT_EXEC);
}
