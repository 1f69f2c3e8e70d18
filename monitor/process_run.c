/* Runs guest code in the monitor's own thread; turns host signals into faults and upcalls.
 *
 * A signal finds one of three places, told apart by RIP alone: guest code (image or arena), the
 * guarded copy, or the monitor. Only in the first is the interrupted context the guest's, and
 * only there is it changed. Faults of the monitor itself are bugs: reported, and the end.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "limits.h"
#include "process.h"
#include "run.h"

/* si_code of a call that seccomp trapped (asm-generic/siginfo.h; musl does not name it). */
#define SECCOMP_TRAP 1
/* In a report: no exception of the processor. */
#define NO_EXCEPTION 255
/* The vdso is one or two pages. */
#define VDSO_MAX (16u << 10)
#define ALIGNMENT_CHECK 17
#define FLAG_AC 0x40000

struct process_cpu process_cpu;

/* Common symbols are laid out last: this one does not lie between the pages every start touches. */
char process_stack[MON_SIGNAL_STACK] __attribute__((common, aligned(64)));

long process_serve(uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    long result = mon_hypercall(mon_self, nr, a, b, c, d);
    process_cpu.over = mon_self->over;
    return result;
}

void process_run(struct mon *m)
{
    stack_t s = {.ss_sp = process_stack, .ss_size = sizeof process_stack};
    if (sigaltstack(&s, NULL)) {
        mon_die(m, SIGABRT, NULL, "the signal stack cannot be set: %s", strerror(errno));
        return;
    }
    process_seal(m);
    process_enter(m->image.entry, PITH_STACK_TOP, m->boot);
}

/* Guest code proper: where an upcall may be entered. */
static bool guest_code(uint64_t rip)
{
    return rip < PITH_ARENA_END;
}

/* Is a fault at rip the monitor's own? All else the guest did, jumps to nowhere and the return
 * from a hypercall to a stack that is not there included. */
static bool own_fault(uint64_t rip)
{
    extern const char __ehdr_start[], etext[];
    const uint64_t vdso = getauxval(AT_SYSINFO_EHDR);
    return (rip >= (uint64_t)(uintptr_t)__ehdr_start && rip < (uint64_t)(uintptr_t)etext &&
            rip != (uint64_t)(uintptr_t)process_hypercall_ret) ||
           (vdso && rip >= vdso && rip - vdso < VDSO_MAX);
}

static void to_regs(struct pith_regs *r, const ucontext_t *uc)
{
    const greg_t *g = uc->uc_mcontext.gregs;
    *r = (struct pith_regs){
        .r15 = (uint64_t)g[REG_R15],
        .r14 = (uint64_t)g[REG_R14],
        .r13 = (uint64_t)g[REG_R13],
        .r12 = (uint64_t)g[REG_R12],
        .r11 = (uint64_t)g[REG_R11],
        .r10 = (uint64_t)g[REG_R10],
        .r9 = (uint64_t)g[REG_R9],
        .r8 = (uint64_t)g[REG_R8],
        .rdi = (uint64_t)g[REG_RDI],
        .rsi = (uint64_t)g[REG_RSI],
        .rbp = (uint64_t)g[REG_RBP],
        .rbx = (uint64_t)g[REG_RBX],
        .rdx = (uint64_t)g[REG_RDX],
        .rcx = (uint64_t)g[REG_RCX],
        .rax = (uint64_t)g[REG_RAX],
        .vector = (uint64_t)g[REG_TRAPNO],
        .error = (uint64_t)g[REG_ERR],
        .rip = (uint64_t)g[REG_RIP],
        .cs = g[REG_CSGSFS] & 0xffff,
        .rflags = (uint64_t)g[REG_EFL],
        .rsp = (uint64_t)g[REG_RSP],
        .ss = (uint64_t)g[REG_CSGSFS] >> 48,
        .addr = g[REG_TRAPNO] == 14 ? (uint64_t)g[REG_CR2] : 0, /* else an old one */
    };
}

/* Where guest code was stopped by a signal that is being served; else it is in a hypercall. */
static const ucontext_t *stopped;

bool process_regs(struct mon *m, struct pith_regs *regs)
{
    if (stopped) {
        to_regs(regs, stopped);
        return true;
    }
    *regs = (struct pith_regs){.rsp = process_cpu.guest_rsp + 8};
    return mon_copy_in(m, &regs->rip, process_cpu.guest_rsp, sizeof regs->rip) == 0;
}

static void redirect(ucontext_t *uc, const struct pith_regs *r)
{
    uc->uc_mcontext.gregs[REG_RIP] = (greg_t)r->rip;
    uc->uc_mcontext.gregs[REG_RSP] = (greg_t)r->rsp;
    uc->uc_mcontext.gregs[REG_EFL] = (greg_t)r->rflags;
}

/* The guest has ended inside a signal: the frame returns to the monitor. */
static void leave(ucontext_t *uc)
{
    struct pith_regs r = {
        .rip = (uint64_t)(uintptr_t)process_leave, .rsp = process_cpu.host_rsp, .rflags = 0x202};
    redirect(uc, &r);
}

/* A system call the filter does not allow: made by guest code itself, or by code of the monitor
 * for which jail.c has no rule, or by a guest that jumped into the monitor. */
static void refused_call(struct mon *m, const siginfo_t *si, ucontext_t *uc)
{
    struct pith_regs r;
    to_regs(&r, uc);
    r.vector = NO_EXCEPTION;
    if (guest_code((uint64_t)(uintptr_t)si->si_call_addr))
        mon_die(m, SIGSYS, &r, "it made system call %d itself, which only the host's own code may",
                si->si_syscall);
    else
        mon_die(m, SIGSYS, NULL, "system call %d is not allowed in the jail", si->si_syscall);
    leave(uc);
}

static void fault(struct mon *m, int sig, const siginfo_t *si, ucontext_t *uc)
{
    struct pith_regs r;
    uint64_t rip = (uint64_t)uc->uc_mcontext.gregs[REG_RIP];
    if (rip >= (uint64_t)(uintptr_t)mon_copy_guarded && rip < (uint64_t)(uintptr_t)mon_copy_fault) {
        uc->uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)mon_copy_fault;
        return;
    }
    to_regs(&r, uc);
    if (!own_fault(rip)) {
        if (mon_unpack_fault(m, &r))
            return;
        /* SIGBUS on a page of the image: its file was cut off while it ran. */
        if (mon_fault(m, &r))
            redirect(uc, &r);
        else
            leave(uc);
        return;
    }
    if (r.vector == ALIGNMENT_CHECK) {
        /* The guest came in with the flag set; the monitor is not written for it. */
        uc->uc_mcontext.gregs[REG_EFL] &= ~FLAG_AC;
        return;
    }
    if (m->over) {
        mon_say("pith: the monitor failed while it reported the end of the guest\n");
        _exit(128 + sig);
    }
    mon_die(m, sig, NULL, "the monitor itself failed: signal %d at %p for address %p", sig,
            (void *)(uintptr_t)rip, si->si_addr);
    leave(uc);
}

static bool is_fault(int sig, const siginfo_t *si)
{
    bool kind = sig == SIGSEGV || sig == SIGBUS || sig == SIGILL || sig == SIGFPE || sig == SIGTRAP;
    return kind && si->si_code > 0;
}

void process_signal(int sig, void *info, void *ucontext)
{
    struct mon *m = mon_self;
    const siginfo_t *si = info;
    ucontext_t *uc = ucontext;
    if (is_fault(sig, si)) {
        fault(m, sig, si, uc);
        return;
    }
    if (sig == SIGSYS && si->si_code == SECCOMP_TRAP) {
        refused_call(m, si, uc);
        return;
    }
    mon_signal(m, sig, info);
    if (mon_asked(m) && guest_code((uint64_t)uc->uc_mcontext.gregs[REG_RIP])) {
        stopped = uc;
        mon_answer(m);
        stopped = NULL;
    }
    if (mon_asked(m)) /* in a hypercall: if its end does not look, we come again */
        mon_timer_retry(m);
    if (!__atomic_load_n(&m->vcpu->pending, __ATOMIC_RELAXED))
        return;
    struct pith_regs r;
    to_regs(&r, uc);
    if (!guest_code(r.rip))
        mon_timer_retry(m); /* in a hypercall: the guest's own code looks, or the next try */
    else if (mon_upcall(m, &r))
        redirect(uc, &r);
}
