/* Protection faults: signal, code and address of every kind of forbidden access. */
#include "t.h"
#include <setjmp.h>
#include <sys/mman.h>

#define PAGE 4096ul

static sigjmp_buf back;
static siginfo_t seen;
static char *base;

static void on_fault(int sig, siginfo_t *si, void *uc)
{
    (void)sig, (void)uc;
    seen = *si;
    siglongjmp(back, 1);
}

static void report(const char *what, int faulted)
{
    const char *code = "?";

    if (!faulted) {
        say("%s: fine", what);
        return;
    }
    if (seen.si_signo == SIGSEGV)
        code = seen.si_code == SEGV_MAPERR   ? "SEGV_MAPERR"
               : seen.si_code == SEGV_ACCERR ? "SEGV_ACCERR"
               : seen.si_code == SI_KERNEL   ? "SI_KERNEL"
                                             : "?";
    say("%s: %s %s at base%+ld", what, t_signal(seen.si_signo), code,
        (long)((char *)seen.si_addr - base));
}

#define TRY(what, action)                                                                          \
    do {                                                                                           \
        int faulted = sigsetjmp(back, 1);                                                          \
        if (!faulted) {                                                                            \
            action;                                                                                \
        }                                                                                          \
        report(what, faulted);                                                                     \
    } while (0)

int main(void)
{
    struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    volatile char *p;

    sigaction(SIGSEGV, &sa, 0);
    sigaction(SIGBUS, &sa, 0);
    base = mmap(0, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    p = base;
    memset(base, 'a', 8 * PAGE);
    munmap(base + 7 * PAGE, PAGE);
    OK(mprotect(base + PAGE, PAGE, PROT_READ));
    OK(mprotect(base + 2 * PAGE, PAGE, PROT_NONE));
    TRY("write rw", p[1] = 1);
    TRY("read ro", (void)p[PAGE + 10]);
    TRY("write ro", p[PAGE + 10] = 1);
    TRY("read none", (void)p[2 * PAGE + 4095]);
    TRY("write none", p[2 * PAGE] = 1);
    TRY("read hole", (void)p[7 * PAGE + 1]);
    TRY("write hole", p[7 * PAGE + 1] = 1);
    TRY("8 bytes over the edge", *(volatile long *)(base + PAGE - 4) = 1);
    TRY("8 bytes into none", (void)*(volatile long *)(base + 2 * PAGE - 4));
    TRY("execute rw", ((void (*)(void))(base + 3 * PAGE + 8))());
    TRY("execute none", ((void (*)(void))(base + 2 * PAGE + 8))());
    OK(mprotect(base, 7 * PAGE, PROT_READ | PROT_WRITE));
    TRY("write none again", p[2 * PAGE] = 'b');
    say("content kept: %c%c%c", p[2 * PAGE], p[2 * PAGE + 1], p[PAGE + 10]);
    OK(mprotect(base, 7 * PAGE, PROT_READ));
    TRY("write all ro", p[6 * PAGE] = 1);
    OK(mprotect(base, 7 * PAGE, PROT_WRITE));
    TRY("write only: write", p[6 * PAGE] = 'w');
    TRY("write only: read", (void)p[6 * PAGE]); /* x86 cannot forbid it */
    munmap(base, 7 * PAGE);
    TRY("all gone", (void)p[0]);
    base = 0;
    TRY("null read", (void)*(volatile char *)base);
    TRY("null write", *(volatile char *)base = 1);
    TRY("null + 16 read", (void)*(volatile char *)(base + 16));
    TRY("null jump", ((void (*)(void))base)());
    TRY("low page", (void)*(volatile char *)(base + 0x8000));
    TRY("non-canonical read", (void)*(volatile char *)0x8000000000000000ul);
    TRY("non-canonical write", *(volatile char *)0x0123456789abcdeful = 1);
    TRY("top of the address space", (void)*(volatile char *)-8l);

    char *text = (char *)(void *)report;
    base = text;
    TRY("write text", *(volatile char *)text = 1);
    TRY("write rodata", *(volatile char *)(base = (char *)"constant") = 1);

    base = mmap(0, 4 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    say("errors");
    R(mprotect(base + 1, PAGE, PROT_READ));
    R(mprotect(base, 0, PROT_READ));
    R(mprotect(base, PAGE, 0xff00));
    R(mprotect((void *)0x10000, PAGE, PROT_READ));
    R(mprotect(base, 1ul << 60, PROT_READ));
    R(mprotect(base, 4 * PAGE - 1, PROT_READ | PROT_WRITE));
    base[4 * PAGE - 1] = 1;
    return 0;
}
