/* The system calls about who the process is and what it may use, as the C library calls them:
 * Linux's arguments, results and errno values (negative). Pointers are the program's own.
 *
 * Until a program reaches a call that changes its identity, the answers are the boot
 * information's; os/sys/id_cred.c (linked then) holds the changed ones.
 */
#ifndef PITH_SYS_ID_H
#define PITH_SYS_ID_H

#include "base/host.h"

long pith_sys_getpid(void);
long pith_sys_getppid(void);
long pith_sys_gettid(void);
long pith_sys_getuid(void);
long pith_sys_geteuid(void);
long pith_sys_getgid(void);
long pith_sys_getegid(void);
long pith_sys_getresuid(u32 *ruid, u32 *euid, u32 *suid);
long pith_sys_getresgid(u32 *rgid, u32 *egid, u32 *sgid);
long pith_sys_setuid(u32 uid);
long pith_sys_setgid(u32 gid);
long pith_sys_setreuid(u32 ruid, u32 euid);
long pith_sys_setregid(u32 rgid, u32 egid);
long pith_sys_setresuid(u32 ruid, u32 euid, u32 suid);
long pith_sys_setresgid(u32 rgid, u32 egid, u32 sgid);
long pith_sys_setfsuid(u32 uid);
long pith_sys_setfsgid(u32 gid);
long pith_sys_getgroups(int n, u32 *list);
long pith_sys_setgroups(u64 n, const u32 *list);
long pith_sys_capget(void *header, void *data);
long pith_sys_capset(void *header, const void *data);

long pith_sys_getpgrp(void);
long pith_sys_getpgid(int pid);
long pith_sys_setpgid(int pid, int pgid);
long pith_sys_getsid(int pid);
long pith_sys_setsid(void);

long pith_sys_getrlimit(unsigned resource, void *user);
long pith_sys_setrlimit(unsigned resource, const void *user);
long pith_sys_prlimit64(int pid, unsigned resource, const void *limit, void *old);
long pith_sys_getpriority(int which, int who);
long pith_sys_setpriority(int which, int who, int nice);

/* ---- shared by these files ---- */

struct id_set {
    u32 real, effective, saved, fs;
};
struct id_cred {
    struct id_set user, group;
};
/* The changed identity; 0 (the function) in a program that cannot change it. */
struct id_cred *id_cred(void) WEAK;

/* Does pid name this process (0, its pid, or one of its threads)? */
bool id_is_self(int pid);

#endif
