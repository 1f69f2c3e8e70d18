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

/* The instruction before RIP, if it was `syscall` or `int`: on some hosts these end in a triple
 * fault, and they are the likeliest cause. */
static const char *raw_call(struct mon *m, uint64_t rip)
{
    const struct mon_image *image = &m->image;
    if (rip < image->start + 2 || rip >= image->end)
        return "";
    const uint8_t *at = m->image_host + (rip - image->start);
    for (int back = -2; back <= 0; back += 2) {
        if (at[back] == 0x0f && at[back + 1] == 0x05)
            return " (the program made a system call by itself, not through its C library)";
        if (at[back] == 0xcd)
            return " (the program made a software interrupt)";
    }
    return "";
}

void kvm_gave_up(struct mon *m, int reason)
{
    struct kvm_guest *g = m->priv;
    const struct kvm_run *run = g->run;
    struct pith_regs regs;
    kvm_regs_now(g, &regs);
    switch (reason) {
    case KVM_EXIT_SHUTDOWN:
        mon_die(m, SIGSEGV, &regs, "the virtual CPU shut down (a triple fault)%s",
                raw_call(m, regs.rip));
        return;
    case KVM_EXIT_INTERNAL_ERROR:
        mon_die(m, SIGSEGV, &regs, "KVM could not go on with the guest (internal error %u)%s",
                run->internal.suberror, raw_call(m, regs.rip));
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
