/* /proc: its root, and the numbers that name processes, threads and descriptors. */
#include <linux/fcntl.h>

#include "base/host.h"
#include "vfs/procfs.h"

static long next_pid(long n)
{
    return n <= (long)host_boot->pid ? (long)host_boot->pid : -1;
}

static long next_tid(long n)
{
    long best = -1;
    list_foreach(it, &sched_threads)
    {
        const struct thread *t = list_entry(it, struct thread, all);
        if (t->tid >= n && (best < 0 || t->tid < best))
            best = t->tid;
    }
    return best;
}

static long next_fd(long n)
{
    return n > INT32_MAX ? -1 : fd_next((int)n);
}

static const struct numbered numbers[] = {
    {"PID", next_pid},
    {"PID/task/TID", next_tid},
    {"PID/fd/N", next_fd},
    {"PID/fdinfo/N", next_fd},
    {0},
};
static const struct generated *const tables[] = {
    proc_system_files,
    proc_sysctl_files,
    proc_pid_files,
    proc_limits_files,
    proc_fd_files,
    proc_task_files,
    0,
};

static struct genfs procfs = {
    .super = {.dev = 21, .type = "proc"}, .tables = tables, .numbered = numbers};

struct inode *procfs_root(void)
{
    procfs.start = __start_pith_set_proc;
    procfs.stop = __stop_pith_set_proc;
    return genfs_root(&procfs);
}
