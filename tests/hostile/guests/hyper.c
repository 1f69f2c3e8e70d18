/* Attacks through the hypercall: numbers, addresses and lengths no guest should give.
 *
 * attack: numbers 0
 * attack: mem-ranges 0
 * attack: mem-text 139
 * attack: mem-text-decommit any
 * attack: mem-exec 0
 * attack: mem-exhaust 0
 * attack: mem-alias 0
 * attack: mem-move 0
 * attack: mem-boot 0
 * attack: mem-own-stack any
 * attack: tty 0
 * attack: clocks 0
 * attack: signals 0
 * attack: exit-wide 44
 * attack: die-zero broken
 * attack: die-negative broken
 * attack: die-kill 137
 * attack: die-message any
 * attack: die-long-message any
 * attack: die-wild-message any
 * attack: die-wild-regs any
 * attack: die-garbage-regs any
 * attack: die-escapes any
 */
#include "attack.h"

static const long places[] = {0,
                              8,
                              -1,
                              -4096,
                              0x400000,
                              (long)0x8000000000000000,
                              0x080000000000,
                              0x100000000000,
                              0x1ffffffff000,
                              0x200000000000,
                              0x7fffffffe000,
                              0x100000000001};
static const long lengths[] = {0, 1, 4096, -1, -4096, 0x7fffffffffffffff, 0x100000000000, 4095};
#define N(a) (int)(sizeof a / sizeof *a)

static void numbers(void)
{
    static const long nrs[] = {
        0, -1, 12, 13, 99, 255, 4096, 0x7fffffff, (long)0x8000000000000000, 1l << 32};
    for (int i = 0; i < N(nrs); i++)
        for (int k = 0; k < N(places); k++)
            if (hyper(nrs[i], places[k], places[k], places[k], places[k]) >= 0)
                printf("hypercall %ld: accepted\n", nrs[i]);
}

/* Every operation over every bad range: none may say that it worked. */
static void mem_ranges(void)
{
    for (long op = -1; op < 9; op++)
        for (int p = 0; p < N(places); p++)
            for (int l = 0; l < N(lengths); l++) {
                unsigned long at = (unsigned long)places[p], len = (unsigned long)lengths[l];
                int fine = at >= PITH_ARENA_START && at <= PITH_ARENA_END &&
                           len <= PITH_ARENA_END - at && at % 4096 == 0 && len % 4096 == 0;
                if (fine && op != -1 && op != 0 && op != 8)
                    continue;
                long r = hyper(PITH_HC_MEM, op, (long)at, (long)len, 3);
                if (r > 0 || (r == 0 && len))
                    printf("mem %ld %lx %lx: %ld\n", op, at, len, r);
            }
}

static void mem_text(void)
{
    long at = 0x400000;

    for (int op = 1; op < 8; op++)
        for (long prot = 0; prot < 16; prot++)
            if (hyper(PITH_HC_MEM, op, at, 4096, prot) >= 0)
                printf("mem %d on text, protection %ld: accepted\n", op, prot);
    fflush(stdout);
    *(volatile int *)((uintptr_t)mem_text) = 0;
}

static void mem_text_decommit(void)
{
    printf("%d\n", hyper(PITH_HC_MEM, PITH_MEM_DECOMMIT, 0x400000, 4096, 0) < 0);
    fflush(stdout);
    raise(SIGSEGV);
}

static void mem_exec(void)
{
    long at = 0x180000000000;

    for (long prot = 4; prot < 8; prot++) {
        long r = hyper(PITH_HC_MEM, PITH_MEM_COMMIT, at, 4096, prot);
        printf("commit %ld: %ld\n", prot, r);
    }
    hyper(PITH_HC_MEM, PITH_MEM_COMMIT, at, 4096, 3);
    for (long prot = 4; prot < 8; prot++)
        printf("protect %ld: %ld\n", prot, hyper(PITH_HC_MEM, PITH_MEM_PROTECT, at, 4096, prot));
    printf("strange bits: %d\n", hyper(PITH_HC_MEM, PITH_MEM_PROTECT, at, 4096, 0x7ffffff0) < 0);
}

static void mem_exhaust(void)
{
    long at = 0x180000000000, n = 0, r;

    while ((r = hyper(PITH_HC_MEM, PITH_MEM_COMMIT, at + n * (1l << 20), 1l << 20, 3)) >= 0 &&
           n < 100000)
        n++;
    printf("then %ld\n", r);
    r = hyper(PITH_HC_MEM, PITH_MEM_COMMIT, at, 1l << 43, 3);
    printf("8 TiB: %ld\n", r);
    for (long i = 0; i < n; i++)
        hyper(PITH_HC_MEM, PITH_MEM_DECOMMIT, at + i * (1l << 20), 1l << 20, 0);
    /* Sparse pages cost page tables. */
    for (n = 0; n < 20000 && hyper(PITH_HC_MEM, PITH_MEM_COMMIT, at + n * (1l << 21), 4096, 3) >= 0;
         n++)
        ;
    for (long i = 0; i < n; i++)
        hyper(PITH_HC_MEM, PITH_MEM_DECOMMIT, at + i * (1l << 21), 4096, 0);
}

static void mem_alias(void)
{
    long at = 0x180000000000;

    hyper(PITH_HC_MEM, PITH_MEM_COMMIT, at, 16384, 3);
    printf("not shared: %d\n", hyper(PITH_HC_MEM, PITH_MEM_ALIAS, at + 65536, 4096, at) < 0);
    hyper(PITH_HC_MEM, PITH_MEM_COMMIT, at + 32768, 16384, 3 | PITH_PROT_SHARED);
    printf("onto itself: %d\n",
           hyper(PITH_HC_MEM, PITH_MEM_ALIAS, at + 32768, 4096, at + 32768) < 0);
    printf("overlapping: %d\n",
           hyper(PITH_HC_MEM, PITH_MEM_ALIAS, at + 36864, 16384, at + 32768) < 0);
    printf("of text: %d\n", hyper(PITH_HC_MEM, PITH_MEM_ALIAS, at + 131072, 4096, 0x400000) < 0);
    printf("of the boot window: %d\n",
           hyper(PITH_HC_MEM, PITH_MEM_ALIAS, at + 131072, 4096, PITH_BOOT_START) < 0);
    printf("of nothing: %d\n",
           hyper(PITH_HC_MEM, PITH_MEM_ALIAS, at + 131072, 4096, at + (1l << 30)) < 0);
    printf("odd source: %d\n",
           hyper(PITH_HC_MEM, PITH_MEM_ALIAS, at + 131072, 4096, at + 32769) < 0);
    for (int i = 0; i < 3000; i++)
        hyper(PITH_HC_MEM, PITH_MEM_ALIAS, at + (1l << 24) + i * 4096l, 4096, at + 32768);
    for (int i = 0; i < 3000; i++)
        hyper(PITH_HC_MEM, PITH_MEM_DECOMMIT, at + (1l << 24) + i * 4096l, 4096, 0);
}

static void mem_move(void)
{
    long at = 0x180000000000;

    hyper(PITH_HC_MEM, PITH_MEM_COMMIT, at, 16384, 3);
    for (int i = 0; i < N(places); i++) {
        long r = hyper(PITH_HC_MEM, PITH_MEM_MOVE, places[i], 16384, at);
        if (r >= 0 && ((unsigned long)places[i] < PITH_ARENA_START ||
                       (unsigned long)places[i] >= PITH_ARENA_END))
            printf("moved to %lx\n", places[i]);
        r = hyper(PITH_HC_MEM, PITH_MEM_MOVE, at + (1l << 30), 16384, places[i]);
        if (r > 0 && ((unsigned long)places[i] < PITH_ARENA_START ||
                      (unsigned long)places[i] >= PITH_ARENA_END))
            printf("moved from %lx\n", places[i]);
    }
    printf("overlap: %d\n", hyper(PITH_HC_MEM, PITH_MEM_MOVE, at + 4096, 16384, at) < 0);
}

static void mem_boot(void)
{
    for (int op = 1; op < 8; op++)
        for (long at = PITH_BOOT_START; at < (long)PITH_BOOT_START + 0x20000; at += 4096)
            if (hyper(PITH_HC_MEM, op, at, 4096, 3) >= 0)
                printf("mem %d on the boot window: accepted\n", op);
}

static void mem_own_stack(void)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0) & ~4095ul;

    hyper(PITH_HC_MEM, PITH_MEM_DECOMMIT, (long)here - 4096, 8192, 0);
    raise(SIGSEGV);
}

static void tty(void)
{
    for (int op = -1; op < 12; op++)
        for (int fd = -1; fd < 5; fd++)
            for (int p = 0; p < N(places); p++)
                for (int l = 0; l < N(lengths); l++)
                    if (hyper(PITH_HC_TTY, op, fd, places[p], lengths[l]) > 0)
                        printf("tty %d: accepted\n", op);
}

static void clocks(void)
{
    for (int i = 0; i < N(places); i++) {
        hyper(PITH_HC_TIMER, places[i], 0, 0, 0);
        hyper(PITH_HC_TIMER, 0, 0, 0, 0);
        hyper(PITH_HC_CLOCK, places[i], 0, 0, 0);
        hyper(PITH_HC_WAIT, 1, 0, 0, 0);
        hyper(PITH_HC_STAMP, places[i], 0, 0, 0);
    }
}

static void signals(void)
{
    for (int i = 0; i < N(places); i++)
        hyper(PITH_HC_SIGNALS, places[i], ~places[i], 0, 0);
    hyper(PITH_HC_SIGNALS, -1, -1, 0, 0);
    hyper(PITH_HC_SIGNALS, 0, 0, 0, 0);
    static const long stops[] = {0, -1, 9, 15, 64, 99, 1l << 40};
    for (int i = 0; i < N(stops); i++)
        if (hyper(PITH_HC_STOP, stops[i], 0, 0, 0) >= 0)
            printf("stop %ld: accepted\n", stops[i]);
}

static char message[200000];
static void die(long sig, long regs, long msg, long len)
{
    hyper(PITH_HC_DIE, sig, regs, msg, len);
}
static void exit_wide(void)
{
    hyper(PITH_HC_EXIT, (1l << 40) + 256 + 44, 0, 0, 0);
}
static void die_zero(void)
{
    die(0, 0, 0, 0);
}
static void die_negative(void)
{
    die(-11, 0, 0, 0);
}
static void die_kill(void)
{
    die(9, 0, (long)"a message", 9);
}
static void die_message(void)
{
    die(11, 0, (long)"a message", 9);
}
static void die_long_message(void)
{
    memset(message, 'm', sizeof message);
    die(11, 0, (long)message, sizeof message);
}
static void die_wild_message(void)
{
    die(11, 0, 0x123456789000, 1000);
}
static void die_wild_regs(void)
{
    die(11, -8, 0, 0);
}
static void die_garbage_regs(void)
{
    static struct pith_regs regs;
    memset(&regs, 0x41, sizeof regs);
    regs.rbp = regs.rsp = (uintptr_t)&regs; /* a frame that points at itself */
    regs.r15 = regs.r14 = (uintptr_t)&regs;
    die(11, (long)&regs, 0, 0);
}
static void die_escapes(void)
{
    die(6, 0, (long)"\033[2J\033]0;title\007\r\nspoofed\0x\200\377", 32);
}

static const struct attack list[] = {
    {"numbers", numbers},
    {"mem-ranges", mem_ranges},
    {"mem-text", mem_text},
    {"mem-text-decommit", mem_text_decommit},
    {"mem-exec", mem_exec},
    {"mem-exhaust", mem_exhaust},
    {"mem-alias", mem_alias},
    {"mem-move", mem_move},
    {"mem-boot", mem_boot},
    {"mem-own-stack", mem_own_stack},
    {"tty", tty},
    {"clocks", clocks},
    {"signals", signals},
    {"exit-wide", exit_wide},
    {"die-zero", die_zero},
    {"die-negative", die_negative},
    {"die-kill", die_kill},
    {"die-message", die_message},
    {"die-long-message", die_long_message},
    {"die-wild-message", die_wild_message},
    {"die-wild-regs", die_wild_regs},
    {"die-garbage-regs", die_garbage_regs},
    {"die-escapes", die_escapes},
};
ATTACKS(list)
