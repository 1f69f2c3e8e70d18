/* Upcalls: see sched/upcall.h, pith/abi.h and arch/upcall.S.
 *
 * The interrupted thread gets an area of its own, made at its first upcall and kept until it
 * ends: the registers to resume, the FPU state, and a small stack on which it waits its turn.
 *
 *   area:  FPU state | struct pith_regs | stack, growing down ... | top
 */
#include "sched/upcall.h"

#include "arch/context.h"
#include "base/host.h"
#include "base/string.h"
#include "mem/alloc.h"
#include "sched/sched.h"
#include "signal/signal.h"

#define AREA_STACK 4096
#define UPCALL_STACK 2048

static char upcall_stack[UPCALL_STACK] __attribute__((aligned(64)));
static char spare[PAGE_SIZE * 4] __attribute__((aligned(64)));

static size_t fpu_bytes(void)
{
    return ROUND_UP(arch_fpu_size(), 64);
}

static size_t area_pages(void)
{
    return (fpu_bytes() + ROUND_UP(sizeof(struct pith_regs), 64) + AREA_STACK + PAGE_SIZE - 1) /
           PAGE_SIZE;
}

void sched_upcall_enable(void)
{
    struct pith_vcpu *vcpu = host_vcpu();
    if (vcpu->upcall_entry)
        return;
    ASSERT(area_pages() * PAGE_SIZE <= sizeof(spare));
    vcpu->upcall_stack = (u64)(upcall_stack + sizeof(upcall_stack));
    vcpu->upcall_entry = (u64)arch_upcall_entry;
}

void sched_upcall_free(struct thread *t)
{
    if (t->fpu)
        mem_pages_free(t->fpu, area_pages());
    t->fpu = NULL;
}

struct prepared {
    struct pith_regs *regs;
    void *stack;
};
struct prepared sched_upcall_prepare(void);
void sched_upcall(struct pith_regs *regs);

struct prepared sched_upcall_prepare(void)
{
    struct pith_vcpu *vcpu = host_vcpu();
    struct thread *t = sched_current();
    char *area = t->fpu;
    if (!area)
        area = t->fpu = mem_pages(area_pages());
    if (!area) /* no memory: the thread cannot wait, but it can go on (see sched_upcall) */
        area = spare;
    arch_fpu_save(area);
    struct pith_regs *regs = (struct pith_regs *)(area + fpu_bytes());
    *regs = vcpu->upcall;
    vcpu->upcall_busy = 0;
    return (struct prepared){regs, area + area_pages() * PAGE_SIZE};
}

void sched_upcall(struct pith_regs *regs)
{
    struct thread *t = sched_current();
    if (t->fpu) {
        sched_take_in(sched_count > 1 ? host_call(PITH_HC_WAIT, 0, 0, 0, 0) : 0);
        sched_preempt();
        sched_arm();
        if (signal_upcall && t->sig_ready)
            signal_upcall(regs);
        arch_fpu_load(t->fpu);
    } else {
        sched_take_in(0);
        sched_arm();
        arch_fpu_load(spare);
    }
}
