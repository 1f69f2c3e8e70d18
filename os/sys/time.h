/* The system calls about time, as the C library calls them: Linux's arguments, results and errno
 * values (negative). Pointers are the program's own and may be wild.
 */
#ifndef PITH_SYS_TIME_H
#define PITH_SYS_TIME_H

#include "base/types.h"

/* The kernel's struct timespec, timeval, itimerspec and itimerval of x86-64. */
struct time_spec {
    s64 sec, nsec;
};
struct time_val {
    s64 sec, usec;
};
struct time_ispec {
    struct time_spec interval, value;
};
struct time_ival {
    struct time_val interval, value;
};

long pith_sys_clock_gettime(int clock, struct time_spec *user);
long pith_sys_clock_getres(int clock, struct time_spec *user);
long pith_sys_clock_settime(int clock, const struct time_spec *user);
long pith_sys_gettimeofday(struct time_val *user, void *zone);
long pith_sys_settimeofday(const struct time_val *user, const void *zone);
long pith_sys_time(s64 *user);
long pith_sys_adjtimex(void *user);
long pith_sys_clock_adjtime(int clock, void *user);
long pith_sys_nanosleep(const struct time_spec *want, struct time_spec *left);
long pith_sys_clock_nanosleep(int clock, int flags, const struct time_spec *want,
                              struct time_spec *left);
long pith_sys_times(void *user);
long pith_sys_getrusage(int who, void *user);

long pith_sys_alarm(unsigned seconds);
long pith_sys_setitimer(int which, const struct time_ival *value, struct time_ival *old);
long pith_sys_getitimer(int which, struct time_ival *user);
long pith_sys_timer_create(int clock, const void *event, int *id);
long pith_sys_timer_settime(int id, int flags, const struct time_ispec *value,
                            struct time_ispec *old);
long pith_sys_timer_gettime(int id, struct time_ispec *user);
long pith_sys_timer_getoverrun(int id);
long pith_sys_timer_delete(int id);
long pith_sys_timerfd_create(int clock, int flags);
long pith_sys_timerfd_settime(int fd, int flags, const struct time_ispec *value,
                              struct time_ispec *old);
long pith_sys_timerfd_gettime(int fd, struct time_ispec *user);

/* ---- shared by these files ---- */

/* The time on a clock in ns: of the kernel's fixed ones or of a process or thread (negative
 * numbers); -EINVAL for a clock that does not exist. */
int time_clock(int clock, u64 *ns);
/* CPU time of the process. */
u64 time_cpu_process(void);

static inline struct time_spec time_to_spec(u64 ns)
{
    return (struct time_spec){(s64)(ns / NSEC_PER_SEC), (s64)(ns % NSEC_PER_SEC)};
}
/* Nanoseconds, at most NEVER / 2 (as Linux's KTIME_MAX: 292 years, so that a sum of two does not
 * overflow); -EINVAL for what Linux refuses: negative seconds, nsec outside [0, 1e9). */
int time_from_spec(const struct time_spec *t, u64 *ns);

#endif
