/* prctl(2): names, and the settings of a process that programs set and ask for. Those with
 * nothing to act on here are kept and told, as the man page defines them; the rest is -EINVAL, as
 * on a Linux built without it. */
#include "base/string.h"
#include "base/uaccess.h"
#include "sched/thread.h"
#include "sys/misc.h"

#include <linux/capability.h>
#include <linux/prctl.h>

#define NAME_SIZE 16

static struct {
    u64 dumpable, keepcaps, no_new_privs, child_subreaper, thp_disable, slack;
    int death_signal;
} now = {.dumpable = 1, .slack = 50000};

static long set_name(const char *user)
{
    char name[NAME_SIZE];
    ssize_t n = user_strnlen(user, NAME_SIZE - 1);
    if (n < 0 || user_copy(name, user, (size_t)n))
        return -EFAULT;
    memset(name + n, 0, sizeof(name) - (size_t)n);
    memcpy(sched_current()->name, name, sizeof(name));
    return 0;
}

static long set_flag(u64 *flag, u64 value)
{
    if (value > 1)
        return -EINVAL;
    *flag = value;
    return 0;
}

static long set_death_signal(u64 signal)
{
    if (signal > 64)
        return -EINVAL;
    now.death_signal = (int)signal;
    return 0;
}

long pith_sys_prctl(int option, u64 a, u64 b, u64 c, u64 d)
{
    int value;
    bool extra = b | c | d;
    switch (option) {
    case PR_SET_NAME:
        return set_name((const char *)a);
    case PR_GET_NAME:
        return user_copy((void *)a, sched_current()->name, NAME_SIZE);
    case PR_SET_DUMPABLE:
        return set_flag(&now.dumpable, a);
    case PR_GET_DUMPABLE:
        return (long)now.dumpable;
    case PR_SET_KEEPCAPS:
        return set_flag(&now.keepcaps, a);
    case PR_GET_KEEPCAPS:
        return (long)now.keepcaps;
    case PR_SET_PDEATHSIG:
        return set_death_signal(a);
    case PR_GET_PDEATHSIG:
        return USER_PUT((int *)a, &now.death_signal);
    case PR_SET_NO_NEW_PRIVS:
        return a != 1 || extra ? -EINVAL : set_flag(&now.no_new_privs, a);
    case PR_GET_NO_NEW_PRIVS:
        return a || extra ? -EINVAL : (long)now.no_new_privs;
    case PR_SET_CHILD_SUBREAPER:
        now.child_subreaper = !!a;
        return 0;
    case PR_GET_CHILD_SUBREAPER:
        value = (int)now.child_subreaper;
        return USER_PUT((int *)a, &value);
    case PR_SET_THP_DISABLE:
        now.thp_disable = !!a;
        return extra ? -EINVAL : 0;
    case PR_GET_THP_DISABLE:
        return a || extra ? -EINVAL : (long)now.thp_disable;
    case PR_SET_TIMERSLACK:
        now.slack = a ? a : 50000;
        return 0;
    case PR_GET_TIMERSLACK:
        return (long)now.slack;
    case PR_CAPBSET_READ:
        return a <= CAP_LAST_CAP ? 1 : -EINVAL;
    case PR_CAPBSET_DROP:
        return a <= CAP_LAST_CAP ? -EPERM : -EINVAL;
    case PR_GET_TID_ADDRESS: {
        u64 address = (u64)sched_current()->clear_tid;
        return USER_PUT((u64 *)a, &address);
    }
    case PR_GET_SECCOMP:
        return 0;
    default:
        return -EINVAL;
    }
}
