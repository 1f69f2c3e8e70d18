/* munmap and mprotect in the middle of mappings, checked against a model of every page.
 * pith-test: mem=64M
 */
#include "t.h"
#include <setjmp.h>
#include <sys/mman.h>

#define PAGES 256
#define PAGE 4096ul

enum { HOLE, NONE, READ, WRITE };

static char *base;
static unsigned char state[PAGES], value[PAGES];
static sigjmp_buf back;
static unsigned rnd = 12345;
static volatile int probing;

static unsigned next(unsigned n)
{
    rnd = rnd * 1103515245 + 12345;
    return (rnd >> 16) % n;
}

static void on_segv(int sig, siginfo_t *si, void *uc)
{
    (void)sig, (void)uc;
    if (!probing) {
        long page = ((char *)si->si_addr - base) / (long)PAGE;
        say("fault on page %ld, which is in state %d", page, state[page]);
        _exit(1);
    }
    siglongjmp(back, si->si_code == SEGV_MAPERR ? 1 : si->si_code == SEGV_ACCERR ? 2 : 3);
}

/* What touching the page shows: 0 fine, 1 no mapping, 2 not allowed. */
static int probe(int page, int write)
{
    volatile char *p = base + page * PAGE + 100;
    int how = sigsetjmp(back, 1);

    probing = !how;
    if (how)
        return how;
    if (write)
        *p = *p;
    else
        (void)*p;
    probing = 0;
    return 0;
}

int main(void)
{
    static const int prot[] = {0, PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE};
    struct sigaction sa = {.sa_sigaction = on_segv, .sa_flags = SA_SIGINFO};
    int bad = 0, counts[4] = {0};

    sigaction(SIGSEGV, &sa, 0);
    base = mmap(0, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(state, NONE, PAGES);
    for (int step = 0; step < 1500; step++) {
        int at = next(PAGES), n = 1 + next(PAGES - at < 20 ? PAGES - at : 20), to = next(4);
        int has_hole = 0;

        for (int i = at; i < at + n; i++)
            has_hole |= state[i] == HOLE;
        if (to == HOLE && next(2)) {
            bad += munmap(base + at * PAGE, n * PAGE) != 0;
            memset(state + at, HOLE, n);
        } else if (next(3) == 0) {
            to = to == HOLE ? WRITE : to;
            bad += mmap(base + at * PAGE, n * PAGE, prot[to],
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != base + at * PAGE;
            memset(state + at, to, n);
            memset(value + at, 0, n);
        } else if (!has_hole) {
            to = to == HOLE ? READ : to;
            bad += mprotect(base + at * PAGE, n * PAGE, prot[to]) != 0;
            memset(state + at, to, n);
        } else {
            errno = 0;
            if (mprotect(base + at * PAGE, n * PAGE, PROT_READ) != -1 || errno != ENOMEM)
                bad++;
            /* What lies before the hole may have changed or not: settle it. */
            for (int i = at; i < at + n && state[i] != HOLE; i++) {
                bad += mprotect(base + i * PAGE, PAGE, PROT_READ) != 0;
                state[i] = READ;
            }
        }
        for (int i = at; i < at + n; i++) {
            if (state[i] != WRITE)
                continue;
            bad += (unsigned char)base[i * PAGE + 5] != value[i];
            base[i * PAGE + 5] = (char)(value[i] = (unsigned char)step);
        }
        if (step % 100 == 0)
            for (int i = 0; i < PAGES; i++) {
                int read = probe(i, 0), write = probe(i, 1);
                int want = state[i] == HOLE ? 1 : 2;
                bad += read != (state[i] >= READ ? 0 : want);
                bad += write != (state[i] == WRITE ? 0 : want);
            }
    }
    for (int i = 0; i < PAGES; i++) {
        counts[state[i]]++;
        if (state[i] >= READ)
            bad += (unsigned char)base[i * PAGE + 5] != value[i];
    }
    say("%d holes, %d none, %d read, %d write", counts[0], counts[1], counts[2], counts[3]);
    V(bad);
    return 0;
}
