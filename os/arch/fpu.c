/* FPU and vector state of interrupted code: see arch/context.h. XSAVE where the host has it. */
#include "arch/context.h"
#include "base/host.h"

size_t arch_fpu_size(void)
{
    return host_boot->xsave_size ? host_boot->xsave_size : 512;
}

void arch_fpu_save(void *area)
{
    if (host_boot->xsave_size)
        __asm__ volatile("xsave64 (%0)" ::"r"(area), "a"(-1), "d"(-1) : "memory");
    else
        __asm__ volatile("fxsave64 (%0)" ::"r"(area) : "memory");
}

void arch_fpu_load(const void *area)
{
    if (host_boot->xsave_size)
        __asm__ volatile("xrstor64 (%0)" ::"r"(area), "a"(-1), "d"(-1) : "memory");
    else
        __asm__ volatile("fxrstor64 (%0)" ::"r"(area) : "memory");
}
