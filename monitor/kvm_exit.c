/* When KVM itself gives up on the guest: one sentence for the user, and the end.
 *
 * None of this can be the guest's ordinary faults (they have stubs). It is what a processor does
 * that cannot even report a fault, what KVM cannot emulate, or a host that has run out of
 * something.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>

#include "kvm.h"

/* The two bytes of code at a guest address, 0 if they are not the image's. */
static unsigned code_at(const struct mon *m, uint64_t va)
{
    const struct mon_image *image = &m->image;
    if (va < image->start || va >= image->end - 1)
        return 0;
    const uint8_t *at = m->image_host + (va - image->start);
    return at[0] | (unsigned)at[1] << 8;
}

#define SYSCALL 0x050fu
#define SYSENTER 0x340fu
#define INT80 0x80cdu

bool kvm_system_call(struct mon *m, struct pith_regs *r)
{
    /* A processor refuses the instruction (EFER.SCE is clear, the IDT ends before 0x80). A KVM
     * that runs ring 3 directly sends `syscall` to address 0, with the return address in rcx. */
    bool refused = r->vector == KVM_INVALID_OPCODE || r->vector == KVM_GENERAL_PROTECTION;
    bool sent_to_0 = r->vector == KVM_PAGE_FAULT && r->rip == 0 && (r->error & KVM_ERROR_FETCH);
    uint64_t at = sent_to_0 ? r->rcx - 2 : r->rip;
    unsigned code = refused || sent_to_0 ? code_at(m, at) : 0;
    if (code != SYSCALL && code != SYSENTER && code != INT80)
        return false;
    r->rip = at;
    mon_die(m, SIGSYS, r, "it made system call %d itself, which only the host's own code may",
            (int)r->rax);
    return true;
}

void kvm_gave_up(struct mon *m, int reason)
{
    struct kvm_guest *g = m->priv;
    const struct kvm_run *run = g->run;
    struct pith_regs regs;
    kvm_regs_now(g, &regs);
    switch (reason) {
    case KVM_EXIT_SHUTDOWN:
        mon_die(m, SIGSEGV, &regs, "the virtual CPU shut down (a triple fault)");
        return;
    case KVM_EXIT_INTERNAL_ERROR:
        mon_die(m, SIGSEGV, &regs, "KVM could not go on with the guest (internal error %u)",
                run->internal.suberror);
        return;
    case KVM_EXIT_FAIL_ENTRY:
        mon_die(m, SIGSEGV, &regs, "the processor refused to enter the guest (0x%llx)",
                (unsigned long long)run->fail_entry.hardware_entry_failure_reason);
        return;
    case KVM_EXIT_IO:
        mon_die(m, SIGSEGV, &regs, "the program used an I/O port (0x%x)", run->io.port);
        return;
    case KVM_EXIT_MMIO:
        mon_die(m, SIGSEGV, &regs, "the guest reached physical memory that is not there (0x%llx)",
                (unsigned long long)run->mmio.phys_addr);
        return;
    case -EFAULT:
        mon_die(m, SIGBUS, &regs,
                "the host could not provide a page of the guest's memory (was "
                "the program file cut short?)");
        return;
    default:
        if (reason < 0)
            mon_die(m, SIGKILL, &regs, "KVM cannot run the guest: %s", strerror(-reason));
        else
            mon_die(m, SIGSEGV, &regs, "KVM stopped the guest for a reason unknown here (%d)",
                    reason);
    }
}
