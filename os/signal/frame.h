/* The frame on which a handler runs: built here, read back when the handler returns.
 *
 *   high   FPU state: the 512 bytes of FXSAVE, then the rest of an XSAVE area if there is one
 *   fpu -> (aligned to 64; musl's ucontext_t calls the first 512 bytes __fpregs_mem)
 *          ucontext as musl lays it out on x86-64, without those bytes
 *          siginfo
 *   rsp -> return address: signal_return
 *
 * The handler gets (signal, siginfo, ucontext) in rdi, rsi, rdx. What it changes in the ucontext
 * (registers, mask, FPU state) holds when it returns, as on Linux.
 */
#ifndef PITH_SIGNAL_FRAME_H
#define PITH_SIGNAL_FRAME_H

#include "signal/core.h"

#include <asm/sigcontext.h>

struct signal_context {
    u64 flags, link;
    stack_t stack;
    struct sigcontext machine;
    sigset_os mask;
    u64 mask_rest[15];
};

struct signal_frame {
    u64 back;
    siginfo_t info;
    u64 cancel; /* struct thread_signal's, as the handler found it */
    struct signal_context context;
    u8 fpu[512];
};

/* Where the FPU state of the interrupted code is, if not in the registers themselves. */
struct signal_fpu {
    void *area; /* arch_fpu_size() bytes, or 0: in the registers */
    bool call;  /* interrupted in a call: what a call may clobber need not be kept */
};

/* Edits regs so that resuming them runs the handler of `a`; `mask` is what its return brings
 * back. The FPU is as at the start of a program afterwards. -EFAULT: the stack has no room. */
int signal_frame_push(struct pith_regs *regs, const siginfo_t *info, const struct signal_action *a,
                      sigset_os mask, const struct signal_fpu *fpu);
/* The way back: fills regs and *mask, restores the alternate stack and loads the FPU from the
 * frame whose return address was popped off at sp. -EFAULT if there is none. */
int signal_frame_pop(struct pith_regs *regs, sigset_os *mask, u64 sp);

void signal_return(void); /* signal/entry.S */

#endif
