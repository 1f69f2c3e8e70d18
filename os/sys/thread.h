/* System calls on threads, and what guest musl's assembly became. Linux's man pages, section 2,
 * define arguments and errors of pith_sys_*. */
#ifndef PITH_SYS_THREAD_H
#define PITH_SYS_THREAD_H

#include "base/types.h"

/* musl's __clone: a new thread that runs fn(arg) on `stack`; its tid, or -errno. Flags that ask
 * for a process (no CLONE_VM, CLONE_THREAD and CLONE_SIGHAND together) are -ENOSYS. */
long pith_clone(int (*fn)(void *), void *stack, int flags, void *arg, int *ptid, void *tls,
                int *ctid);
/* musl's __unmapself: unmaps the stack it runs on and ends the thread. */
NORETURN void pith_unmapself(void *base, size_t size);
/* musl's __set_thread_area: the thread pointer of the current thread. 0. */
int pith_set_fs(void *p);

/* Ends the current thread, then unmaps [stack, stack + size) if size is not 0. Absent in a
 * program that makes no threads. */
NORETURN void thread_end(int status, void *stack, size_t size) WEAK;

/* The same without a stack; strong, so that who makes threads links it. */
NORETURN void thread_leave(int status);

NORETURN void pith_sys_exit(int status);
NORETURN void pith_sys_exit_group(int status);
long pith_sys_set_tid_address(int *tid);
long pith_sys_gettid(void);
long pith_sys_sched_yield(void);
long pith_sys_set_robust_list(void *head, size_t len);
long pith_sys_get_robust_list(int tid, void **head, size_t *len);
long pith_sys_futex(u32 *addr, int op, u32 val, const void *timeout, u32 *addr2, u32 val3);

#endif
