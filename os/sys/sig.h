/* The system calls about signals, as the C library calls them: Linux's arguments, results and
 * errno values (negative). Pointers are the program's own and may be wild.
 *
 * A call that sends or unblocks ends as one that sleeps does (sys/restart.h): handlers that are
 * due run before it returns.
 */
#ifndef PITH_SYS_SIG_H
#define PITH_SYS_SIG_H

#include "signal/core.h"
#include "sys/restart.h"

long pith_sys_rt_sigaction(int signal, const void *act, void *old, size_t size);
long pith_sys_rt_sigprocmask(int how, const void *set, void *old, size_t size);
long pith_sys_rt_sigpending(void *set, size_t size);
long pith_sys_rt_sigsuspend(const void *set, size_t size);
long pith_sys_rt_sigtimedwait(const void *set, void *info, const void *timeout, size_t size);
long pith_sys_rt_sigqueueinfo(int pid, int signal, const void *info);
long pith_sys_rt_tgsigqueueinfo(int pid, int tid, int signal, const void *info);
long pith_sys_kill(int pid, int signal);
long pith_sys_tkill(int tid, int signal);
long pith_sys_tgkill(int pid, int tid, int signal);
long pith_sys_sigaltstack(const void *stack, void *old);
long pith_sys_pause(void);
long pith_sys_signalfd(int fd, const void *set, size_t size);
long pith_sys_signalfd4(int fd, const void *set, size_t size, int flags);

/* ---- shared by these files ---- */

static inline bool sig_valid(int signal)
{
    return signal >= 1 && signal <= SIG_COUNT;
}
/* The thread with this number, of process pid if that is not 0; *err is then why not. */
struct thread *sig_thread(int pid, int tid, int *err);

#endif
