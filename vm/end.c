/* Ends: what the image or the user is told, then the power goes off by every way there is. */
#include "internal.h"

#define SIGABRT 6

void vm_log(const char *text, size_t n)
{
    if (n)
        vm_link->log(text, n);
}

static NORETURN void finish(unsigned status, unsigned sig)
{
    static bool ending;
    if (!ending) {
        ending = true;
        for (unsigned i = 0; i < vm_ndevices; i++)
            if (vm_device[i].ops->end)
                vm_device[i].ops->end(&vm_device[i]);
        vm_link->end(status, sig);
    }
    vm_power_off(sig ? 128 + sig : status);
}

void vm_end(unsigned status)
{
    finish(status & 0xff, 0);
}

void vm_killed(unsigned sig)
{
    finish(128 + sig, sig);
}

void vm_stop(const char *fmt, ...)
{
    __builtin_va_list args;
    vm_say("pith: %s%s", vm_name(), vm_name()[0] ? ": " : "");
    __builtin_va_start(args, fmt);
    vm_vsay(fmt, args);
    __builtin_va_end(args);
    vm_say("\n");
    finish(128 + SIGABRT, SIGABRT);
}

void vm_broken(const char *fmt, ...)
{
    __builtin_va_list args;
    vm_say("pith: %s: ", vm_name());
    __builtin_va_start(args, fmt);
    vm_vsay(fmt, args);
    __builtin_va_end(args);
    vm_say("\n");
    finish(128 + SIGABRT, SIGABRT);
}

void vm_base_fault(const struct pith_regs *regs, u64 address)
{
    vm_stop(
        "the base itself failed: exception %u (error 0x%lx, address 0x%lx) at 0x%lx, stack 0x%lx, "
        "called from 0x%lx",
        (u32)regs->vector, regs->error, address, regs->rip, regs->rsp,
        (regs->rsp >= (u64)vm_base_start && regs->rsp < (u64)vm_base_end - 8) && regs->vector != 8
            ? *(u64 *)regs->rsp
            : 0);
}
