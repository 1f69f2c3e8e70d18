/* POSIX timers by number; of time_timer_*.c. */
#ifndef PITH_SYS_TIME_POSIX_TIMER_H
#define PITH_SYS_TIME_POSIX_TIMER_H

#include "signal/core.h"
#include "sys/periodic.h"

/* As Linux does, a timer whose signal is queued stands still until a thread takes the signal; the
 * expiries it then has missed are the overrun. */
struct posix_timer {
    struct periodic periodic;
    struct signal_entry entry;
    int notify; /* SIGEV_* */
    int tid;    /* of SIGEV_THREAD_ID */
    int overrun;
};

/* 0 if there is none with this number. */
struct posix_timer *posix_timer(int id);
/* The lowest free number, or -EAGAIN; for an existing one and t = 0: frees the number. */
int posix_timer_number(struct posix_timer *t);
void posix_timer_forget(int id);

#endif
