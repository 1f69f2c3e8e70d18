/* Small calls on the current thread: see sys/thread.h. */
#include "arch/context.h"
#include "sched/thread.h"
#include "sys/thread.h"

long pith_sys_set_tid_address(int *tid)
{
    sched_current()->clear_tid = tid;
    return sched_current()->tid;
}

int pith_set_fs(void *p)
{
    sched_current()->fs_base = (u64)p;
    arch_set_fs((u64)p);
    return 0;
}
