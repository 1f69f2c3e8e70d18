/* exit (Linux _exit(2) of one thread): the last one ends the guest. A program that never makes a
 * second thread links none of what a thread leaves behind (sys/thread_end.c). */
#include "base/host.h"
#include "sched/thread.h"
#include "sys/thread.h"

void pith_sys_exit(int status)
{
    if (sched_count > 1 && thread_end)
        thread_end(status, NULL, 0);
    host_exit(status);
}
