/* Running the guest: enter, and serve what it stops for.
 *
 * Three things stop it. A hypercall is an `out` in ring 3; its arguments and its result travel in
 * the registers shared with KVM. An exception arrives as an `out` of its ring-0 stub; the frame on
 * the fault stack is changed and the stub's iretq goes to the guest's fault entry. A host signal
 * makes KVM_RUN return EINTR at any instruction; `immediate_exit` does so when the signal comes
 * just before KVM_RUN.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kvm.h"
#include "run.h"

#define RFLAGS_CLEAN 0x202u /* interrupts on, as always; nothing else */
#define USER_CODE 0x33
#define USER_DATA 0x2b

/* What a late signal finds in place of the vcpu's. */
static struct kvm_run ended;

static void regs_from(const struct kvm_regs *k, struct pith_regs *r)
{
    *r = (struct pith_regs){
        .r15 = k->r15,
        .r14 = k->r14,
        .r13 = k->r13,
        .r12 = k->r12,
        .r11 = k->r11,
        .r10 = k->r10,
        .r9 = k->r9,
        .r8 = k->r8,
        .rdi = k->rdi,
        .rsi = k->rsi,
        .rbp = k->rbp,
        .rbx = k->rbx,
        .rdx = k->rdx,
        .rcx = k->rcx,
        .rax = k->rax,
        .vector = PITH_VECTOR_UPCALL,
        .rip = k->rip,
        .cs = USER_CODE,
        .rflags = k->rflags,
        .rsp = k->rsp,
        .ss = USER_DATA,
    };
}

void kvm_regs_now(struct kvm_guest *g, struct pith_regs *r)
{
    regs_from(&g->run->s.regs.regs, r);
}

static void hypercall(struct mon *m, struct kvm_guest *g)
{
    struct kvm_regs *r = &g->run->s.regs.regs;
    long result = mon_hypercall(m, r->rdi, r->rsi, r->rdx, r->rcx, r->r8);
    r->rax = (uint64_t)result;
    g->run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
}

static void fault(struct mon *m, struct kvm_guest *g, unsigned vector)
{
    struct kvm_regs *r = &g->run->s.regs.regs;
    struct kvm_frame *f = kvm_cpu_frame(g);
    struct pith_regs regs;
    regs_from(r, &regs);
    if (r->rsp != kvm_cpu_frame_address(g)) {
        mon_die(m, SIGSEGV, &regs,
                "the virtual CPU faulted (exception %u) while it reported a "
                "fault",
                vector);
        return;
    }
    regs.rax = f->rax;
    regs.vector = vector;
    regs.error = f->error;
    regs.rip = f->rip;
    regs.cs = f->cs;
    regs.rflags = f->rflags;
    regs.rsp = f->rsp;
    regs.ss = f->ss;
    regs.addr = vector == KVM_PAGE_FAULT ? r->rax : 0;
    if (mon_unpack_fault(m, &regs)) {
        r->rax = f->rax; /* all else is as it was */
    } else {
        if (kvm_system_call(m, &regs) || !mon_fault(m, &regs))
            return;
        f->rip = regs.rip;
        f->rsp = regs.rsp;
        f->rflags = RFLAGS_CLEAN;
        f->cs = USER_CODE;
        f->ss = USER_DATA;
    }
    r->rip = kvm_cpu_iretq(g);
    r->rsp = kvm_cpu_frame_address(g) + offsetof(struct kvm_frame, rip);
    g->run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
}

/* The guest can only be moved where it is its own: not in a stub, and not between a hypercall's
 * `out` and `ret`, which belong to the library OS. */
static bool own_code(const struct mon *m, const struct kvm_guest *g, uint64_t rip)
{
    return rip < m->hypercall || rip >= g->supervisor + KVM_CPU_PAGES * PITH_PAGE;
}

/* In a hypercall the guest is in the code the monitor gave it: its own is where that returns to. */
bool kvm_regs(struct mon *m, struct pith_regs *r)
{
    struct kvm_guest *g = m->priv;
    regs_from(&g->run->s.regs.regs, r);
    if (own_code(m, g, r->rip))
        return true;
    if (mon_copy_in(m, &r->rip, r->rsp, sizeof r->rip))
        return false;
    r->rsp += 8;
    return true;
}

/* The guest's instruction has faulted, but the exception is not delivered yet: moved now, it would
 * seem to be the other place's. */
static bool faulting(const struct kvm_guest *g)
{
    const struct kvm_vcpu_events *e = &g->run->s.regs.events;
    return e->exception.injected || e->exception.pending;
}

static void interrupted(struct mon *m, struct kvm_guest *g)
{
    struct kvm_regs *r = &g->run->s.regs.regs;
    struct pith_regs regs;
    g->run->immediate_exit = 0;
    if (mon_asked(m))
        mon_answer(m);
    regs_from(r, &regs);
    bool mine = own_code(m, g, r->rip) && !faulting(g);
    if (!mine)
        regs.rip = m->vcpu->os_text_start; /* as good as inside: to be tried again */
    mon_lingered(m, !mine || (r->rip >= m->vcpu->os_text_start && r->rip < m->vcpu->os_text_end));
    if (!mon_upcall(m, &regs) || !own_code(m, g, r->rip))
        return;
    r->rip = regs.rip;
    r->rsp = regs.rsp;
    r->rflags = RFLAGS_CLEAN;
    g->run->kvm_dirty_regs = KVM_SYNC_X86_REGS;
}

static void port(struct mon *m, struct kvm_guest *g)
{
    const struct kvm_run *run = g->run;
    unsigned n = run->io.port;
    bool plain = run->io.direction == KVM_EXIT_IO_OUT && run->io.size == 1 && run->io.count == 1;
    if (plain && n == KVM_PORT_CALL)
        hypercall(m, g);
    else if (plain && n >= KVM_PORT_FAULT && n < KVM_PORT_FAULT + 32)
        fault(m, g, n - KVM_PORT_FAULT);
    else
        kvm_gave_up(m, KVM_EXIT_IO);
}

/* The virtual machine goes before the process does: torn down while the process still has its
 * memory, KVM waits once less for the whole kernel (a tenth of a millisecond, far more where all
 * processors are busy). The guest's memory stays, for reports and core files. */
static void close_down(struct kvm_guest *g)
{
    struct kvm_run *run = g->run;
    g->run = &ended;
    munmap(run, g->run_size);
    close(g->vcpu);
    close(g->vm);
}

void kvm_run_guest(struct mon *m)
{
    struct kvm_guest *g = m->priv;
    if (setjmp(kvm_give_up)) /* a fault of the monitor's own: kvm_signal.c */
        return;
    kvm_cpu_enter(g, m->image.entry, PITH_STACK_TOP, m->boot);
    g->running = true;
    while (!m->over) {
        if (ioctl(g->vcpu, KVM_RUN, 0) == 0) {
            if (g->run->exit_reason == KVM_EXIT_IO)
                port(m, g);
            else if (g->run->exit_reason == KVM_EXIT_INTR)
                interrupted(m, g);
            else
                kvm_gave_up(m, (int)g->run->exit_reason);
        } else if (errno == EINTR) {
            interrupted(m, g);
        } else if (errno != EAGAIN) {
            kvm_gave_up(m, -errno);
        }
    }
    close_down(g);
}
