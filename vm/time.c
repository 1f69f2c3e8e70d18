/* Time. The time-stamp counter, once its rate is known; until then nobody has asked.
 *
 * The rate comes from whoever tells it, best first: kvmclock (which is the time itself), CPUID
 * (0x15, and hypervisors' 0x40000010), else a clock of known rate is watched beside the counter:
 * the local APIC's under QEMU and KVM (1 GHz by their sources), the ACPI timer, the PIT. Watching
 * begins at the start, so by the time somebody asks enough has usually gone by; what is missing is
 * waited for then, and a program that never asks never waits.
 */
#include "internal.h"

#define GIGA 1000000000ull
#define APIC_LVT_TIMER 0x320
#define APIC_INITIAL 0x380
#define APIC_COUNT 0x390
#define APIC_DIVIDE 0x3e0
#define APIC_MASKED (1u << 16)
#define APIC_HZ (GIGA / 16) /* divided by 16, what timer.c sets too */

/* What mono says at the start: programs take a while off the time and expect to stay above 0. */
#define BEGIN (64 * GIGA)

#define PM_HZ 3579545ull
#define PIT_HZ 1193182ull

/* Enough to know the rate: readings are a microsecond apart at most, so 0.1% and better. */
#define WATCH_NS 1000000ull
#define WATCH_PIT_NS 4000000ull
/* Ticks of the counter within which both count as read at one moment. */
#define MOMENT 8000u

static struct {
    u64 tsc0, mono0; /* mono = mono0 + (tsc - tsc0) * mult >> shift */
    u32 mult, shift;
    bool known;
    s64 real; /* of real time over mono */
    bool real_known;
} now;

static enum { NONE, KVMCLOCK, TOLD, APIC, PM, PIT } source;
static u64 hz; /* of the counter, where it is told */
static u16 pm_port;
static u64 watch_tsc, watch_ref; /* the first reading */

/* ---- kvmclock (Documentation/virt/kvm/x86/msr.rst) ---- */
#define MSR_KVM_WALL 0x4b564d00
#define MSR_KVM_CLOCK 0x4b564d01
static volatile struct {
    u32 version, pad;
    u64 tsc, system;
    u32 mul;
    signed char shift;
    u8 flags, pad2[2];
} kvm __attribute__((aligned(64)));
static volatile struct {
    u32 version, sec, nsec;
} kvm_wall __attribute__((aligned(64)));
static u32 kvm_version;

bool vm_time_kvm_scale(u32 mul, int shift, u32 *mult, u32 *down)
{
    /* ns = ((ticks << shift) * mul) >> 32, with a negative shift to the right. */
    if (shift > 16 || shift < -16)
        return false;
    *mult = mul;
    *down = (u32)(32 - shift);
    return mul != 0;
}

static bool kvm_read(void)
{
    for (unsigned i = 0; i < 1000; i++) {
        u32 version = kvm.version;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        now.tsc0 = kvm.tsc;
        now.mono0 = kvm.system + BEGIN;
        bool ok = vm_time_kvm_scale(kvm.mul, kvm.shift, &now.mult, &now.shift);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (ok && !(version & 1) && version == kvm.version) {
            kvm_version = version;
            return now.known = true;
        }
    }
    return false;
}

/* ---- arithmetic without a library: a * b / c ---- */
static u64 scale(u64 a, u64 b, u64 c)
{
    u64 low, high, rest;
    __asm__("mulq %3" : "=a"(low), "=d"(high) : "a"(a), "r"(b));
    if (high >= c)
        return ~0ull;
    __asm__("divq %4" : "=a"(low), "=d"(rest) : "a"(low), "d"(high), "r"(c));
    return low;
}

/* The counter makes `ticks` in ns nanoseconds. */
static void set_rate(u64 ns, u64 ticks)
{
    u64 tsc = vm_rdtsc(), mono = 0;
    if (now.known)
        mono = now.mono0 + (u64)(((unsigned __int128)(tsc - now.tsc0) * now.mult) >> now.shift);
    for (unsigned shift = 32; ticks && shift >= 16; shift--) {
        u64 mult = scale(ns, 1ull << shift, ticks);
        if (mult >> 32)
            continue;
        now.mult = (u32)mult;
        now.shift = shift;
        if (!now.known) /* mono began with the base */
            mono = BEGIN + (u64)(((unsigned __int128)(tsc - now.tsc0) * mult) >> shift);
        now.tsc0 = tsc;
        now.mono0 = mono;
        now.known = true;
        return;
    }
    vm_stop("this machine's time-stamp counter stands still");
}

/* ---- clocks to watch ---- */
static u64 reference(void)
{
    u32 low, high;
    switch (source) {
    case APIC:
        return ~vm_apic_read(APIC_COUNT);
    case PM:
        return vm_in32(pm_port) & 0xffffff;
    default:
        vm_out8(0x43, 0);
        low = vm_in8(0x40);
        high = vm_in8(0x40);
        return 0xffff - (high << 8 | low);
    }
}

static u64 reference_mask(void)
{
    return source == APIC ? 0xffffffff : source == PM ? 0xffffff : 0xffff;
}

/* Both at one moment: another machine's turn in between spoils a reading. */
static void reading(u64 *tsc, u64 *ref)
{
    u64 best = ~0ull;
    for (unsigned i = 0; i < 8 && best > MOMENT; i++) {
        u64 before = vm_rdtsc(), r = reference(), after = vm_rdtsc();
        if (after - before < best) {
            best = after - before;
            *tsc = before + best / 2;
            *ref = r;
        }
    }
}

static void watch_start(void)
{
    if (source == APIC) {
        vm_apic_write(APIC_DIVIDE, 3); /* by 16 */
        vm_apic_write(APIC_LVT_TIMER, APIC_MASKED | VECTOR_TIMER);
        u64 before, took = vm_apic_count(0xffffffff, &before);
        watch_tsc = before + took / 2;
        watch_ref = 0; /* what reference() makes of the first count */
        if (took <= 4 * MOMENT)
            return;
    } else if (source == PIT) {
        vm_out8(0x43, 0x34); /* channel 0 counts down, over and over */
        vm_out8(0x40, 0);
        vm_out8(0x40, 0);
    }
    reading(&watch_tsc, &watch_ref);
}

static void learn(void)
{
    u64 ref_hz = source == APIC ? APIC_HZ : source == PM ? PM_HZ : PIT_HZ;
    u64 want = (source == PIT ? WATCH_PIT_NS : WATCH_NS) * ref_hz / GIGA, tsc = 0, ref;
    /* The watched clock may have gone round since: at 8 GHz the counter makes so many ticks in
     * half of its round. */
    if (vm_rdtsc() - watch_tsc > (reference_mask() / 2) * (8 * GIGA / 16) / ref_hz)
        watch_start();
    u64 elapsed = 0;
    for (u64 spins = 0; elapsed < want; spins++) {
        if (spins > 100000000)
            vm_stop("this machine's clocks stand still");
        reading(&tsc, &ref);
        elapsed = (ref - watch_ref) & reference_mask();
    }
    set_rate(scale(elapsed, GIGA, ref_hz), tsc - watch_tsc);
}

u64 vm_now(void)
{
    if (!now.known) {
        if (source == TOLD)
            set_rate(GIGA, hz);
        else if (source != KVMCLOCK)
            learn();
        else if (!kvm_read())
            vm_stop("the hypervisor's clock (kvmclock) does not settle");
    } else if (source == KVMCLOCK && kvm.version != kvm_version) {
        (void)kvm_read();
    }
    return now.mono0 + (u64)(((unsigned __int128)(vm_rdtsc() - now.tsc0) * now.mult) >> now.shift);
}

u64 vm_ticks_ns(u64 ticks)
{
    (void)vm_now();
    return (u64)(((unsigned __int128)ticks * now.mult) >> now.shift);
}

u64 vm_uptime(void)
{
    return vm_now() - BEGIN;
}

/* The counter's ticks at this mono time, for the timer that compares with it. */
u64 vm_tsc_at(u64 mono)
{
    u64 at = vm_now();
    u64 left = mono > at ? mono - at : 0;
    if (left > 3600 * GIGA)
        left = 3600 * GIGA;
    return vm_rdtsc() + scale(left, 1ull << now.shift, now.mult);
}

/* What is learned later, over a longer time (timer.c): the rate from then on. */
static u64 longest;
void vm_time_refine(u64 ns, u64 ticks)
{
    if (source != APIC || ns <= longest || ns < 2 * WATCH_NS)
        return;
    longest = ns;
    set_rate(ns, ticks);
}
bool vm_time_by_apic(void)
{
    return source == APIC;
}

/* ---- real time ---- */
static u8 cmos(u8 reg)
{
    vm_out8(0x70, reg | 0x80);
    return vm_in8(0x71);
}

static unsigned bcd(u8 v, bool binary)
{
    return binary ? v : (v >> 4) * 10u + (v & 15);
}

/* Days from 1970 of a day in the Gregorian calendar. */
static s64 days(s64 y, unsigned m, unsigned d)
{
    y -= m <= 2;
    s64 era = y / 400;
    unsigned yoe = (unsigned)(y - era * 400),
             doy = (153 * (m + (m > 2 ? -3u : 9u)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

/* Seconds since 1970 by the MC146818 and its kin, -1: there is none. */
static s64 rtc(void)
{
    static const u8 reg[] = {0, 2, 4, 7, 8, 9, 0x32};
    u8 v[2][7];
    for (unsigned tries = 0; tries < 16; tries++) {
        for (unsigned k = 0; k < 2; k++) {
            for (unsigned i = 0; cmos(0x0a) & 0x80; i++)
                if (i == 10000)
                    return -1;
            for (unsigned i = 0; i < 7; i++)
                v[k][i] = cmos(reg[i]);
        }
        if (memcmp(v[0], v[1], 7) != 0)
            continue;
        u8 b = cmos(0x0b);
        bool binary = b & 4, pm = !(b & 2) && v[0][2] & 0x80;
        unsigned sec = bcd(v[0][0], binary), min = bcd(v[0][1], binary),
                 hour = bcd(v[0][2] & 0x7f, binary), day = bcd(v[0][3], binary),
                 month = bcd(v[0][4], binary), year = bcd(v[0][5], binary),
                 century = bcd(v[0][6], binary);
        if (!(b & 2))
            hour = hour % 12 + (pm ? 12 : 0);
        year += (century >= 19 && century <= 29 ? century : 20) * 100;
        if (sec > 60 || min > 59 || hour > 23 || day < 1 || day > 31 || month < 1 || month > 12)
            return -1;
        return ((days(year, month, day) * 24 + hour) * 60 + min) * 60 + sec;
    }
    return -1;
}

u64 vm_real(void)
{
    u64 mono = vm_now();
    if (!now.real_known) {
        now.real_known = true;
        const char *told = vm_option("pith.time", 0);
        u64 sec;
        s64 by_rtc = -1;
        if (source == KVMCLOCK && kvm_wall.sec)
            now.real = (s64)(kvm_wall.sec * GIGA + kvm_wall.nsec - BEGIN);
        else if (told && vm_number(told, &sec, NULL))
            now.real = (s64)(sec * GIGA - BEGIN);
        else if ((by_rtc = rtc()) >= 0)
            now.real = by_rtc * (s64)GIGA - (s64)mono;
        else
            vm_say("pith: this machine does not know the time of day; it begins with 1970\n");
    }
    return (u64)((s64)mono + now.real);
}

/* The image's own clock (abi.h). */
void vm_clock_publish(void)
{
    struct pith_clock *c = vm_clock;
    if (!now.known)
        (void)vm_now();
    if (c->usable && c->tsc0 == now.tsc0)
        return;
    u64 mono = vm_now();
    s64 real = (s64)(vm_real() - vm_now());
    (void)mono;
    __atomic_store_n(&c->seq, c->seq + 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    c->tsc0 = now.tsc0;
    c->mono_ns = now.mono0;
    c->mult = now.mult;
    c->shift = now.shift;
    c->real_offset = real;
    c->usable = 1;
    __atomic_store_n(&c->seq, c->seq + 1, __ATOMIC_RELEASE);
}

/* ---- which clock ---- */
static bool told_by_cpuid(void)
{
    u32 r[4];
    if (vm_cpu.host_leaves >= 0x40000010 && vm_cpu.host_leaves < 0x40000100) {
        vm_cpuid(0x40000010, 0, r);
        hz = (u64)r[0] * 1000;
    }
    vm_cpuid(0, 0, r);
    if (!hz && r[0] >= 0x15) {
        vm_cpuid(0x15, 0, r);
        if (r[0] && r[1] && r[2])
            hz = scale(r[2], r[1], r[0]);
    }
    return hz >= 10000000;
}

static bool acpi_timer(void)
{
    u64 fadt;
    u32 len, port;
    if (!vm_acpi("FACP", &fadt, &len) || len < 116)
        return false;
    memcpy(&port, (u8 *)vm_at(fadt) + 76, 4);
    pm_port = (u16)port;
    return port && port < 0x10000;
}

void vm_time_start(void)
{
    const char *wish = vm_option("pith.clock", 0); /* to try the others */
    now.tsc0 = vm_rdtsc();
    if (!wish && vm_apic && vm_cpu.host == HOST_TCG) { /* it tells nothing */
        source = APIC;
    } else if (!wish && vm_cpu.kvmclock) {
        source = KVMCLOCK;
        vm_wrmsr(MSR_KVM_CLOCK, vm_own((const void *)&kvm) | 1);
        vm_wrmsr(MSR_KVM_WALL, vm_own((const void *)&kvm_wall));
    } else if (!wish && told_by_cpuid()) {
        source = TOLD;
    } else if (wish ? vm_streq(wish, "apic") : vm_apic && vm_cpu.host == HOST_KVM) {
        source = APIC;
    } else if (!(wish && vm_streq(wish, "pit")) && acpi_timer()) {
        source = PM;
    } else {
        source = PIT;
    }
    if (source == APIC)
        watch_start();
}
