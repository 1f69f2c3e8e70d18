/* Of os/plat alone. */
#ifndef PITH_PLAT_PLAT_H
#define PITH_PLAT_PLAT_H

#include "base/types.h"

/* The boot list; returns the program's first stack pointer. */
void *plat_start(const struct pith_boot *boot);
/* Builds the initial stack of the System V AMD64 ABI (3.4.1): argc, argv, envp, auxiliary
 * vector, and the strings they point to, writable as on Linux. */
void *plat_stack(const struct pith_boot *boot);

#endif
