/* See run. rdmsr and wrmsr fault in a process: the handler is the processor that the base would run
 * on. Its kvmclock is filled in as KVM does it (Documentation/virt/kvm/x86/msr.rst): the time-stamp
 * counter is this machine's, its rate a made-up one. */
#include <assert.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "vm/internal.h"

#define GIGA 1000000000ull
#define CLOCK 0x4b564d01u
#define WALL 0x4b564d00u
#define DEADLINE 0x6e0u
#define WALL_SECONDS 1700000000u

/* What the base has elsewhere. */
struct vm_cpu vm_cpu = {.deadline = true, .kvmclock = true, .host = HOST_KVM};
bool vm_apic = true;
static struct pith_clock image_clock;
struct pith_clock *vm_clock = &image_clock;
static u32 apic_mode;
u32 vm_apic_read(u32 reg)
{
    (void)reg;
    return 0;
}
void vm_apic_write(u32 reg, u32 value)
{
    if (reg == 0x320)
        apic_mode = value;
}
u64 vm_apic_count(u32 count, u64 *before)
{
    (void)count;
    *before = vm_rdtsc();
    return 0;
}
const char *vm_option(const char *name, unsigned n)
{
    (void)name, (void)n;
    return NULL;
}
bool vm_number(const char *s, u64 *value, const char **end)
{
    (void)s, (void)value, (void)end;
    return false;
}
bool vm_streq(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}
bool vm_acpi(const char *signature, u64 *phys, u32 *len)
{
    (void)signature, (void)phys, (void)len;
    return false;
}
static u32 pended;
void vm_pend(u32 bit)
{
    pended |= bit;
}
void vm_say(const char *fmt, ...)
{
    printf("not ok vm_time: it says %s", fmt);
    exit(1);
}
void vm_stop(const char *fmt, ...)
{
    vm_say(fmt);
    abort();
}

/* ---- The processor ---- */
static struct {
    u32 version, pad;
    u64 tsc, system;
    u32 mul;
    signed char shift;
    u8 flags, pad2[2];
} * guest_clock;
static struct {
    u32 version, sec, nsec;
} * guest_wall;
static u64 deadline;
static unsigned deadlines;

/* At `system` nanoseconds now, ticks of 2^-shift * 2^32 / mul nanoseconds from then on. */
static void host_update(u64 system, u32 mul, signed char shift)
{
    guest_clock->version |= 1;
    guest_clock->tsc = vm_rdtsc();
    guest_clock->system = system;
    guest_clock->mul = mul;
    guest_clock->shift = shift;
    guest_clock->version++;
}

static void wrmsr(u32 msr, u64 value)
{
    void *at = (void *)((value & ~1ull) + VM_OFFSET); /* vm_own, backwards */
    switch (msr) {
    case CLOCK:
        assert(value & 1 && (value & 3) == 1);
        guest_clock = at;
        guest_clock->version = 2;
        host_update(5 * GIGA, 0x80000000u, 1); /* one nanosecond a tick */
        break;
    case WALL:
        guest_wall = at;
        guest_wall->sec = WALL_SECONDS;
        guest_wall->nsec = 7;
        guest_wall->version = 2;
        break;
    case DEADLINE:
        deadline = value;
        deadlines++;
        break;
    default:
        printf("not ok vm_time: MSR %x is written\n", msr);
        exit(1);
    }
}

static void fault(int sig, siginfo_t *info, void *context)
{
    greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
    const u8 *code = (const u8 *)r[REG_RIP];
    (void)sig, (void)info;
    if (code[0] != 0x0f || code[1] != 0x30) {
        printf("not ok vm_time: an instruction that is not wrmsr\n");
        exit(1);
    }
    wrmsr((u32)r[REG_RCX], (u32)r[REG_RAX] | (u64)(u32)r[REG_RDX] << 32);
    r[REG_RIP] += 2;
}

static bool near(u64 got, u64 want, u64 by)
{
    return got + by >= want && got <= want + by;
}

#define CHECK(what)                                                                                \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            printf("not ok vm_time: %s (line %d)\n", #what, __LINE__);                             \
            return 1;                                                                              \
        }                                                                                          \
    } while (0)

int main(void)
{
    const u64 slack = 50000000; /* ns: a machine that is busy meanwhile */
    struct sigaction act = {.sa_sigaction = fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &act, NULL);

    /* The time is the hypervisor's, and goes on at its rate. */
    vm_time_start();
    CHECK(guest_clock && guest_wall && !vm_time_by_apic());
    u64 start = vm_now(), before = vm_rdtsc();
    CHECK(near(start, (64 + 5) * GIGA, slack));
    while (vm_rdtsc() - before < 3000000)
        ;
    u64 now = vm_now(), ticks = vm_rdtsc() - before;
    CHECK(now > start && near(now - start, ticks, slack) && now - start >= 3000000);
    CHECK(near(vm_ticks_ns(1000), 1000, 1));

    /* It changes the rate, and is looked at again; an update under way is waited for. */
    host_update(8 * GIGA, 0x80000000u, -1); /* a quarter of a nanosecond */
    CHECK(near(vm_now(), (64 + 8) * GIGA, slack));
    CHECK(near(vm_ticks_ns(4000), 1000, 1));

    /* The time of day is told with it, and what the image reads by itself agrees. */
    CHECK(near(vm_real(), WALL_SECONDS * GIGA + 8 * GIGA, slack));
    vm_clock_publish();
    CHECK(image_clock.usable && !(image_clock.seq & 1));
    u64 image = image_clock.mono_ns +
                (u64)(((unsigned __int128)(vm_rdtsc() - image_clock.tsc0) * image_clock.mult) >>
                      image_clock.shift);
    CHECK(near(image, vm_now(), slack));

    /* An alarm is a value of the counter; moved only to fire earlier; due, it is the image's. */
    u64 at = vm_now() + 2 * GIGA, tsc = vm_rdtsc();
    vm_timer_arm(at);
    CHECK(apic_mode == (VECTOR_TIMER | 2u << 17) && deadlines == 1);
    CHECK(near(deadline, tsc + 4 * 2 * GIGA, 4 * slack));
    vm_timer_arm(at + GIGA);
    CHECK(deadlines == 1);
    tsc = vm_rdtsc();
    vm_timer_arm(at - GIGA);
    CHECK(deadlines == 2 && near(deadline, tsc + 4 * GIGA, 4 * slack));
    vm_alarm = vm_now();
    vm_timer_fired();
    CHECK(pended == PITH_PEND_TIMER && vm_alarm == 0);
    puts("ok vm_time");
    return 0;
}
