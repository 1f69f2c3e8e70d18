/* What the user reads when a guest was killed: why, its registers, and how it got there. */
#include <string.h>

#include "run.h"

static const char *const names[] = {
    [SIGHUP] = "SIGHUP",   [SIGINT] = "SIGINT",   [SIGQUIT] = "SIGQUIT",     [SIGILL] = "SIGILL",
    [SIGTRAP] = "SIGTRAP", [SIGABRT] = "SIGABRT", [SIGBUS] = "SIGBUS",       [SIGFPE] = "SIGFPE",
    [SIGKILL] = "SIGKILL", [SIGUSR1] = "SIGUSR1", [SIGSEGV] = "SIGSEGV",     [SIGUSR2] = "SIGUSR2",
    [SIGPIPE] = "SIGPIPE", [SIGALRM] = "SIGALRM", [SIGTERM] = "SIGTERM",     [SIGSYS] = "SIGSYS",
    [SIGXCPU] = "SIGXCPU", [SIGXFSZ] = "SIGXFSZ", [SIGVTALRM] = "SIGVTALRM",
};

static bool is_fault(int sig)
{
    return sig == SIGSEGV || sig == SIGBUS || sig == SIGILL || sig == SIGFPE || sig == SIGTRAP ||
           sig == SIGSYS;
}

/* Below the stack pointer by less than a big frame, and not there: the stack ran into its guard. */
static bool stack_overflow(const struct mon *m, const struct pith_regs *r)
{
    return r->vector == 14 && r->rsp >= PITH_ARENA_START && r->rsp < PITH_ARENA_END &&
           r->addr + (64u << 10) >= r->rsp && r->addr < r->rsp + 256 &&
           !(mon_page(m, r->addr) & PITH_PROT_WRITE);
}

static void say_page_fault(const struct mon *m, const struct pith_regs *r)
{
    const char *what = r->error & 16 ? "ran code at" : r->error & 2 ? "wrote to" : "read";
    const char *why = "where nothing is mapped";
    if (stack_overflow(m, r))
        why = "the stack overflowed";
    else if (r->addr < PITH_PAGE)
        why = "a null pointer";
    else if (r->addr >= PITH_BOOT_START && r->addr < PITH_BOOT_START + m->window_ro)
        why = "which is read-only";
    else if (mon_page(m, r->addr))
        why = r->error & 16  ? "which is data"
              : r->error & 2 ? "which is read-only"
                             : "which is protected";
    mon_say("pith: it %s 0x%llx, %s\n", what, (unsigned long long)r->addr, why);
}

static void say_cause(const struct mon *m, const struct pith_regs *r)
{
    static const char *const exception[] = {
        [0] = "it divided by zero, or the quotient was too large",
        [1] = "debug exception",
        [3] = "it ran a breakpoint instruction",
        [6] = "it ran an invalid instruction",
        [13] = "general protection: a privileged instruction or a non-canonical address",
        [16] = "floating point exception",
        [17] = "unaligned access",
        [19] = "SIMD floating point exception",
    };
    if (r->vector == 14)
        say_page_fault(m, r);
    else if (r->vector < sizeof exception / sizeof *exception && exception[r->vector])
        mon_say("pith: %s\n", exception[r->vector]);
}

static void say_registers(const struct pith_regs *r)
{
    const struct {
        const char *name;
        uint64_t value;
    } row[] = {
        {"rip", r->rip}, {"rsp", r->rsp}, {"flg", r->rflags}, {"rax", r->rax}, {"rbx", r->rbx},
        {"rcx", r->rcx}, {"rdx", r->rdx}, {"rsi", r->rsi},    {"rdi", r->rdi}, {"rbp", r->rbp},
        {"r8 ", r->r8},  {"r9 ", r->r9},  {"r10", r->r10},    {"r11", r->r11}, {"r12", r->r12},
        {"r13", r->r13}, {"r14", r->r14}, {"r15", r->r15},
    };
    for (unsigned i = 0; i < sizeof row / sizeof *row; i += 3)
        mon_say("  %s %016llx  %s %016llx  %s %016llx\n", row[i].name,
                (unsigned long long)row[i].value, row[i + 1].name,
                (unsigned long long)row[i + 1].value, row[i + 2].name,
                (unsigned long long)row[i + 2].value);
}

void mon_report(struct mon *m)
{
    const struct mon_end *end = &m->common->end;
    const char *program = m->common->options->program;
    const char *more = end->value != SIGKILL || !m->common->short_of ? ""
                       : m->common->options->container ? "; give it more with --memory"
                                                       : "; give it more with -m";
    if (end->text[0])
        mon_say("pith: %s: %s%s\n", program, end->text, more);
    if (!is_fault(end->value) && !end->have_regs)
        return;
    const char *name = end->value < (int)(sizeof names / sizeof *names) ? names[end->value] : NULL;
    mon_say("pith: %s was killed by %s (%d)\n", program, name ? name : "signal", end->value);
    if (!end->have_regs)
        return;
    say_cause(m, &end->regs);
    say_registers(&end->regs);
    mon_backtrace(m, &end->regs, true);
}
