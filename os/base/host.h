/* The host as the library OS sees it: the boot information and the hypercalls of pith/abi.h. */
#ifndef PITH_BASE_HOST_H
#define PITH_BASE_HOST_H

#include "base/types.h"

/* Set by os/plat before anything else runs; what it points to is read only. */
extern const struct pith_boot *host_boot;

static inline struct pith_vcpu *host_vcpu(void)
{
    return (struct pith_vcpu *)host_boot->vcpu;
}

static inline long host_call(long nr, long a, long b, long c, long d)
{
    return ((long (*)(long, long, long, long, long))host_boot->hypercall)(nr, a, b, c, d);
}

/* Called once before any of the two below, if it is not 0: what must not be lost is saved. */
extern void (*host_before_end)(void);
/* Ends the guest as killed by the Linux signal number; regs and msg may be 0. */
NORETURN void host_die(int signal, const struct pith_regs *regs, const char *msg);
NORETURN void host_exit(int status);
/* Of os/net: what a program's end means for its connections; called by host_exit, absent in a
 * program without a network. */
void host_exit_net(void) WEAK;

#endif
