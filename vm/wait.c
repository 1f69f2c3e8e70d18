/* PITH_HC_WAIT (abi.h): every device is looked at; then, if there is nothing to do, the processor
 * halts until an interrupt: the timer, or a device that was armed before the last look. */
#include "internal.h"

/* Where a device cannot wake us, it is looked at this often. */
#define LOOK_NS 1000000u

static u64 slept;

u64 vm_idle(void)
{
    return slept;
}

void vm_pend(u32 bit)
{
    __atomic_fetch_or(&vm_vcpu->pending, bit, __ATOMIC_RELEASE);
}

static bool serve(void)
{
    bool any = false;
    for (unsigned i = 0; i < vm_ndevices; i++) {
        struct vm_device *d = &vm_device[i];
        if (d->ops->push)
            d->ops->push(d);
        if (d->ops->pull)
            any |= d->ops->pull(d);
    }
    return any;
}

/* An interrupt came: what the image does not see may have signals for it. */
void vm_wait_urgent(void)
{
    for (unsigned i = 0; i < vm_ndevices; i++)
        if (vm_device[i].type == 0 && vm_device[i].ops->pull)
            vm_device[i].ops->pull(&vm_device[i]);
}

static void arm(bool on)
{
    for (unsigned i = 0; i < vm_ndevices; i++)
        if (vm_device[i].ops->arm)
            vm_device[i].ops->arm(&vm_device[i], on);
}

static bool pending(void)
{
    return __atomic_load_n(&vm_vcpu->pending, __ATOMIC_RELAXED) != 0;
}

static void sleep_until(u64 now, u64 deadline)
{
    if (vm_alarm && vm_alarm < deadline)
        deadline = vm_alarm;
    if ((!vm_irq_complete() || vm_look_soon) && deadline > now + LOOK_NS)
        deadline = now + LOOK_NS;
    if (deadline != PITH_NEVER)
        vm_timer_arm(deadline);
    vm_irq_ready();
    if (vm_apic && !pending())
        __asm__ volatile("sti; hlt; cli" ::: "memory");
    else
        __asm__ volatile("pause");
    slept += vm_now() - now;
}

long vm_wait(u64 deadline)
{
    bool any = false, armed = false;
    for (;;) {
        any |= serve();
        bool now_pending = pending();
        /* Nobody asks for the time: a program that only prints never reads a clock. */
        if ((any || now_pending || deadline == 0) && (deadline == 0 || deadline == PITH_NEVER) &&
            !vm_alarm) {
            if (armed)
                arm(false);
            return (any ? PITH_WAIT_RING : 0) | (now_pending ? PITH_WAIT_PEND : 0);
        }
        u64 now = vm_now();
        vm_timer_due(now);
        long mask = (any ? PITH_WAIT_RING : 0) | (pending() ? PITH_WAIT_PEND : 0) |
                    (deadline && deadline <= now ? PITH_WAIT_TIME : 0);
        if (mask || deadline == 0) {
            if (armed)
                arm(false);
            vm_clock_publish();
            return mask;
        }
        if (!armed) { /* and look once more: what came before does not interrupt */
            arm(true);
            armed = true;
            continue;
        }
        sleep_until(now, deadline);
    }
}
