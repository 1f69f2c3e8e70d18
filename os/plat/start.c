/* The boot list: all that happens between the entry point and libc, from top to bottom. What a
 * subsystem needs beyond this it sets up at its first use. */
#include "arch/context.h"
#include "base/host.h"
#include "mem/pages.h"
#include "plat/plat.h"
#include "sched/thread.h"

extern char pith_os_text_start[], pith_os_text_end[]; /* the linker script's */
extern char sched_fault_stack_top[];

void *plat_start(const struct pith_boot *boot)
{
    host_boot = boot;
    if (boot->flags & PITH_BOOT_STAMPS)
        host_call(PITH_HC_STAMP, PITH_STAMP_ENTRY, 0, 0, 0);
    struct pith_vcpu *vcpu = host_vcpu();
    vcpu->os_text_start = (u64)pith_os_text_start;
    vcpu->os_text_end = (u64)pith_os_text_end;
    vcpu->fault_stack = (u64)sched_fault_stack_top;
    vcpu->fault_entry = (u64)arch_fault_entry;
    mem_pages_init(PITH_STACK_TOP, boot->mem_end);
    sched_main.tid = (int)boot->pid;
    return plat_stack(boot);
}
