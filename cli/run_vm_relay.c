/* Between the guest and our own streams, signals and terminal (include/pith/link.h).
 *
 * One loop, no waiting but in poll. Output of the guest is passed on as our streams take it; when
 * one of them is closed the guest is told and its next write fails, as it would with a descriptor
 * of its own. Input is read only when the guest asks. Signals that the guest catches are passed
 * on, the usual fatal ones end the run first and then us.
 *
 * What comes from the guest is hostile: messages are decoded whole and checked.
 */
#include "cli/run_vm.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pith/link.h>

#include "monitor/net.h"
#include "monitor/run.h"

#define BIT(sig) (1ull << ((sig)-1))
#define FATAL (BIT(SIGINT) | BIT(SIGTERM) | BIT(SIGHUP) | BIT(SIGQUIT))
#define OURS (FATAL | BIT(SIGCHLD) | BIT(SIGTSTP))
/* What a pipe that poll calls writable takes without waiting (pipe(7), PIPE_BUF). */
#define CHUNK 4096u
#define BUFFER 65536u
#define NOISE 4096u

/* Output of the guest on its way to descriptor `to`. */
struct stream {
    int from, to;
    bool pipe, closed;
    bool status; /* its end is the guest's status */
    size_t at, n;
    char data[BUFFER];
};

static struct stream streams[3]; /* out, err, and the serial line, which goes to stderr */
static struct {
    uint64_t caught, ignored;
    int fd;
} signals = {.fd = -1};
static struct {
    char data[sizeof(struct pith_link) + PITH_LINK_TTY_MAX];
    size_t n;
} message;
static size_t reading; /* bytes the guest asked for, 0 = it does not read */
/* Where there is only the serial line: "\x1epith exit N\n" or "\x1epith signal N\n" ends it. */
#define TRAILER 0x1e
static char trailer[32];
static size_t ntrailer;
static enum { RUNNING, EXITED, KILLED } end;
static int end_value;
static char noise[NOISE];
static size_t nnoise;

static void send_link(struct run_vm *r, uint32_t type, uint64_t a, uint64_t b, const void *data,
                      size_t len)
{
    struct pith_link m = {type, (uint32_t)len, a, b};
    char whole[sizeof m + PITH_LINK_INPUT_MAX];
    memcpy(whole, &m, sizeof m);
    if (len)
        memcpy(whole + sizeof m, data, len);
    for (size_t at = 0; at < sizeof m + len;) {
        ssize_t n = send(r->control, whole + at, sizeof m + len - at, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            return; /* the hypervisor has gone, which is seen elsewhere */
        at += n > 0 ? (size_t)n : 0;
    }
}

static void watch_signals(void)
{
    uint64_t mask = signals.caught | OURS;
    sigset_t set;
    sigemptyset(&set);
    for (int sig = 1; sig <= 64; sig++)
        if (mask & BIT(sig))
            sigaddset(&set, sig);
    sigprocmask(SIG_SETMASK, &set, NULL);
    signals.fd = signalfd(signals.fd, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void set_signals(uint64_t caught, uint64_t ignored)
{
    const uint64_t fixed = BIT(SIGKILL) | BIT(SIGSTOP) | BIT(SIGCHLD) | BIT(SIGPIPE);
    caught &= ~fixed;
    ignored &= ~fixed & ~caught;
    for (int sig = 1; sig < 32; sig++) {
        bool now = ignored & BIT(sig), before = signals.ignored & BIT(sig);
        if (now != before)
            signal(sig, now ? SIG_IGN : SIG_DFL);
        else if (caught & ~signals.caught & BIT(sig))
            signal(sig, SIG_DFL); /* it may have been ignored when we were started */
    }
    signals.caught = caught;
    signals.ignored = ignored;
    watch_signals();
}

/* As the signal would have ended us, with everything put in order before. */
static _Noreturn void die_by(struct run_vm *r, int sig)
{
    run_vm_clean(r);
    run_vm_tty_restore();
    signal(sig, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    raise(sig);
    sigprocmask(SIG_SETMASK, &none, NULL);
    _exit(128 + sig); /* a signal that does not end a process */
}

static void stop_by(struct run_vm *r, int sig)
{
    sigset_t one, before;
    if (r->vm > 0)
        kill(r->vm, SIGSTOP);
    void (*handler)(int) = sig == SIGSTOP ? SIG_DFL : signal(sig, SIG_DFL);
    sigemptyset(&one);
    sigaddset(&one, sig);
    raise(sig);
    sigprocmask(SIG_UNBLOCK, &one, &before); /* here it stops */
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (sig != SIGSTOP)
        signal(sig, handler);
    if (r->vm > 0)
        kill(r->vm, SIGCONT);
}

static void finish(struct run_vm *r);
static void drain_all(struct run_vm *r);
static bool in_order;
static void take_messages(struct run_vm *r);

/* The file server goes when the hypervisor has gone. Before that: because the guest broke a rule,
 * of which it has told, or it was killed, and the guest would wait for it for ever. */
static void files_ended(struct run_vm *r, int status)
{
    r->files = 0;
    if (end != RUNNING || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
        return;
    if (!WIFEXITED(status))
        fprintf(stderr, "pith run: the file server was killed by signal %d\n", WTERMSIG(status));
    end = WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGABRT ? KILLED : EXITED;
    end_value = end == KILLED ? SIGABRT : 126;
}

static void take_signals(struct run_vm *r)
{
    struct signalfd_siginfo si;
    /* What the guest said before decides, such as that it catches the signal. */
    if (r->control >= 0 && end == RUNNING)
        take_messages(r);
    while (read(signals.fd, &si, sizeof si) == (ssize_t)sizeof si) {
        int sig = (int)si.ssi_signo, status;
        if (sig == SIGCHLD) {
            for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
                if (pid == r->vm)
                    r->vm = 0;
                else if (pid == r->files)
                    files_ended(r, status);
        } else if (signals.caught & BIT(sig)) {
            send_link(r, PITH_LINK_SIGNAL, (uint64_t)sig, 0, NULL, 0);
        } else if (sig == SIGTSTP) {
            stop_by(r, sig);
        } else {
            die_by(r, sig);
        }
    }
}

static _Noreturn void broken(struct run_vm *r, const char *what)
{
    fprintf(stderr, "pith: the guest broke its link to this process: %s\n", what);
    die_by(r, SIGABRT);
}

static void act(struct run_vm *r, const struct pith_link *m, char *data)
{
    switch (m->type) {
    case PITH_LINK_EXIT:
        end = EXITED;
        end_value = (int)(m->a & 0xff);
        break;
    case PITH_LINK_DIE:
        if (m->a < 1 || m->a > 64)
            broken(r, "it died by no signal");
        end = KILLED;
        end_value = (int)m->a;
        break;
    case PITH_LINK_SIGNALS:
        set_signals(m->a, m->b);
        break;
    case PITH_LINK_READ:
        reading = m->a < PITH_LINK_INPUT_MAX ? (size_t)m->a : PITH_LINK_INPUT_MAX;
        break;
    case PITH_LINK_TTY: {
        long got = run_vm_tty((unsigned)m->a, (unsigned)m->b, data, m->len);
        send_link(r, PITH_LINK_TTY, (uint64_t)got, 0, data, m->len);
        break;
    }
    case PITH_LINK_STOP:
        if (m->a == SIGSTOP || m->a == SIGTSTP || m->a == SIGTTIN || m->a == SIGTTOU)
            stop_by(r, (int)m->a);
        send_link(r, PITH_LINK_STOP, 0, 0, NULL, 0);
        break;
    case PITH_LINK_LISTENING:
        mon_net_say_listening(r->o->net, m->a >> 16, m->a & 0xffff, m->b != 0);
        break;
    case PITH_LINK_STAMP:
        if (m->a == PITH_STAMP_ENTRY || m->a == PITH_STAMP_MAIN)
            r->stamps[m->a == PITH_STAMP_ENTRY ? MON_AT_ENTRY : MON_AT_MAIN] = mon_now();
        break;
    case PITH_LINK_FRAME:
        in_order = true; /* what was said before it comes first, and no message behind it */
        drain_all(r);
        in_order = false;
        run_vm_frame(r, (unsigned)m->a, m->b);
        break;
    default:
        broken(r, "a message of no type");
    }
}

static void take_messages(struct run_vm *r)
{
    struct pith_link m;
    for (;;) {
        ssize_t n = recv(r->control, message.data + message.n, sizeof message.data - message.n,
                         MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
            close(r->control);
            r->control = -1;
            return;
        }
        if (n < 0)
            return;
        message.n += (size_t)n;
        while (message.n >= sizeof m && end == RUNNING) {
            memcpy(&m, message.data, sizeof m);
            if (m.len > PITH_LINK_TTY_MAX)
                broken(r, "a message is too long");
            if (message.n < sizeof m + m.len)
                break;
            char data[PITH_LINK_TTY_MAX] = {0};
            memcpy(data, message.data + sizeof m, m.len);
            message.n -= sizeof m + m.len;
            memmove(message.data, message.data + sizeof m + m.len, message.n);
            act(r, &m, data);
        }
        if (end != RUNNING)
            return;
    }
}

/* ---- Streams ---- */

/* Takes the trailer away from the output, and the status from it. What may become one when more
 * comes is held back. */
static void take_trailer(struct stream *s)
{
    static const char start[] = "\x1epith ";
    ntrailer = 0;
    for (size_t i = 0; i < s->n; i++) {
        size_t left = s->n - i, seen = left < sizeof start - 1 ? left : sizeof start - 1;
        if (s->data[i] != TRAILER || memcmp(s->data + i, start, seen) != 0)
            continue;
        size_t n = left < sizeof trailer - 1 ? left : sizeof trailer - 1;
        char *newline = memchr(s->data + i, '\n', n);
        int value;
        if (!newline && left >= sizeof trailer - 1)
            continue;
        memcpy(trailer, s->data + i, n);
        trailer[n] = 0;
        if (!newline) {
            ntrailer = n;
            s->n = i;
        } else if (sscanf(trailer, "\x1epith exit %d\n", &value) == 1 && value >= 0 &&
                   value < 256) {
            end = EXITED;
            end_value = value;
            s->n = i;
        } else if (sscanf(trailer, "\x1epith signal %d\n", &value) == 1 && value > 0 &&
                   value < 65) {
            end = KILLED;
            end_value = value;
            s->n = i;
        }
    }
}

static void fill(struct stream *s)
{
    size_t held = s->status ? ntrailer : 0;
    ssize_t n = recv(s->from, s->data + held, sizeof s->data - held, MSG_DONTWAIT);
    if (n > 0) {
        memcpy(s->data, trailer, held);
        s->at = 0;
        s->n = (size_t)n + held;
        if (s->status)
            take_trailer(s);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        close(s->from);
        s->from = -1;
    }
}

static void drain(struct run_vm *r, struct stream *s)
{
    size_t want = s->n - s->at;
    if (s->pipe && want > CHUNK)
        want = CHUNK;
    ssize_t n = s->closed ? (ssize_t)want : write(s->to, s->data + s->at, want);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n < 0) {
        s->closed = true;
        if (r->control >= 0)
            send_link(r, PITH_LINK_CLOSED, (uint64_t)s->to, (uint64_t)errno, NULL, 0);
        n = (ssize_t)want;
    }
    s->at += (size_t)n;
    if (s->at == s->n)
        s->at = s->n = 0;
}

static void set_stream(struct stream *s, int from, int to)
{
    struct stat st;
    s->from = from;
    s->to = to;
    s->pipe = fstat(to, &st) == 0 &&
              (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || S_ISCHR(st.st_mode));
}

static void input(struct run_vm *r)
{
    char data[PITH_LINK_INPUT_MAX];
    ssize_t n = read(0, data, reading);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (!r->kind->link) { /* a line that always reads */
        if (n <= 0 || send(r->serial, data, (size_t)n, MSG_NOSIGNAL) != n) {
            shutdown(r->serial, SHUT_WR);
            reading = 0;
        }
        return;
    }
    reading = 0;
    send_link(r, PITH_LINK_INPUT, n < 0 ? (uint64_t)-errno : (uint64_t)n, 0, data,
              n > 0 ? (size_t)n : 0);
}

/* What the hypervisor says on its own stderr, for when it fails. */
static void take_noise(struct run_vm *r)
{
    char data[1024];
    ssize_t n = read(r->noise, data, sizeof data);
    if (n <= 0) {
        if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
            close(r->noise);
            r->noise = -1;
        }
        return;
    }
    if (r->verbose && write(2, data, (size_t)n) < 0)
        r->verbose = false;
    size_t room = sizeof noise - 1 - nnoise, take = (size_t)n < room ? (size_t)n : room;
    memcpy(noise + nnoise, data, take);
    nnoise += take;
}

/* All output that is there goes out, however long our streams take. */
static void drain_all(struct run_vm *r)
{
    for (unsigned i = 0; i < 3; i++) {
        struct stream *s = &streams[i];
        for (;;) {
            if (s->n == 0 && s->from >= 0)
                fill(s);
            if (s->n == 0)
                break;
            struct pollfd p = {.fd = s->to, .events = POLLOUT};
            if (!s->closed)
                poll(&p, 1, -1);
            if (!in_order)
                take_signals(r); /* a reader who never reads can still be got rid of */
            drain(r, s);
        }
    }
}

static _Noreturn void failed(struct run_vm *r)
{
    while (r->noise >= 0 && nnoise < sizeof noise - 1)
        take_noise(r);
    noise[nnoise] = 0;
    while (nnoise && noise[nnoise - 1] == '\n')
        noise[--nnoise] = 0;
    run_vm_clean(r);
    run_vm_tty_restore();
    fprintf(stderr, "pith run: %s ended without the guest's status%s%s\n", r->kind->binary,
            nnoise ? ": " : "", noise);
    /* As the own machines: 125 if the network asked for cannot be had. */
    _exit(strstr(noise, "tap") ? 125 : 126);
}

static void finish(struct run_vm *r)
{
    if (end == RUNNING)
        return;
    if (r->o->time)
        r->stamps[MON_AT_EXIT] = mon_now();
    if (r->vm > 0)
        kill(r->vm, SIGKILL);
    drain_all(r);
    if (r->o->time)
        mon_print_times(r->stamps);
    if (end == KILLED)
        die_by(r, end_value);
    run_vm_clean(r);
    _exit(end_value);
}

_Noreturn void run_vm_relay(struct run_vm *r)
{
    set_stream(&streams[0], r->out, 1);
    set_stream(&streams[1], r->err, 2);
    set_stream(&streams[2], r->serial, r->kind->link ? 2 : 1);
    streams[2].status = !r->kind->link;
    reading = r->kind->link ? 0 : CHUNK;
    signal(SIGPIPE, SIG_IGN);
    for (;;) {
        struct pollfd p[10];
        unsigned n = 0;
        int at_in = -1, at[3] = {-1, -1, -1};
        p[n++] = (struct pollfd){.fd = signals.fd, .events = POLLIN};
        p[n++] = (struct pollfd){.fd = r->control, .events = POLLIN}; /* -1 is skipped */
        p[n++] = (struct pollfd){.fd = r->noise, .events = POLLIN};
        if (reading) {
            at_in = (int)n;
            p[n++] = (struct pollfd){.fd = 0, .events = POLLIN};
        }
        for (unsigned i = 0; i < 3; i++) {
            struct stream *s = &streams[i];
            at[i] = (int)n;
            p[n++] = s->n ? (struct pollfd){.fd = s->to, .events = POLLOUT}
                          : (struct pollfd){.fd = s->from, .events = POLLIN};
        }
        bool gone = r->vm == 0;
        int ready = poll(p, n, gone ? 0 : -1);
        if (ready < 0)
            continue;
        if (p[0].revents)
            take_signals(r);
        for (unsigned i = 0; i < 3; i++)
            if (p[at[i]].revents) {
                if (streams[i].n)
                    drain(r, &streams[i]);
                else
                    fill(&streams[i]);
            }
        if (p[1].revents)
            take_messages(r);
        if (p[2].revents)
            take_noise(r);
        finish(r);
        if (at_in >= 0 && p[at_in].revents && reading)
            input(r);
        /* It has ended, and nothing it said before is left. */
        if (gone && ready == 0) {
            drain_all(r);
            failed(r);
        }
    }
}

void run_vm_signals_start(void)
{
    watch_signals();
}
