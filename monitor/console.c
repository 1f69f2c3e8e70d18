/* The console device: stdin, stdout and stderr of the guest are the host's (abi.h, "Console").
 *
 * Output never waits inside a write, so that a reader who is slow stops one guest thread and not
 * the guest: sockets and pipes are written without waiting; a terminal, and pipes of hosts before
 * Linux 6.4, are asked by poll first and get at most what cannot block then.
 * A request that finds the host not ready stays open in `state` and is continued at the next
 * PITH_HC_WAIT. Input is read only when poll says there is some.
 *
 * A chain is decoded whole: its result word must be writable guest memory, or the guest has
 * broken the device's rules and ends. Data the guest may not touch is -EFAULT, as in Linux.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "limits.h"
#include "run.h"

/* The device, and the request being served on each of its queues. */
static struct mon_device *console;
static struct {
    struct mon_chain chain;
    bool busy;
    uint64_t moved; /* bytes of data done */
} state[PITH_CONSOLE_QUEUES];

static void complete(struct mon *m, unsigned queue, int64_t result)
{
    struct mon_chain *chain = &state[queue].chain;
    state[queue].busy = false;
    if (mon_copy_out(m, chain->piece[0].addr, &result, sizeof result)) {
        mon_broken(m, "the result of a console request lies in memory it cannot write");
        return;
    }
    uint32_t written = sizeof result;
    if (queue == PITH_CONSOLE_STDIN && result > 0)
        written += (uint32_t)result;
    mon_ring_put(&console->ring[queue], chain, written);
}

/* The next request, decoded; false if there is none (or the guest has ended). */
static bool next(struct mon *m, unsigned queue)
{
    struct mon_ring *ring = &console->ring[queue];
    struct mon_chain *chain = &state[queue].chain;
    int got = mon_ring_take(ring, chain);
    if (got < 0)
        mon_broken(m, "it broke the console's queue %u: %s", queue, ring->broken);
    if (got <= 0)
        return false;
    bool ok = chain->piece[0].write && chain->piece[0].len == sizeof(pith_s64);
    for (unsigned i = 1; i < chain->count; i++)
        ok &= chain->piece[i].write == (queue == PITH_CONSOLE_STDIN);
    if (!ok) {
        mon_broken(m, "it broke the console's queue %u: a request is not laid out as one", queue);
        return false;
    }
    state[queue].busy = true;
    state[queue].moved = 0;
    return true;
}

/* Fills iov with the request's data from byte `moved` on, at most `limit` bytes. Returns the
 * number of entries, 0 at the end of the data, -EFAULT if the guest may not touch the next byte. */
static int gather(struct mon *m, unsigned queue, struct iovec *iov, uint64_t limit)
{
    const struct mon_chain *chain = &state[queue].chain;
    uint64_t skip = state[queue].moved;
    int n = 0;
    for (unsigned i = 1; i < chain->count && limit; i++) {
        const struct mon_piece *p = &chain->piece[i];
        if (skip >= p->len) {
            skip -= p->len;
            continue;
        }
        uint64_t at = p->addr + skip, left = p->len - skip;
        skip = 0;
        while (left && limit && n < MON_IOV_MAX) {
            void *host;
            size_t want = left < limit ? left : limit;
            size_t got = mon_span(m, at, want, p->write, &host);
            if (got == 0)
                return n ? n : -EFAULT;
            iov[n++] = (struct iovec){host, got};
            at += got;
            left -= got;
            limit -= got;
        }
    }
    return n;
}

/* Only these can keep a writer waiting. */
static bool can_block(const struct mon *m, unsigned fd)
{
    unsigned mode = m->common->stdio[fd].mode;
    return S_ISFIFO(mode) || S_ISSOCK(mode) || (m->common->stdio[fd].flags & PITH_STDIO_TTY);
}

/* pwritev2 of a pipe that does not wait; set to false where the host does not have it. */
static bool nowait = true;
#define RWF_NOWAIT_FLAG 8 /* RWF_NOWAIT, linux/fs.h */

/* Can fd be written without poll, its answer EAGAIN when it is full? */
static bool never_waits(const struct mon *m, unsigned fd)
{
    unsigned mode = m->common->stdio[fd].mode;
    return S_ISSOCK(mode) || (S_ISFIFO(mode) && nowait);
}

static ssize_t send_some(const struct mon *m, int fd, struct iovec *iov, int n)
{
    if (S_ISFIFO(m->common->stdio[fd].mode) && nowait) {
        /* Position -1: the descriptor's own, which a pipe has not. */
        ssize_t done = syscall(SYS_pwritev2, fd, iov, n, -1l, -1l, RWF_NOWAIT_FLAG);
        if (done >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS))
            return done;
        nowait = false;
        errno = EINTR; /* again, the other way */
        return -1;
    }
    if (S_ISSOCK(m->common->stdio[fd].mode)) {
        struct msghdr message = {.msg_iov = iov, .msg_iovlen = (unsigned)n};
        return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    return n == 1 ? write(fd, iov->iov_base, iov->iov_len) : writev(fd, iov, n);
}

/* Serves the open request of an output queue as far as the host takes it; true if completed. */
static bool output(struct mon *m, unsigned queue)
{
    for (;;) {
        bool ask = can_block(m, queue) && !never_waits(m, queue);
        uint64_t limit = ask ? MON_WRITE_CHUNK : 1u << 30;
        struct iovec iov[MON_IOV_MAX];
        int64_t moved = (int64_t)state[queue].moved;
        int n = gather(m, queue, iov, limit);
        if (n <= 0) {
            complete(m, queue, moved ? moved : n);
            return true;
        }
        if (ask) {
            struct pollfd p = {.fd = (int)queue, .events = POLLOUT};
            if (poll(&p, 1, 0) == 0)
                return false;
        }
        ssize_t done = send_some(m, (int)queue, iov, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0 && errno == EAGAIN)
            return false;
        if (done < 0) {
            complete(m, queue, moved ? moved : -errno);
            return true;
        }
        state[queue].moved += (uint64_t)done;
    }
}

static bool all_output(struct mon *m)
{
    bool any = false;
    for (unsigned queue = PITH_CONSOLE_STDOUT; queue <= PITH_CONSOLE_STDERR; queue++) {
        /* A guest cannot keep us here: it fills the ring only while it runs. */
        while (!m->over && (state[queue].busy || next(m, queue)) && output(m, queue))
            any = true;
    }
    return any;
}

static bool wants_input(struct mon *m)
{
    return state[PITH_CONSOLE_STDIN].busy || next(m, PITH_CONSOLE_STDIN);
}

/* A regular file, a block device: reading never waits. */
static bool input_ready(const struct mon *m)
{
    unsigned mode = m->common->stdio[0].mode;
    return !S_ISFIFO(mode) && !S_ISSOCK(mode) && !S_ISCHR(mode);
}

/* One read for each time the host was found ready. */
static bool input(struct mon *m)
{
    struct iovec iov[MON_IOV_MAX];
    int n = gather(m, PITH_CONSOLE_STDIN, iov, 1u << 30);
    ssize_t got = n;
    if (n > 0) {
        got = readv(0, iov, n);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            return false;
        if (got < 0)
            got = -errno;
    }
    complete(m, PITH_CONSOLE_STDIN, got);
    return true;
}

static bool serve(struct mon *m, struct mon_device *d, const struct pollfd *fds, unsigned nfds)
{
    bool ready = nfds && fds[0].fd == 0 && fds[0].revents;
    console = d;
    bool any = all_output(m);
    if (!m->over && (ready || input_ready(m)) && wants_input(m))
        any |= input(m);
    return any;
}

static unsigned wanted(struct mon *m, struct mon_device *d, struct pollfd *fds)
{
    unsigned n = 0;
    console = d;
    if (wants_input(m))
        fds[n++] = (struct pollfd){.fd = 0, .events = POLLIN};
    for (unsigned queue = PITH_CONSOLE_STDOUT; queue <= PITH_CONSOLE_STDERR; queue++)
        if (state[queue].busy)
            fds[n++] = (struct pollfd){.fd = (int)queue, .events = POLLOUT};
    return n;
}

int mon_console_add(struct mon *m, struct host_error *err)
{
    static const struct mon_device_ops ops = {.serve = serve, .poll = wanted, .look = true};
    const struct mon_device device = {
        .ops = &ops,
        .type = PITH_DEV_CONSOLE,
        .nqueues = PITH_CONSOLE_QUEUES,
        .queue_size = {PITH_CONSOLE_QUEUE_SIZE, PITH_CONSOLE_QUEUE_SIZE, PITH_CONSOLE_QUEUE_SIZE}};
    return mon_device_add(m, &device, err) < 0 ? -1 : 0;
}
