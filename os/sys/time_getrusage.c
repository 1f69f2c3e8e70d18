/* getrusage(2). The library OS is the program: all CPU time counts as its own, and what Linux
 * counts of a kernel (context switches, faults, blocks) does not happen here and is 0. */
#include "base/string.h"
#include "base/uaccess.h"
#include "mem/alloc.h"
#include "sched/thread.h"
#include "sys/time.h"

#include <linux/resource.h>
#include <linux/time.h>

long pith_sys_getrusage(int who, void *user)
{
    struct rusage r;
    u64 ns = 0;
    if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN && who != RUSAGE_THREAD)
        return -EINVAL;
    memset(&r, 0, sizeof(r));
    if (who != RUSAGE_CHILDREN) {
        time_clock(who == RUSAGE_SELF ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_THREAD_CPUTIME_ID, &ns);
        r.ru_maxrss = (long)((mem_total() - mem_free_bytes()) / 1024);
    }
    r.ru_utime.tv_sec = (long)(ns / NSEC_PER_SEC);
    r.ru_utime.tv_usec = (long)(ns % NSEC_PER_SEC / 1000);
    return USER_PUT((struct rusage *)user, &r);
}
