/* A SIGSEGV handler that makes memory appear and returns: demand paging by hand, and a write
 * barrier as a garbage collector has it. */
#include "t.h"
#include <sys/mman.h>
#include <ucontext.h>

#define PAGE 4096ul
#define PAGES 512

static char *base;
static volatile int faults, writes;

static void on_segv(int sig, siginfo_t *si, void *context)
{
    ucontext_t *uc = context;
    char *page = (char *)((uintptr_t)si->si_addr & ~(PAGE - 1));

    (void)sig;
    if (page < base || page >= base + PAGES * PAGE)
        _exit(97);
    faults++;
    if (uc->uc_mcontext.gregs[REG_ERR] & 2)
        writes++;
    if (mprotect(page, PAGE, PROT_READ | PROT_WRITE))
        _exit(98);
    if (si->si_code == SEGV_ACCERR && !*page)
        memset(page, 'p', PAGE);
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = on_segv, .sa_flags = SA_SIGINFO};
    long sum = 0;

    sigaction(SIGSEGV, &sa, 0);
    base = mmap(0, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < PAGES; i += 2)
        sum += ((volatile char *)base)[i * PAGE + i];
    V(sum);
    V(faults);
    V(writes);
    for (int i = 0; i < PAGES; i++)
        ((volatile char *)base)[i * PAGE] = 'q';
    V(faults);
    V(writes);
    /* A barrier: protect all, count which pages are written. */
    OK(mprotect(base, PAGES * PAGE, PROT_READ));
    faults = 0;
    for (int i = 0; i < PAGES; i++)
        sum += base[i * PAGE];
    V(faults);
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < PAGES; i += 7)
            ((volatile char *)base)[i * PAGE + round] = 'r';
    V(faults);
    V(sum);
    /* Registers of all kinds survive the detour through the handler. */
    OK(mprotect(base, PAGES * PAGE, PROT_NONE));
    double x = 1.25, y = 2.5;
    unsigned long a = 1, b = 2, c = 3;
    for (int i = 0; i < PAGES; i++) {
        a = a * 6364136223846793005ul + base[i * PAGE];
        x = x * 1.0000001 + base[i * PAGE] * y;
        b ^= a >> 7;
        c += b;
    }
    say("%lu %lu %lu %.6f", a, b, c, x);
    return 0;
}
