/* Host signals while a kvm guest runs. The guest's own faults are not among them: a fault here is
 * the monitor's, and the only one expected is in a guarded copy.
 */
#include <signal.h>
#include <ucontext.h>
#include <unistd.h>

#include "kvm.h"
#include "run.h"

#define SECCOMP_TRAP 1 /* asm-generic/siginfo.h: SYS_SECCOMP, a filter refused a call */

jmp_buf kvm_give_up;

static void give_up(void)
{
    longjmp(kvm_give_up, 1);
}

/* The handler returns into give_up, on the stack of what was interrupted. */
static void leave(ucontext_t *uc)
{
    greg_t *r = uc->uc_mcontext.gregs;
    r[REG_RSP] = ((r[REG_RSP] - 256) & ~15ll) - 8;
    r[REG_RIP] = (greg_t)(uintptr_t)give_up;
}

static void fault(struct mon *m, int sig, const siginfo_t *si, ucontext_t *uc)
{
    greg_t *rip = &uc->uc_mcontext.gregs[REG_RIP];
    uint64_t at = (uint64_t)*rip;
    if (at >= (uint64_t)(uintptr_t)mon_copy_guarded && at < (uint64_t)(uintptr_t)mon_copy_fault) {
        *rip = (greg_t)(uintptr_t)mon_copy_fault;
        return;
    }
    const struct kvm_guest *g = m->priv;
    if (m->over || !g->running) {
        mon_say("pith: the monitor failed %s\n",
                m->over ? "while it reported the guest's end" : "before the guest ran");
        _exit(128 + sig);
    }
    mon_die(m, sig, NULL, "the monitor itself failed: signal %d at %p for address %p", sig,
            (void *)(uintptr_t)at, si->si_addr);
    leave(uc);
}

static bool is_fault(int sig, const siginfo_t *si)
{
    bool kind = sig == SIGSEGV || sig == SIGBUS || sig == SIGILL || sig == SIGFPE || sig == SIGTRAP;
    return kind && si->si_code > 0;
}

void kvm_on_signal(int sig, void *info, void *ucontext)
{
    struct mon *m = mon_self;
    struct kvm_guest *g = m->priv;
    const siginfo_t *si = info;
    if (is_fault(sig, si)) {
        fault(m, sig, si, ucontext);
        return;
    }
    if (sig == SIGSYS && si->si_code == SECCOMP_TRAP) {
        mon_die(m, SIGSYS, NULL, "system call %d is not allowed in the jail", si->si_syscall);
        leave(ucontext);
        return;
    }
    mon_signal(m, sig, info);
    /* A KVM_RUN that is about to start, or runs, comes back at once. */
    g->run->immediate_exit = 1;
}
