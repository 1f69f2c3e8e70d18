/* Exceptions and interrupts: to the image's fault entry or upcall entry (abi.h), or what ends it.
 */
#include "internal.h"

#define ENTRY_FLAGS 0x202u

u64 vm_user_rsp;

static unsigned fault_signal(u64 vector)
{
    switch (vector) {
    case 0:
    case 16:
    case 19:
        return 8; /* SIGFPE */
    case 1:
    case 3:
        return 5; /* SIGTRAP */
    case 6:
        return 4; /* SIGILL */
    case 12:
    case 17:
        return 7; /* SIGBUS */
    default:
        return 11;
    }
}

bool vm_fault(struct pith_regs *regs)
{
    struct pith_vcpu *v = vm_vcpu;
    u64 entry = v->fault_entry, stack = v->fault_stack;
    if (entry == 0 || v->fault_busy) {
        unsigned sig = fault_signal(regs->vector);
        vm_report(sig, regs, entry ? "it faulted while it handled a fault" : NULL);
        vm_killed(sig);
    }
    v->fault_busy = 1;
    v->fault = *regs;
    regs->rip = entry;
    regs->rsp = stack & ~15ull;
    regs->rflags = ENTRY_FLAGS;
    return true;
}

bool vm_upcall(struct pith_regs *regs)
{
    struct pith_vcpu *v = vm_vcpu;
    if (__atomic_load_n(&v->pending, __ATOMIC_RELAXED) == 0)
        return false;
    u64 entry = v->upcall_entry, stack = v->upcall_stack;
    if (entry == 0) /* no handler yet: the image looks itself, after PITH_HC_WAIT */
        return false;
    /* The page of the hypercall is the library OS's as well. */
    if ((regs->rip >= v->os_text_start && regs->rip < v->os_text_end) ||
        regs->rip - PITH_BOOT_START < PITH_BOOT_MAX || v->upcall_busy) {
        vm_timer_retry();
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

/* rdfsbase, rdgsbase, wrfsbase, wrgsbase on a processor without them: F3 [REX] 0F AE /0../3 with a
 * register (AMD64 APM vol. 3). */
bool vm_emulate(struct pith_regs *regs)
{
    u64 code = 0, rex = 0;
    if (vm_cpu.fsgsbase)
        return false;
    /* It was just fetched from there, so it is mapped, unless it is cut by the end of a page. */
    if (!vm_cpu.smap && regs->rip % PAGE <= PAGE - sizeof code)
        code = *(const volatile u64 *)regs->rip;
    else if (vm_copy_in(&code, regs->rip, 5) && vm_copy_in(&code, regs->rip, 4))
        return false;
    if ((code & 0xf000) == 0x4000) {
        rex = code >> 8 & 0xff;
        code = (code & 0xff) | (code >> 8 & ~0xffull);
    }
    if ((code & 0xe0ffffff) != 0xc0ae0ff3)
        return false;
        /* The processor counts rax rcx rdx rbx rsp rbp rsi rdi r8..; where they stand in pith_regs.
         */
#define AT(r) (offsetof(struct pith_regs, r) / 8)
    static const u8 place[16] = {AT(rax), AT(rcx), AT(rdx), AT(rbx), AT(rsp), AT(rbp),
                                 AT(rsi), AT(rdi), AT(r8),  AT(r9),  AT(r10), AT(r11),
                                 AT(r12), AT(r13), AT(r14), AT(r15)};
    unsigned op = code >> 27 & 3;
    u64 *to = &regs->r15 + place[(code >> 24 & 7) | (rex & 1) << 3];
    u64 narrow = rex & 8 ? ~0ull : 0xffffffffu;
    u32 msr = 0xc0000100u | (op & 1);
    if (op & 2) {
        u64 value = *to & narrow;
        if (value >> 47 && value >> 47 != 0x1ffff)
            return false;
        vm_wrmsr(msr, value);
    } else {
        *to = vm_rdmsr(msr) & narrow;
    }
    regs->rip += rex ? 5 : 4;
    return true;
}

void vm_trap(struct pith_regs *regs)
{
    u64 address;
    bool user = regs->cs & 3;
    if (regs->vector == 6 && user && vm_emulate(regs))
        return;
    __asm__ volatile("mov %%cr2, %0" : "=r"(address));
    if (regs->vector >= 32) {
        if (regs->vector == VECTOR_TIMER)
            vm_timer_fired();
        else
            vm_irq_taken();
        vm_irq_eoi();
        if (user)
            vm_upcall(regs);
        return;
    }
    if (regs->vector == 2) /* not maskable: nobody here waits for one */
        return;
    if (!user || regs->vector == 8 || regs->vector == 18)
        vm_base_fault(regs, address);
    regs->addr = regs->vector == 14 ? address : 0;
    vm_fault(regs);
}
