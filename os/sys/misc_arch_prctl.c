/* arch_prctl(2). */
#include "arch/context.h"
#include "base/uaccess.h"
#include "sched/thread.h"
#include "sys/misc.h"

#include <asm/prctl.h>

#define USER_END 0x0000800000000000ull

static long set_gs(u64 addr)
{
    __asm__ volatile("wrgsbase %0" ::"r"(addr));
    return 0;
}

static u64 get_gs(void)
{
    u64 addr;
    __asm__ volatile("rdgsbase %0" : "=r"(addr));
    return addr;
}

long pith_sys_arch_prctl(int code, u64 addr)
{
    u64 base;
    switch (code) {
    case ARCH_SET_FS:
        if (addr >= USER_END)
            return -EPERM;
        sched_current()->fs_base = addr;
        arch_set_fs(addr);
        return 0;
    case ARCH_GET_FS:
        base = sched_current()->fs_base;
        return USER_PUT((u64 *)addr, &base);
    case ARCH_SET_GS:
        return addr >= USER_END ? -EPERM : set_gs(addr);
    case ARCH_GET_GS:
        base = get_gs();
        return USER_PUT((u64 *)addr, &base);
    case ARCH_GET_CPUID:
        return 1;
    default:
        return -EINVAL;
    }
}
