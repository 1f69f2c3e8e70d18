/* The parts of `threads`: each runs its own threads to the end and prints one line that does not
 * depend on how they were scheduled. Any wrong result ends the program with status 1. */
#ifndef THREADS_H
#define THREADS_H

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends the program unless ok: a part found a wrong result or a call failed. */
static inline void must(int ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "threads: failed: %s\n", what);
    exit(1);
}

static inline pthread_t spawn(void *(*fn)(void *), void *arg)
{
    pthread_t t;
    must(pthread_create(&t, NULL, fn, arg) == 0, "pthread_create");
    return t;
}

static inline void *join(pthread_t t)
{
    void *result;
    must(pthread_join(t, &result) == 0, "pthread_join");
    return result;
}

/* A small generator, so that every run draws the same numbers. */
static inline unsigned draw(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

void part_sieve(int scale);   /* workers pull segments from a counter under a mutex */
void part_bank(int scale);    /* transfers between accounts, two locks at a time */
void part_queue(int scale);   /* producers and consumers: condition variables */
void part_rwlock(int scale);  /* readers see no half-made update */
void part_barrier(int scale); /* heat on a rod, in steps with a barrier between */
void part_local(int scale);   /* __thread, keys and their destructors, once */
void part_cancel(int scale);  /* cancellation in sleep and in computation, cleanup handlers */
void part_spin(int scale);    /* a thread that computes without a call is preempted */
void part_many(int scale);    /* many short threads, joined and detached; semaphores */

#endif
