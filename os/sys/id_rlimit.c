/* getrlimit(2), setrlimit(2), prlimit64(2). Limits that this system has are kept where they act
 * (descriptors, queued signals, file sizes, mappings); the others are told and remembered, and
 * limit nothing. */
#include "base/uaccess.h"
#include "sched/thread.h"
#include "signal/core.h"
#include "sys/id.h"
#include "vfs/file.h"

#include <linux/resource.h>

#define INF (~0ull)
#define FILES_HARD 1048576
#define STACK_SOFT (8ull << 20)

extern unsigned fd_limit WEAK;
void fd_limit_begin(void) WEAK;
extern u64 ramfs_size_limit WEAK;
extern u64 vma_limit WEAK, vma_data_limit WEAK;

static struct rlimit64 limits[RLIM_NLIMITS] = {
    [RLIMIT_CPU] = {INF, INF},
    [RLIMIT_FSIZE] = {INF, INF},
    [RLIMIT_DATA] = {INF, INF},
    [RLIMIT_STACK] = {STACK_SOFT, INF},
    [RLIMIT_CORE] = {0, INF},
    [RLIMIT_RSS] = {INF, INF},
    [RLIMIT_NPROC] = {INF, INF},
    [RLIMIT_NOFILE] = {1024, FILES_HARD},
    [RLIMIT_MEMLOCK] = {INF, INF},
    [RLIMIT_AS] = {INF, INF},
    [RLIMIT_LOCKS] = {INF, INF},
    [RLIMIT_SIGPENDING] = {SIGNAL_QUEUE_DEFAULT, SIGNAL_QUEUE_DEFAULT},
    [RLIMIT_MSGQUEUE] = {819200, 819200},
};

static void apply(unsigned resource)
{
    u64 soft = limits[resource].rlim_cur;
    if (resource == RLIMIT_NOFILE && &fd_limit) {
        fd_limit_begin(); /* which begins with what the host told */
        fd_limit = (unsigned)soft;
    }
    if (resource == RLIMIT_FSIZE && &ramfs_size_limit)
        ramfs_size_limit = soft;
    if (resource == RLIMIT_AS && &vma_limit)
        vma_limit = soft;
    if (resource == RLIMIT_DATA && &vma_data_limit)
        vma_data_limit = soft;
    if (resource == RLIMIT_SIGPENDING && &signal_queue_max)
        signal_queue_max = (unsigned)MIN(soft, 0xfffffffful);
}

/* What the host told takes the place of what is written above. */
static void begin(void)
{
    static bool begun;
    const struct pith_rlimit *told = (const struct pith_rlimit *)host_boot->rlimits;
    for (unsigned i = 0; !begun && i < MIN(host_boot->nrlimits, RLIM_NLIMITS); i++) {
        limits[i] = (struct rlimit64){told[i].soft, told[i].hard};
        apply(i);
    }
    begun = true;
}

static long change(unsigned resource, const struct rlimit64 *new, struct rlimit64 *old)
{
    if (resource >= RLIM_NLIMITS)
        return -EINVAL;
    begin();
    struct rlimit64 *now = &limits[resource];
    *old = *now;
    if (!new)
        return 0;
    if (new->rlim_cur > new->rlim_max)
        return -EINVAL;
    if (resource == RLIMIT_NOFILE && new->rlim_max > FILES_HARD)
        return -EPERM;
    if (new->rlim_max > now->rlim_max && pith_sys_geteuid() != 0)
        return -EPERM;
    *now = *new;
    apply(resource);
    return 0;
}

long pith_sys_prlimit64(int pid, unsigned resource, const void *limit, void *old)
{
    struct rlimit64 new, before;
    if (limit && USER_GET(&new, (const struct rlimit64 *)limit))
        return -EFAULT;
    if (!id_is_self(pid))
        return -ESRCH;
    long err = change(resource, limit ? &new : NULL, &before);
    if (!err && old)
        err = USER_PUT((struct rlimit64 *)old, &before);
    return err;
}

long pith_sys_getrlimit(unsigned resource, void *user)
{
    struct rlimit64 now;
    long err = change(resource, NULL, &now);
    return err ? err : USER_PUT((struct rlimit64 *)user, &now);
}

long pith_sys_setrlimit(unsigned resource, const void *user)
{
    struct rlimit64 new, before;
    if (USER_GET(&new, (const struct rlimit64 *)user))
        return -EFAULT;
    return change(resource, &new, &before);
}
