/* The system calls that belong to no room of their own, as the C library calls them: Linux's
 * arguments, results and errno values (negative). Pointers are the program's own.
 */
#ifndef PITH_SYS_MISC_H
#define PITH_SYS_MISC_H

#include "base/types.h"

long pith_sys_getrandom(void *buf, size_t n, unsigned flags);
long pith_sys_uname(void *user);
long pith_sys_sethostname(const char *name, int n);
long pith_sys_setdomainname(const char *name, int n);
long pith_sys_sysinfo(void *user);
long pith_sys_getcpu(unsigned *cpu, unsigned *node, void *cache);
long pith_sys_prctl(int option, u64 a, u64 b, u64 c, u64 d);
long pith_sys_arch_prctl(int code, u64 addr);
long pith_sys_personality(unsigned persona);
long pith_sys_membarrier(int cmd, unsigned flags, int cpu);

long pith_sys_sched_getaffinity(int pid, size_t size, void *mask);
long pith_sys_sched_setaffinity(int pid, size_t size, const void *mask);
long pith_sys_sched_getscheduler(int pid);
long pith_sys_sched_setscheduler(int pid, int policy, const int *param);
long pith_sys_sched_getparam(int pid, int *param);
long pith_sys_sched_setparam(int pid, const int *param);
long pith_sys_sched_get_priority_max(int policy);
long pith_sys_sched_get_priority_min(int policy);
long pith_sys_sched_rr_get_interval(int pid, void *user);

/* ---- shared by these files ---- */

/* The names that sethostname and setdomainname changed; 0 (the functions) if they are not
 * linked. */
#define MISC_NAME_MAX 64
const char *misc_hostname(void) WEAK;
const char *misc_domainname(void) WEAK;

#endif
