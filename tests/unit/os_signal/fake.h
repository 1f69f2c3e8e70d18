/* What the library OS's signal code stands on, for a test: two threads, a clock that the test
 * turns, a host that takes notes instead of ending. See fake.c. */
#ifndef FAKE_H
#define FAKE_H

#include <setjmp.h>

struct thread;
extern struct thread fake_second;
extern unsigned long fake_now;      /* every clock, in ns */
extern int fake_died, fake_stopped; /* the signal of the last host_die, PITH_HC_STOP; or 0 */
extern int fake_woken;              /* calls of sched_wake */
extern unsigned long fake_fpu;      /* the fake FPU register */
extern jmp_buf fake_death;          /* where host_die goes */
/* The signal that running `code` dies of, or 0. */
#define FAKE_DIES(code)                                                                            \
    (__extension__({                                                                               \
        fake_died = 0;                                                                             \
        if (!setjmp(fake_death)) {                                                                 \
            code;                                                                                  \
        }                                                                                          \
        fake_died;                                                                                 \
    }))

void fake_reset(void);
void *fake_pages(unsigned long n); /* zeroed, freed by fake_reset */
/* Fires the timer that is due first, if one is: whether it did. */
int fake_timer(void);

#endif
