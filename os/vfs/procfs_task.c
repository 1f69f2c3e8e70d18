/* /proc/self/task: a directory for each thread. */
#include <linux/stat.h>

#include "vfs/procfs.h"

const struct generated proc_task_files[] = {
    {"PID/task/TID/comm", S_IFREG | 0644, proc_show_comm, proc_store_comm, 0},
    {"PID/task/TID/stat", S_IFREG | 0444, proc_show_stat, 0, 0},
    {"PID/task/TID/status", S_IFREG | 0444, proc_show_status, 0, 0},
    {"PID/task/TID/cmdline", S_IFREG | 0444, proc_show_cmdline, 0, 0},
    {0},
};
