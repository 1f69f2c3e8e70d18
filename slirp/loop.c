/* The one loop: waits for the guest, for libslirp's sockets and timers, for the proxy's sockets. */
#include "slirp.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

/* ---- time ---- */
struct timer {
    struct timer *next;
    SlirpTimerCb run;
    void *opaque;
    int64_t due; /* ms, -1: off */
};
static struct timer *timers;

static int64_t now_ns(void *unused)
{
    struct timespec t;
    (void)unused;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void *timer_new(SlirpTimerCb run, void *opaque, void *unused)
{
    struct timer *t = calloc(1, sizeof *t);
    (void)unused;
    if (!t)
        abort();
    *t = (struct timer){.next = timers, .run = run, .opaque = opaque, .due = -1};
    timers = t;
    return t;
}

static void timer_free(void *timer, void *unused)
{
    (void)unused;
    for (struct timer **at = &timers; *at; at = &(*at)->next)
        if (*at == timer) {
            *at = (*at)->next;
            free(timer);
            return;
        }
}

static void timer_mod(void *timer, int64_t due, void *unused)
{
    (void)unused;
    ((struct timer *)timer)->due = due;
}

/* Runs what is due; milliseconds to the next, at most `limit`. */
static uint32_t run_timers(uint32_t limit)
{
    int64_t now = now_ns(NULL) / 1000000;
    for (struct timer *t = timers; t; t = t->next) {
        if (t->due < 0)
            continue;
        if (t->due <= now) {
            t->due = -1;
            t->run(t->opaque);
        }
        if (t->due >= 0 && t->due - now < limit)
            limit = (uint32_t)(t->due > now ? t->due - now : 0);
    }
    return limit;
}

/* ---- callbacks without a use here ---- */
static void guest_error(const char *message, void *unused)
{
    (void)message;
    (void)unused;
}

static void fd_changed(int fd, void *unused)
{
    (void)fd;
    (void)unused;
}

static void notify(void *unused)
{
    (void)unused;
}

const SlirpCb loop_callbacks = {.send_packet = link_send,
                                .guest_error = guest_error,
                                .clock_get_ns = now_ns,
                                .timer_new = timer_new,
                                .timer_free = timer_free,
                                .timer_mod = timer_mod,
                                .register_poll_fd = fd_changed,
                                .unregister_poll_fd = fd_changed,
                                .notify = notify};

/* ---- descriptors ---- */
static struct pollfd *fds; /* [0] is the guest */
static int nfds, room;

int loop_add(int fd, short events)
{
    if (nfds == room) {
        int more = room ? room * 2 : 64;
        struct pollfd *got = realloc(fds, (size_t)more * sizeof *fds);
        if (!got)
            abort();
        fds = got;
        room = more;
    }
    fds[nfds] = (struct pollfd){.fd = fd, .events = events};
    return nfds++;
}

short loop_events(int index)
{
    return fds[index].revents;
}

static int add_poll(int fd, int events, void *unused)
{
    (void)unused;
    return loop_add(fd, (short)((events & SLIRP_POLL_IN ? POLLIN : 0) |
                                (events & SLIRP_POLL_OUT ? POLLOUT : 0) |
                                (events & SLIRP_POLL_PRI ? POLLPRI : 0)));
}

static int get_revents(int index, void *unused)
{
    int e = fds[index].revents;
    (void)unused;
    return (e & POLLIN ? SLIRP_POLL_IN : 0) | (e & POLLOUT ? SLIRP_POLL_OUT : 0) |
           (e & POLLPRI ? SLIRP_POLL_PRI : 0) | (e & POLLERR ? SLIRP_POLL_ERR : 0) |
           (e & POLLHUP ? SLIRP_POLL_HUP : 0);
}

void loop_run(Slirp *slirp)
{
    for (;;) {
        uint32_t wait = UINT32_MAX;
        bool full = link_full();
        nfds = 0;
        loop_add(-1, 0);
        link_poll(&fds[0]);
        if (!full) {
            slirp_pollfds_fill(slirp, &wait, add_poll, NULL);
            proxy_poll();
        }
        wait = run_timers(wait);
        int got = poll(fds, (nfds_t)nfds, wait > INT32_MAX ? -1 : (int)wait);
        if (got < 0 && errno != EINTR)
            return;
        if (got < 0)
            continue;
        if (!link_serve(slirp, &fds[0]))
            return;
        if (!full) {
            slirp_pollfds_poll(slirp, 0, get_revents, NULL);
            proxy_serve();
        }
    }
}
