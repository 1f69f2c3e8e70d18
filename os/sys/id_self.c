/* id_is_self of sys/id.h. */
#include "sched/thread.h"
#include "sys/id.h"

bool id_is_self(int pid)
{
    return pid == 0 || (unsigned)pid == host_boot->pid || (pid > 0 && sched_find(pid));
}
