/* Of /proc alone: its tables, each in a file of its own. */
#ifndef PITH_VFS_PROCFS_H
#define PITH_VFS_PROCFS_H

#include "vfs/tree.h"

extern const struct generated proc_system_files[]; /* meminfo, cpuinfo, ... */
extern const struct generated proc_sysctl_files[]; /* sys/... */
extern const struct generated proc_pid_files[];    /* PID/... */
extern const struct generated proc_limits_files[];
extern const struct generated proc_fd_files[];   /* PID/fd/N, PID/fdinfo/N */
extern const struct generated proc_task_files[]; /* PID/task/TID/... */

/* Shared by PID and PID/task/TID; tid 0 is the process. */
int proc_show_stat(struct text *t, long tid);
int proc_show_status(struct text *t, long tid);
int proc_show_comm(struct text *t, long tid);
int proc_store_comm(const char *text, size_t n, long tid);
int proc_show_cmdline(struct text *t, long arg);
/* The absolute path of the program's own file. */
const char *proc_exe(void);

#endif
