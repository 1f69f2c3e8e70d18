/* How a guest ends: first what is noted, then, back on the monitor's own stack, what is done.
 *
 * The first end counts. A guest killed by a signal makes the monitor die by that signal, so that
 * a shell sees 128+n as with any program; if the signal does not kill, the status says it.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "container.h"
#include "limits.h"
#include "run.h"

void mon_exit(struct mon *m, int status)
{
    if (m->over)
        return;
    m->common->end.kind = MON_END_EXIT;
    m->common->end.value = status;
    m->over = true;
}

static void killed(struct mon *m, int sig, const struct pith_regs *regs)
{
    struct mon_end *end = &m->common->end;
    end->kind = MON_END_SIGNAL;
    end->value = sig;
    end->have_regs = regs != NULL;
    if (regs)
        end->regs = *regs;
    m->over = true;
}

void mon_die(struct mon *m, int sig, const struct pith_regs *regs, const char *fmt, ...)
{
    struct mon_end *end = &m->common->end;
    if (m->over)
        return;
    va_list args;
    va_start(args, fmt);
    vsnprintf(end->text, sizeof end->text, fmt, args);
    va_end(args);
    killed(m, sig, regs);
}

void mon_broken(struct mon *m, const char *fmt, ...)
{
    struct mon_end *end = &m->common->end;
    if (m->over)
        return;
    va_list args;
    va_start(args, fmt);
    vsnprintf(end->text, sizeof end->text, fmt, args);
    va_end(args);
    killed(m, SIGABRT, NULL);
}

/* Signal, registers and message are the guest's: what cannot be read is left out. */
long mon_guest_die(struct mon *m, uint64_t sig, uint64_t regs, uint64_t text, uint64_t len)
{
    struct mon_end *end = &m->common->end;
    struct pith_regs r;
    if (sig < 1 || sig > 64)
        return -EINVAL;
    if (m->over)
        return 0;
    bool have = regs && mon_copy_in(m, &r, regs, sizeof r) == 0;
    size_t n = len < MON_MESSAGE_MAX ? len : MON_MESSAGE_MAX;
    if (text == 0 || mon_copy_in(m, end->text, text, n))
        n = 0;
    while (n && end->text[n - 1] == '\n')
        n--;
    end->text[n] = 0;
    /* It goes to a terminal, as one line that cannot be taken for the monitor's own. */
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)end->text[i] < ' ' || (unsigned char)end->text[i] > '~')
            end->text[i] = '?';
    killed(m, (int)sig, have ? &r : NULL);
    return 0;
}

/* Does not return if the signal kills. */
static void die_by(int sig)
{
    struct rlimit none = {0, 0};
    uint64_t mask = 1ull << (sig - 1);
    /* The host's own core file would hold the monitor's 16 TiB; the guest's is --core. */
    setrlimit(RLIMIT_CORE, &none);
    mon_sigaction(sig, (void (*)(int, void *, void *))(uintptr_t)SIG_DFL, 0);
    syscall(SYS_kill, getpid(), sig);
    syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &mask, NULL, 8);
}

void mon_print_times(const uint64_t *stamps)
{
    static const char *const name[MON_STAMPS] = {"host start", "machine ready", "guest entry",
                                                 "main", "exit"};
    for (unsigned i = 0; i < MON_STAMPS; i++)
        if (stamps[i])
            mon_say("pith: %-13s %8llu us\n", name[i],
                    (unsigned long long)((stamps[i] - stamps[MON_AT_START] + 500) / 1000));
        else
            mon_say("pith: %-13s        - \n", name[i]);
}

static void write_core(struct mon *m)
{
    const struct mon_run *run = m->common;
    if (run->core < 0)
        return;
    int error = mon_core(m, run->core, run->end.have_regs ? &run->end.regs : NULL, run->end.value);
    if (error)
        mon_say("pith: %s: the core file is not complete: %s\n", run->options->core,
                strerror(-error));
}

_Noreturn void mon_finish(struct mon *m)
{
    struct mon_run *run = m->common;
    struct mon_end *end = &run->end;
    mon_serve_first(m);
    if (run->options->time)
        run->stamps[MON_AT_EXIT] = mon_now();
    if (end->kind == MON_END_SIGNAL) {
        mon_tty_restore();
        mon_report(m);
        write_core(m);
    }
    if (run->options->time)
        mon_print_times(run->stamps);
    if (run->options->stats)
        mon_stats(m);
    const struct mon_container *in = run->options->container;
    if (end->kind == MON_END_SIGNAL && end->value == SIGKILL && run->short_of && in && in->limit)
        mon_container_starve(m);
    if (end->kind == MON_END_SIGNAL) {
        die_by(end->value);
        _exit(128 + end->value);
    }
    _exit(end->value);
}
