/* The one timer: the image's alarm, the end of a sleep, the next try of an upcall. Where the
 * processor compares the time-stamp counter (TSC-deadline) by that, else by the local APIC counting
 * down. It fires at or before what was asked; it is moved only when it must fire earlier, so an
 * alarm that is set and taken back at every thread switch costs nothing.
 */
#include "internal.h"

#define APIC_LVT_TIMER 0x320
#define APIC_INITIAL 0x380
#define APIC_COUNT 0x390
#define APIC_DIVIDE 0x3e0
#define LVT_DEADLINE (2u << 17)
#define MSR_DEADLINE 0x6e0
#define RETRY_NS 500000u
/* The count has 32 bits; no sleep is longer without a look at the time. */
#define LONGEST_NS 30000000000ull
#define GIGA 1000000000ull

u64 vm_alarm;
static u64 armed; /* when it fires, 0 = not set */
static u64 apic_hz;
static bool by_deadline, started;

static struct {
    u64 tsc;
    u32 ticks;
} begun;

/* The APIC's own rate: told, known of the hypervisor, or seen beside the clock. */
static void learn(void)
{
    u32 r[4];
    if (vm_time_by_apic()) {
        apic_hz = GIGA / 16;
        return;
    }
    if (vm_cpu.host_leaves >= 0x40000010 && vm_cpu.host_leaves < 0x40000100) {
        vm_cpuid(0x40000010, 0, r);
        apic_hz = (u64)r[1] * 1000 / 16;
    }
    if (apic_hz)
        return;
    vm_apic_write(APIC_INITIAL, 0xffffffff);
    u64 from = vm_now(), at, ticks;
    do {
        at = vm_now();
        ticks = 0xffffffffu - vm_apic_read(APIC_COUNT);
    } while (at - from < 100000 || (ticks < 100 && at - from < 10000000));
    vm_apic_write(APIC_INITIAL, 0);
    if (ticks == 0)
        vm_stop("this machine's timer (local APIC) stands still");
    apic_hz = ticks * GIGA / (at - from);
}

static void start(void)
{
    started = true;
    by_deadline = vm_cpu.deadline && !vm_time_by_apic();
    vm_apic_write(APIC_DIVIDE, 3);
    if (!by_deadline)
        learn();
    vm_apic_write(APIC_LVT_TIMER, VECTOR_TIMER | (by_deadline ? LVT_DEADLINE : 0));
}

static void set(u64 now, u64 when)
{
    u64 left = when > now ? when - now : 0;
    if (left > LONGEST_NS)
        left = LONGEST_NS;
    armed = now + left;
    if (!started)
        start();
    if (by_deadline) {
        vm_wrmsr(MSR_DEADLINE, vm_tsc_at(now + left) | 1);
        return;
    }
    /* What was counted since it was set tells the counter's rate better than the start could. */
    u32 count = begun.ticks ? vm_apic_read(APIC_COUNT) : 0;
    if (count)
        vm_time_refine((begun.ticks - count) * GIGA / apic_hz, vm_rdtsc() - begun.tsc);
    begun.ticks = (u32)(left * apic_hz / GIGA) + 1;
    begun.tsc = vm_rdtsc();
    vm_apic_write(APIC_INITIAL, begun.ticks);
}

void vm_timer_arm(u64 mono)
{
    if (!vm_apic)
        return;
    u64 now = vm_now();
    if (armed > now && armed <= mono)
        return;
    set(now, mono);
}

void vm_timer_due(u64 now)
{
    if (vm_alarm && vm_alarm <= now) {
        vm_alarm = 0;
        vm_pend(PITH_PEND_TIMER);
    }
}

void vm_timer_fired(void)
{
    u64 now = vm_now();
    armed = 0;
    begun.ticks = 0;
    vm_timer_due(now);
    if (vm_alarm)
        set(now, vm_alarm);
}

void vm_timer_retry(void)
{
    u64 now = vm_now();
    if (armed == 0 || armed > now + RETRY_NS)
        set(now, now + RETRY_NS);
}
