/* What a guest can ask for, in the order of abi.h; and where its faults and upcalls go. */
#include <errno.h>

#include "control.h"
#include "net.h"

static long stamp(struct mon *m, uint64_t which)
{
    if (which == PITH_STAMP_ENTRY)
        m->common->stamps[MON_AT_ENTRY] = mon_now();
    else if (which == PITH_STAMP_MAIN)
        m->common->stamps[MON_AT_MAIN] = mon_now();
    else
        return -EINVAL;
    return 0;
}

bool mon_asked(const struct mon *m)
{
    return m->common->look;
}

void mon_answer(struct mon *m)
{
    if (!m->over)
        mon_control_look(m);
}

static long call(struct mon *m, uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    m->common->counts.calls[nr <= PITH_HC_LISTENING ? nr : 0]++;
    switch (nr) {
    case PITH_HC_WAIT:
        return mon_wait(m, a);
    case PITH_HC_MEM:
        return mon_memory(m, a, b, c, d);
    case PITH_HC_EXIT:
        mon_exit(m, (int)(a & 0xff));
        return 0;
    case PITH_HC_DIE:
        return mon_guest_die(m, a, b, c, d);
    case PITH_HC_TIMER:
        return mon_timer(m, a);
    case PITH_HC_CLOCK:
        return mon_clock(m, a);
    case PITH_HC_SIGNALS:
        return mon_signals(m, a, b);
    case PITH_HC_TTY:
        return mon_tty(m, a, b, c, d);
    case PITH_HC_STAMP:
        return stamp(m, a);
    case PITH_HC_STOP:
        return mon_stop(m, a);
    case PITH_HC_CPUTIME:
        return mon_cputime();
    case PITH_HC_LISTENING:
        return mon_net_listening(m, a, b, c);
    default:
        return -ENOSYS;
    }
}

long mon_hypercall(struct mon *m, uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    m->common->calls++;
    long result = call(m, nr, a, b, c, d);
    if (m->common->look)
        mon_answer(m);
    return result;
}

/* Interrupt enable and the bit that is always set: no trap, direction or alignment flag. */
#define ENTRY_FLAGS 0x202u

static int fault_signal(const struct pith_regs *regs)
{
    switch (regs->vector) {
    case 0:  /* divide error */
    case 16: /* x87 */
    case 19: /* SIMD */
        return SIGFPE;
    case 1: /* debug */
    case 3: /* breakpoint */
        return SIGTRAP;
    case 6: /* invalid opcode */
        return SIGILL;
    case 12: /* stack segment */
    case 17: /* alignment check */
        return SIGBUS;
    default:
        return SIGSEGV;
    }
}

bool mon_fault(struct mon *m, struct pith_regs *regs)
{
    struct pith_vcpu *v = m->vcpu;
    uint64_t entry = __atomic_load_n(&v->fault_entry, __ATOMIC_RELAXED);
    uint64_t stack = __atomic_load_n(&v->fault_stack, __ATOMIC_RELAXED);
    m->common->counts.faults++;
    if (entry == 0 || __atomic_load_n(&v->fault_busy, __ATOMIC_RELAXED)) {
        mon_die(m, fault_signal(regs), regs, entry ? "it faulted while it handled a fault" : "");
        return false;
    }
    v->fault_busy = 1;
    v->fault = *regs;
    regs->rip = entry;
    regs->rsp = stack & ~15ull;
    regs->rflags = ENTRY_FLAGS;
    return true;
}

bool mon_upcall(struct mon *m, struct pith_regs *regs)
{
    struct pith_vcpu *v = m->vcpu;
    m->common->counts.interrupts++;
    if (__atomic_load_n(&v->pending, __ATOMIC_RELAXED) == 0)
        return false;
    uint64_t entry = __atomic_load_n(&v->upcall_entry, __ATOMIC_RELAXED);
    uint64_t stack = __atomic_load_n(&v->upcall_stack, __ATOMIC_RELAXED);
    bool inside = regs->rip >= __atomic_load_n(&v->os_text_start, __ATOMIC_RELAXED) &&
                  regs->rip < __atomic_load_n(&v->os_text_end, __ATOMIC_RELAXED);
    if (entry == 0) /* no handler yet: the guest looks itself, after PITH_HC_WAIT */
        return false;
    if (inside || __atomic_load_n(&v->upcall_busy, __ATOMIC_RELAXED)) {
        mon_timer_retry(m);
        return false;
    }
    v->upcall_busy = 1;
    v->upcall = *regs;
    v->upcall.vector = PITH_VECTOR_UPCALL;
    regs->rip = entry;
    regs->rsp = stack & ~15ull;
    regs->rflags = ENTRY_FLAGS;
    return true;
}
