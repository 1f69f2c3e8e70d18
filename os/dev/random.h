/* Random bytes for everyone: getrandom, /dev/random and /dev/urandom, the stack's own needs. */
#ifndef PITH_DEV_RANDOM_H
#define PITH_DEV_RANDOM_H

#include "base/types.h"

/* Fills OS memory with n random bytes. Never fails, never sleeps. */
void random_fill(void *dst, size_t n);
/* Fills the program's memory: bytes done before a fault, n if all. */
size_t random_fill_user(void *dst, size_t n);

#endif
