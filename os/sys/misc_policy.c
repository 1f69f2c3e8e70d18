/* Scheduling policies. All threads run by turns on one CPU; a policy is checked, kept for the
 * process and told, as programs expect that set it. */
#include "base/uaccess.h"
#include "sys/id.h"
#include "sys/misc.h"
#include "sys/time.h"

#include <linux/sched.h>

#define RESET_ON_FORK SCHED_RESET_ON_FORK
#define REALTIME_MAX 99

static int policy_now = SCHED_NORMAL, priority_now;

static bool realtime(int policy)
{
    return policy == SCHED_FIFO || policy == SCHED_RR;
}

static bool known(int policy)
{
    return policy == SCHED_NORMAL || policy == SCHED_BATCH || policy == SCHED_IDLE ||
           realtime(policy);
}

long pith_sys_sched_get_priority_max(int policy)
{
    if (!known(policy) && policy != SCHED_DEADLINE)
        return -EINVAL;
    return realtime(policy) ? REALTIME_MAX : 0;
}

long pith_sys_sched_get_priority_min(int policy)
{
    if (!known(policy) && policy != SCHED_DEADLINE)
        return -EINVAL;
    return realtime(policy) ? 1 : 0;
}

static long target(int pid)
{
    return pid < 0 ? -EINVAL : id_is_self(pid) ? 0 : -ESRCH;
}

long pith_sys_sched_getscheduler(int pid)
{
    long err = target(pid);
    return err ? err : policy_now;
}

long pith_sys_sched_getparam(int pid, int *param)
{
    long err = target(pid);
    return err ? err : USER_PUT(param, &priority_now);
}

static long set(int policy, const int *param)
{
    int priority;
    if (USER_GET(&priority, param))
        return -EFAULT;
    if (!known(policy) || (realtime(policy) ? priority < 1 || priority > REALTIME_MAX : priority))
        return -EINVAL;
    if (realtime(policy) && pith_sys_geteuid() != 0)
        return -EPERM;
    policy_now = policy;
    priority_now = priority;
    return 0;
}

long pith_sys_sched_setscheduler(int pid, int policy, const int *param)
{
    long err = policy < 0 || !param ? -EINVAL : target(pid);
    return err ? err : set(policy & ~RESET_ON_FORK, param);
}

long pith_sys_sched_setparam(int pid, const int *param)
{
    long err = param ? target(pid) : -EINVAL;
    return err ? err : set(policy_now, param);
}

long pith_sys_sched_rr_get_interval(int pid, void *user)
{
    struct time_spec quantum = {0, 10000000};
    long err = target(pid);
    return err ? err : USER_PUT((struct time_spec *)user, &quantum);
}
