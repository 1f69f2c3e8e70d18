/* PITH_HC_WAIT: serve every ring, then sleep if there is nothing else to do (abi.h). */
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "run.h"

/* Serves what can be served now. `ready`: poll says stdin has something. */
static bool serve(struct mon *m, bool ready)
{
    bool any = mon_console_output(m);
    any |= mon_rng(m);
    if (!m->over && (ready || mon_console_input_ready(m)) && mon_console_wants_input(m))
        any |= mon_console_input(m);
    return any;
}

/* Does anything wait for a descriptor of the host? */
static bool wants_host(struct mon *m)
{
    return mon_console_wants_input(m) || mon_console_blocked(m, PITH_CONSOLE_STDOUT) ||
           mon_console_blocked(m, PITH_CONSOLE_STDERR);
}

/* Asks the host which of the descriptors we wait for are ready, sleeping until `deadline`, the
 * guest's alarm or a signal. True: stdin has something. */
static bool poll_host(struct mon *m, uint64_t now, uint64_t deadline)
{
    struct pollfd fds[PITH_CONSOLE_QUEUES];
    nfds_t n = 0;
    bool input = mon_console_wants_input(m);
    if (m->over)
        return false;
    if (input)
        fds[n++] = (struct pollfd){.fd = 0, .events = POLLIN};
    for (unsigned queue = PITH_CONSOLE_STDOUT; queue <= PITH_CONSOLE_STDERR; queue++)
        if (mon_console_blocked(m, queue))
            fds[n++] = (struct pollfd){.fd = (int)queue, .events = POLLOUT};
    uint64_t alarm = m->common->alarm;
    if (alarm && alarm < deadline)
        deadline = alarm;
    uint64_t left = deadline > now ? deadline - now : 0;
    /* A year is for ever, and fits. */
    if (left > 366ull * 86400 * 1000000000)
        left = 366ull * 86400 * 1000000000;
    /* The order of these three is what makes a signal between them count: see run.h. */
    m->common->sleep.tv_sec = (time_t)(left / 1000000000);
    m->common->sleep.tv_nsec = (long)(left % 1000000000);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&m->vcpu->pending, __ATOMIC_RELAXED)) {
        m->common->sleep.tv_sec = 0;
        m->common->sleep.tv_nsec = 0;
    }
    /* The kernel must read `sleep` itself; a library's ppoll would copy it too early. */
    long got = syscall(SYS_ppoll, fds, n, &m->common->sleep, NULL, 8);
    return input && got > 0 && fds[0].revents;
}

long mon_wait(struct mon *m, uint64_t deadline)
{
    bool ready = false, polled = false, any = false;
    for (;;) {
        any |= serve(m, ready);
        if (m->over)
            return 0;
        bool pending = __atomic_load_n(&m->vcpu->pending, __ATOMIC_RELAXED) != 0;
        /* Nobody asks for the time: a program that only prints never reads a clock. */
        if ((any || pending || deadline == 0) && (deadline == 0 || deadline == PITH_NEVER) &&
            !m->common->alarm && (polled || !wants_host(m)))
            return (any ? PITH_WAIT_RING : 0) | (pending ? PITH_WAIT_PEND : 0);
        uint64_t now = mon_now();
        mon_timer_due(m, now);
        pending = __atomic_load_n(&m->vcpu->pending, __ATOMIC_RELAXED) != 0;
        long mask = (any ? PITH_WAIT_RING : 0) | (pending ? PITH_WAIT_PEND : 0) |
                    (deadline && deadline <= now ? PITH_WAIT_TIME : 0);
        bool stay = mask == 0 && deadline != 0;
        /* The guest goes on without sleeping: one look at descriptors that wait, then back. */
        if (!stay && (polled || !wants_host(m))) {
            mon_clock_publish(m, now);
            return mask;
        }
        ready = poll_host(m, now, stay ? deadline : 0);
        polled = true;
    }
}
