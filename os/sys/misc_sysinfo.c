/* sysinfo(2): memory is the guest's. */
#include "base/string.h"
#include "base/uaccess.h"
#include "mem/alloc.h"
#include "sched/thread.h"
#include "sys/misc.h"

#include <linux/sysinfo.h>

long pith_sys_sysinfo(void *user)
{
    struct sysinfo s;
    memset(&s, 0, sizeof(s));
    s.uptime = (long)((time_mono() + NSEC_PER_SEC - 1) / NSEC_PER_SEC);
    s.totalram = mem_total();
    s.freeram = mem_free_bytes() + mem_idle_bytes();
    s.procs = (u16)MIN(sched_count, 0xffffu);
    s.mem_unit = 1;
    return USER_PUT((struct sysinfo *)user, &s);
}
