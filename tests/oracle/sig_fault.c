/* Handlers for faults of every kind: number, code, address, leaving by siglongjmp, and by
 * changing the interrupted registers. */
#include "t.h"
#include <setjmp.h>
#include <sys/mman.h>
#include <ucontext.h>

static sigjmp_buf back;
static siginfo_t seen;
static volatile int skip;

static void on_fault(int sig, siginfo_t *si, void *context)
{
    ucontext_t *uc = context;

    (void)sig;
    seen = *si;
    if (skip) {
        uc->uc_mcontext.gregs[REG_RIP] += skip;
        return;
    }
    siglongjmp(back, 1);
}

static const char *code(void)
{
    switch (seen.si_signo * 1000 + seen.si_code) {
    case SIGFPE * 1000 + FPE_INTDIV:
        return "FPE_INTDIV";
    case SIGFPE * 1000 + FPE_FLTDIV:
        return "FPE_FLTDIV";
    case SIGFPE * 1000 + FPE_FLTINV:
        return "FPE_FLTINV";
    case SIGFPE * 1000 + FPE_FLTOVF:
        return "FPE_FLTOVF";
    case SIGILL * 1000 + ILL_ILLOPN:
        return "ILL_ILLOPN";
    case SIGSEGV * 1000 + SEGV_MAPERR:
        return "SEGV_MAPERR";
    case SIGSEGV * 1000 + SEGV_ACCERR:
        return "SEGV_ACCERR";
    case SIGTRAP * 1000 + TRAP_BRKPT:
        return "TRAP_BRKPT";
    case SIGTRAP * 1000 + TRAP_TRACE:
        return "TRAP_TRACE";
    case SIGBUS * 1000 + BUS_ADRALN:
        return "BUS_ADRALN";
    case SIGBUS * 1000 + BUS_ADRERR:
        return "BUS_ADRERR";
    }
    return seen.si_code == SI_KERNEL ? "SI_KERNEL" : "?";
}

#define TRY(what, action)                                                                          \
    do {                                                                                           \
        memset(&seen, 0, sizeof seen);                                                             \
        if (!sigsetjmp(back, 1)) {                                                                 \
            action;                                                                                \
            say("%s: went on", what);                                                              \
        } else                                                                                     \
            say("%s: %s %s", what, t_signal(seen.si_signo), code());                               \
    } while (0)

static double divide(double a, double b, unsigned csr)
{
    volatile double x = a, y = b;

    __asm__ volatile("ldmxcsr %0" ::"m"(csr));
    x = x / y;
    return x;
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    static const int sigs[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
    volatile int zero = 0, one = 1, min = -2147483647 - 1, minus = -1, sink;

    for (int i = 0; i < 5; i++)
        sigaction(sigs[i], &sa, 0);
    TRY("divide by zero", sink = one / zero);
    TRY("remainder by zero", sink = one % zero);
    TRY("INT_MIN / -1", sink = min / minus);
    TRY("ud2", __asm__ volatile("ud2"));
    TRY("undefined opcode", __asm__ volatile(".byte 0x0f,0x0b"));
    TRY("int3", __asm__ volatile("int3"));
    TRY("hlt", __asm__ volatile("hlt"));
    TRY("cli", __asm__ volatile("cli"));
    TRY("read cr0", __asm__ volatile("mov %%cr0, %%rax" ::: "rax"));
    TRY("wrmsr", __asm__ volatile("wrmsr"));
    TRY("lgdt", __asm__ volatile("lgdt (%%rsp)" ::: "memory"));
    TRY("in from a port", __asm__ volatile("inb $0x80, %%al" ::: "rax"));
    TRY("null", sink = *(volatile int *)0);
    TRY("movaps unaligned", __asm__ volatile("movaps 1(%%rsp), %%xmm0" ::: "xmm0"));
    TRY("non-canonical", sink = *(volatile int *)0x1234567890000000);
    TRY("jump non-canonical", ((void (*)(void))0x1234567890000000)());
    TRY("load segment", __asm__ volatile("mov %0, %%es" ::"r"((short)0x1234)));
    unsigned csr, unmasked = 0x1f80 & ~0x200u;
    volatile double d0 = 0, d1 = 1, dr;
    __asm__ volatile("stmxcsr %0" : "=m"(csr));
    TRY("unmasked SSE division", dr = divide(d1, d0, unmasked));
    __asm__ volatile("ldmxcsr %0" ::"m"(csr));
    (void)dr, (void)sink;

    /* Stepping over the instruction instead. */
    skip = 2;
    __asm__ volatile("ud2");
    say("after ud2: %s", t_signal(seen.si_signo));
    __asm__ volatile("ud2; ud2; ud2");
    say("after three");
    skip = 1;
    __asm__ volatile("hlt");
    say("after hlt: %s %s", t_signal(seen.si_signo), code());
    skip = 0;
    /* 5,000 faults in a row. */
    int n = 0;
    for (int i = 0; i < 5000; i++)
        if (sigsetjmp(back, 1))
            n++;
        else
            sink = *(volatile int *)(uintptr_t)(i & 255);
    V(n);
    return 0;
}
