/* How a guest runs, is stopped and ends on the kvm machine: hypercalls, faults, upcalls, CPU
 * features, and what happens to code that tries what ring 3 may not. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <unistd.h>

#include "monitor/run.h"
#include "harness.h"

static uint64_t call(const uint8_t *label)
{
    uint64_t got = 0;
    if (!guest_call(guest_code(label), &got))
        fail("exception %llu, error %#llx, address %#llx", (unsigned long long)last.vector,
             (unsigned long long)last.error, (unsigned long long)last.addr);
    return got;
}

static void hypercalls(void)
{
    for (int i = 0; i < 1000; i++)
        expect(call(payload_answer) == 42);
}

static void features(void)
{
    uint64_t xcr0 = call(payload_features);
    expect((xcr0 & 3) == 3);
    expect((__builtin_cpu_supports("avx") != 0) == ((xcr0 & 4) != 0));
}

/* FS base and vector registers belong to the interrupted code across calls, faults and signals. */
static void state(void)
{
    uint64_t got;
    for (int i = 0; i < 100; i++) {
        expect(call(payload_fs) == 0x123456789000);
        expect(!guest_read(8, &got));
        expect(call(payload_vector) == 0x123456789000);
    }
}

static void refused(const uint8_t *label, unsigned vector)
{
    uint64_t got;
    expect(!guest_call(guest_code(label), &got));
    if (died)
        fail("died");
    if (last.vector != vector)
        fail("exception %llu, not %u", (unsigned long long)last.vector, vector);
    expect(call(payload_answer) == 42);
}

static void privileged(void)
{
    for (int i = 0; i < 20; i++) {
        refused(payload_port, 13);
        refused(payload_cr, 13);
        refused(payload_hlt, 13);
        refused(payload_ud, 6);
        refused(payload_divide, 0);
        refused(payload_int3, 3);
    }
    uint64_t flags = call(payload_popf);
    expect((flags & 0x3000) == 0);
    expect(call(payload_answer) == 42);
}

/* Code that must end the guest, or fault it, but never harm the monitor. */
static void ends(const uint8_t *label)
{
    uint64_t got;
    bool went_on = guest_call(guest_code(label), &got);
    if (died)
        expect(died_of[0]);
    else
        expect(!went_on || call(payload_answer) == 42);
}

static void raw_syscall(void)
{
    uint64_t got;
    expect(!guest_call(guest_code(payload_syscall), &got));
    expect(died == SIGSYS && last.rip == guest_code(payload_syscall) + 5);
}

static void int_0x80(void)
{
    uint64_t got;
    expect(!guest_call(guest_code(payload_int80), &got));
    expect(died == SIGSYS && last.rip == guest_code(payload_int80));
}

static void port_in(void)
{
    ends(payload_in);
}

static void port_string(void)
{
    ends(payload_outs);
}

static void on_alarm(int sig)
{
    (void)sig;
    guest.over = true;
    machine->run->immediate_exit = 1;
}

/* A fault entry that faults at once, for ever: the monitor stays in charge. */
static void endless_faults(void)
{
    uint64_t got;
    struct sigaction a = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &a, NULL);
    struct itimerval t = {.it_value = {.tv_usec = 200000}};
    setitimer(ITIMER_REAL, &t, NULL);
    guest.vcpu->fault_entry = 0x1234567;
    guest.vcpu->fault_stack = 0xdead0000dead0000;
    guest_read(8, &got);
    expect(guest.over && last.rip == 0x1234567);
}

static void handle(int sig, siginfo_t *info, void *context)
{
    mon_kvm.on_signal(sig, info, context);
}

/* A guest that computes without a call is reached by each of many signals. */
static void upcalls(void)
{
    struct sigaction a = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO};
    sigaction(SIGALRM, &a, NULL);
    /* Again and again: one that finds the guest on its way into the loop moves nothing. */
    struct itimerval t = {.it_value = {.tv_usec = 300}, .it_interval = {.tv_usec = 300}};
    setitimer(ITIMER_REAL, &t, NULL);
    for (int i = 0; i < 500; i++) {
        uint64_t got;
        guest_call(guest_code(payload_spin), &got);
        expect(last.rip >= guest_code(payload_spin) && last.rip < guest_code(payload_spin) + 16);
        expect(last.vector == PITH_VECTOR_UPCALL);
    }
}

/* A fault is reported where it happened, also if a signal comes with it. */
static void upcalls_faults(void)
{
    struct sigaction a = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO};
    sigaction(SIGALRM, &a, NULL);
    struct itimerval t = {.it_value = {.tv_usec = 100}, .it_interval = {.tv_usec = 100}};
    setitimer(ITIMER_REAL, &t, NULL);
    unsigned faults = 0;
    for (int i = 0; i < 4000; i++) {
        uint64_t got;
        faults += !guest_call(guest_code(payload_null), &got);
        if (last.rip != guest_code(payload_null))
            fail("exception %llu at %#llx", (unsigned long long)last.vector,
                 (unsigned long long)last.rip);
    }
    expect(faults > 100);
}

/* Signals that come while the guest does other things get lost nowhere and break nothing. */
static void signal_storm(void)
{
    struct sigaction a = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(SIGALRM, &a, NULL);
    guest.vcpu->os_text_end = ~0ull >> 1; /* nothing may be moved */
    struct itimerval t = {.it_value = {.tv_usec = 100}, .it_interval = {.tv_usec = 100}};
    setitimer(ITIMER_REAL, &t, NULL);
    for (int i = 0; i < 2000; i++) {
        uint64_t got;
        expect(call(payload_answer) == 42);
        expect(!guest_read(8, &got) && last.vector == 14 && last.addr == 8);
    }
}

/* The image's file is cut short while it is mapped: the guest's end, not the monitor's. */
static long copied = 1;

static void copy_what_is_cut(void)
{
    char bytes[16];
    copied = mon_copy_guarded(bytes, guest.image_host + (IMAGE_DATA - IMAGE_START), sizeof bytes);
}

static void cut_file(void)
{
    uint64_t got;
    expect(ftruncate(guest.image.fd, 4096) == 0);
    struct sigaction a = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO};
    sigaction(SIGBUS, &a, NULL);
    in_hypercall = copy_what_is_cut;
    expect(guest_call(guest_code(payload_answer), &got) && copied == -EFAULT);
    expect(!guest_read(IMAGE_DATA, &got));
    expect(died == SIGBUS && died_of[0]);
}

static void broken(void)
{
    *(volatile int *)16 = 1;
}

/* A fault of the monitor's own inside a hypercall ends the run with a sentence. */
static void own_faults(void)
{
    uint64_t got;
    struct sigaction a = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &a, NULL);
    in_hypercall = broken;
    guest_call(guest_code(payload_answer), &got);
    expect(died == SIGSEGV && died_of[0]);
}

int main(void)
{
    char why[256];
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (kvm_missing(why, sizeof why)) {
        printf("skip kvm-machine: %s\n", why);
        return 0;
    }
    run("kvm-hypercalls", 4 << 20, hypercalls);
    run("kvm-features", 4 << 20, features);
    run("kvm-state", 4 << 20, state);
    run("kvm-privileged", 4 << 20, privileged);
    run("kvm-raw-syscall", 4 << 20, raw_syscall);
    run("kvm-int-0x80", 4 << 20, int_0x80);
    run("kvm-port-in", 4 << 20, port_in);
    run("kvm-port-string", 4 << 20, port_string);
    run("kvm-upcalls", 4 << 20, upcalls);
    run("kvm-upcalls-faults", 4 << 20, upcalls_faults);
    run("kvm-signal-storm", 4 << 20, signal_storm);
    run("kvm-cut-file", 4 << 20, cut_file);
    run("kvm-own-faults", 4 << 20, own_faults);
    run("kvm-endless-faults", 4 << 20, endless_faults);
    return failures() != 0;
}
