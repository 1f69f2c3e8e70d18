/* Of os/sched alone: the run queue and the alarm. */
#ifndef PITH_SCHED_SCHED_H
#define PITH_SCHED_SCHED_H

#include "sched/thread.h"

/* A thread that computes is interrupted after this long if another is ready. */
#define SCHED_QUANTUM (10ull * 1000 * 1000)

extern struct list sched_ready;
/* Threads interrupted while they computed, and since when one of them has been waiting. */
extern struct list sched_batch;
extern nsec_t sched_batch_since;
/* Gives way after an upcall; returns when it is the current thread's turn again. */
void sched_preempt(void);
extern bool sched_tick;    /* the alarm for the quantum is set */
extern nsec_t sched_alarm; /* when the host's alarm goes off, NEVER if it is off */

/* Gives the CPU to the next ready thread, waiting for one if need be; the current one must have
 * been put where it belongs. Returns when the current one runs again. */
void sched_next(void);
/* The same from a thread that is gone (and freed), on the idle stack. */
NORETURN void sched_gone(void);
/* Takes in what the host has for the guest: finished device requests, due timers, signals. */
void sched_take_in(long waited);
/* PITH_WAIT_* of a wait that could not be taken in, because it happened in a page fault: taken in
 * before anything sleeps. */
extern long sched_untaken;
/* Rises whenever something from outside may have been heard of. */
extern u32 sched_heard;
/* A thread is about to run the program's code: sees to the alarms that must interrupt it. */
void sched_arm(void);
/* One of several threads is about to run: sees that the quantum's alarm is set, so that the others
 * get their turn and what the host has for them. 0 until the first thread is made, which sets it
 * to sched_tick_arm. */
extern void (*sched_want_tick)(void);
void sched_tick_arm(void);

/* Device drivers' functions that look at their rings for used entries. */
typedef void sched_poll_fn(void);
SET_DECLARE(poll, sched_poll_fn);

extern char sched_idle_stack_top[];

#endif
