/* Robust futex lists (Linux get_robust_list(2)). */
#include "base/uaccess.h"
#include "sched/thread.h"
#include "sys/thread.h"

#define HEAD_BYTES 24 /* sizeof(struct robust_list_head) */

long pith_sys_set_robust_list(void *head, size_t len)
{
    if (len != HEAD_BYTES)
        return -EINVAL;
    sched_current()->robust = head;
    return 0;
}

long pith_sys_get_robust_list(int tid, void **head, size_t *len)
{
    struct thread *t = tid ? sched_find(tid) : sched_current();
    size_t bytes = HEAD_BYTES;
    if (!t)
        return -ESRCH;
    return USER_PUT(len, &bytes) < 0 || USER_PUT(head, &t->robust) < 0 ? -EFAULT : 0;
}
