/* Dispositions, and running handlers: at the end of a system call, at an upcall, after a fault,
 * after another handler.
 *
 * All that is due is put on the stack at once, one frame on the other, as Linux does: the signal
 * taken last runs first, as far as the masks of the handlers before it allow.
 */
#include "arch/context.h"
#include "base/string.h"
#include "sched/upcall.h"
#include "signal/frame.h"

struct pith_regs signal_regs; /* of the call or handler that ends: see signal/entry.S */

static struct signal_action actions[SIG_COUNT];

struct signal_action *signal_action(int signal)
{
    return &actions[signal - 1];
}

extern char signal_stack_top[];
static siginfo_t fault_info;

void signal_call_ends(void);
void signal_handler_ends(u64 sp);

static NORETURN void no_stack(const struct pith_regs *regs)
{
    host_die(SIGSEGV, regs, "no room on the stack for a signal handler");
}

/* One frame; the disposition is read before the frame, since SA_RESETHAND changes it. */
static void push(struct pith_regs *regs, const siginfo_t *info, const struct signal_fpu *fpu)
{
    struct thread *t = sched_current();
    struct signal_action *set = signal_action(info->si_signo), a = *set;
    sigset_os mask = t->sig.restore ? t->sig.saved : t->sig.mask;
    if (a.flags & SA_RESETHAND)
        set->handler = SIGNAL_DFL;
    if (signal_frame_push(regs, info, &a, mask, fpu))
        no_stack(regs);
    t->sig.restore = false;
    t->sig.mask |= a.mask;
    if (!(a.flags & SA_NODEFER))
        t->sig.mask |= SIG_BIT(info->si_signo);
    t->sig.mask &= ~SIG_UNBLOCKABLE;
}

/* Frames for all handlers that are due. If the first one was installed without SA_RESTART,
 * *result becomes 0 before it is saved. */
static void push_all(struct pith_regs *regs, const struct signal_fpu *fpu, u64 *result)
{
    unsigned n = 0;
    struct thread *t = sched_current();
    siginfo_t info;
    while (signal_due(t) || t->sig.restore) {
        int signal = signal_take(~t->sig.mask, &info);
        if (signal && signal_action(signal)->handler > SIGNAL_IGN) {
            if (n++ == 0 && result)
                *result &= !!(signal_action(signal)->flags & SA_RESTART);
            push(regs, &info, fpu);
        } else if (signal) {
            signal_act(signal);
        } else if (t->sig.restore) {
            t->sig.restore = false;
            signal_mask_set(t->sig.saved);
        }
    }
    signal_recalc(t);
}

void signal_call_ends(void)
{
    signal_regs.rax = !signal_cancels(sched_current());
    push_all(&signal_regs, &(struct signal_fpu){.call = true}, &signal_regs.rax);
}

void signal_handler_ends(u64 sp)
{
    sigset_os mask;
    if (signal_frame_pop(&signal_regs, &mask, sp))
        host_die(SIGSEGV, &signal_regs, "a signal handler returned with a broken frame");
    signal_mask_set(mask);
    push_all(&signal_regs, &(struct signal_fpu){0}, NULL);
}

void signal_upcall(struct pith_regs *regs)
{
    push_all(regs, &(struct signal_fpu){.area = sched_upcall_fpu()}, NULL);
}

/* On the signal stack: the fault stack is free for the faults of building a frame. */
static void fault(void *unused)
{
    (void)unused;
    push(&signal_regs, &fault_info, &(struct signal_fpu){0});
    push_all(&signal_regs, &(struct signal_fpu){0}, NULL);
    arch_resume(&signal_regs);
}

void signal_fault(int signal, int code, u64 addr, struct pith_regs *regs)
{
    bool blocked = sched_current()->sig.mask & SIG_BIT(signal);
    if (blocked || signal_action(signal)->handler <= SIGNAL_IGN)
        host_die(signal, regs, NULL);
    memset(&fault_info, 0, sizeof(fault_info));
    fault_info.si_signo = signal;
    fault_info.si_code = code;
    fault_info.si_addr = (void *)addr;
    signal_regs = *regs;
    host_vcpu()->fault_busy = 0;
    arch_on_stack(signal_stack_top, fault, NULL);
}

void signal_handlers_enable(void)
{
    sched_upcall_enable();
}
