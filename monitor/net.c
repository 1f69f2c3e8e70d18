/* The rings of a network interface. See net.h.
 *
 * Frames go between guest memory and the host without a copy of ours: receive buffers are handed
 * to recvmmsg, frames to send are gathered from where they lie. Behind the buffers of each message
 * stands scratch memory, so that a frame larger than they are (segmentation offload: 64 KiB) is
 * still received whole, and its tail is then spread over further buffers. If frames were large of
 * late, more buffers are offered at once and nothing is left to spread.
 *
 * The virtio-net header goes through memory of ours in both directions: the host reads what we
 * read once, and num_buffers is ours to fill in. All else in it is checked by the host's kernel.
 *
 * Host addresses live only within one call: the guest may change its memory before the next. What
 * is kept in between are descriptor numbers, decoded anew each time.
 */
#include "net.h"

#include <errno.h>
#include <linux/virtio_net.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "run.h"

/* Entries of all messages of a batch; and what one frame can take of them at most: the pieces of a
 * chain, one more for each page border in 64 KiB, header and scratch. */
#define IOVS 2048u
#define IOVS_FRAME (MON_RING_MAX + 20u)
/* The kernel's own limit for one message, UIO_MAXIOV. */
#define IOVS_CALL 1024u
/* Buffers of one batch. */
#define SLOTS PITH_NET_QUEUE_SIZE

/* A receive buffer that is offered to the host. */
struct slot {
    uint16_t head;
    uint32_t room; /* for data, the header excluded */
};

/* A frame's place. */
struct place {
    unsigned slot, nslots;
    uint32_t room;     /* of all its slots */
    uint8_t *start;    /* host address of the header in the first one, NULL: not in one piece */
    unsigned iov, end; /* its entries */
};

static struct {
    struct mmsghdr msg[MON_NET_BATCH];
    struct iovec iov[IOVS];
    uint8_t header[MON_NET_BATCH][MON_NET_HEADER];
    struct place place[MON_NET_BATCH];
    struct slot slot[SLOTS];
    uint16_t head[MON_NET_BATCH]; /* frames being sent, and their bytes */
    uint32_t size[MON_NET_BATCH];
    unsigned nslots, niov;
    uint8_t *scratch; /* MON_NET_FRAME bytes for each message */
} io;

int mon_net_prepare(struct host_error *err)
{
    if (io.scratch)
        return 0;
    void *got = mmap(NULL, MON_NET_BATCH * (size_t)MON_NET_FRAME, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (got == MAP_FAILED)
        return host_fail(err, "no memory for network frames: %s", strerror(errno));
    io.scratch = got;
    for (unsigned i = 0; i < MON_NET_BATCH; i++)
        io.msg[i].msg_hdr.msg_iov = io.iov; /* set for each use */
    return 0;
}

/* Appends host addresses of guest memory; false if the guest may not use it so. */
static bool span(struct mon *m, uint64_t va, uint64_t len, bool write)
{
    while (len) {
        void *host;
        size_t n = mon_span(m, va, len, write, &host);
        if (n == 0 || io.niov == IOVS)
            return false;
        io.iov[io.niov++] = (struct iovec){host, n};
        va += n;
        len -= n;
    }
    return true;
}

/* ---- receive ---- */

/* Takes new buffers from the ring. False if the guest broke a rule. */
static bool refill(struct mon *m, struct mon_device *d, struct mon_net *net)
{
    struct mon_ring *ring = &d->ring[PITH_NET_RX];
    int n = mon_ring_new(ring);
    if (n > (int)PITH_NET_QUEUE_SIZE - net->npool) {
        ring->broken = "it offers more buffers than the ring holds";
        n = -1;
    }
    if (n < 0) {
        mon_broken(m, "it broke a network device's receive queue: %s", ring->broken);
        return false;
    }
    for (int i = 0; i < n; i++)
        net->pool[net->npool++] = mon_ring_head(ring, (unsigned)i);
    mon_ring_skip(ring, (unsigned)n);
    return true;
}

/* Offers the buffer `head` as the next slot of a place; its first bytes are left for the header if
 * it is the place's first. */
static bool offer(struct mon *m, struct mon_device *d, struct place *p, uint16_t head)
{
    struct mon_ring *ring = &d->ring[PITH_NET_RX];
    struct mon_piece piece[MON_RING_MAX];
    int n = mon_ring_walk(m, ring, head, piece);
    if (n < 0) {
        mon_broken(m, "it broke a network device's receive queue: %s", ring->broken);
        return false;
    }
    unsigned header = p->nslots == 0 ? MON_NET_HEADER : 0;
    uint32_t room = 0;
    for (int i = 0; i < n; i++) {
        uint64_t va = piece[i].addr;
        uint32_t len = piece[i].len;
        bool first = header == MON_NET_HEADER && len >= header;
        uint32_t skip = header < len ? header : len;
        if (!piece[i].write) {
            mon_broken(m, "it broke a network device's receive queue: a buffer is not writable");
            return false;
        }
        if (first) {
            void *host;
            p->start = mon_span(m, va, header, true, &host) == header ? host : NULL;
        }
        header -= skip;
        va += skip;
        len -= skip;
        if (len > MON_NET_FRAME - room)
            len = MON_NET_FRAME - room; /* no frame needs more */
        if (!span(m, va, len, true)) {
            mon_broken(m, "a network buffer lies in memory it cannot write");
            return false;
        }
        room += len;
    }
    if (header || room == 0) {
        mon_broken(m, "it broke a network device's receive queue: a buffer has no room");
        return false;
    }
    io.slot[io.nslots++] = (struct slot){head, room};
    p->nslots++;
    p->room += room;
    return true;
}

/* Makes up to `want` messages of the pool's first buffers. How many; 0: none, or the guest ended.
 */
static unsigned post(struct mon *m, struct mon_device *d, struct mon_net *net, unsigned want)
{
    unsigned n = 0, tails = 0;
    io.nslots = io.niov = 0;
    for (; n < want && io.nslots < net->npool; n++) {
        /* Buffers for the tails of larger frames stay behind, unless there is but one message. */
        if (n && net->npool - io.nslots <= tails)
            break;
        struct place *p = &io.place[n];
        *p = (struct place){.slot = io.nslots, .iov = io.niov};
        if (io.niov + IOVS_FRAME > IOVS)
            break;
        if (net->header)
            io.iov[io.niov++] = (struct iovec){io.header[n], net->header};
        do {
            if (!offer(m, d, p, net->pool[io.nslots]))
                return 0;
        } while (p->nslots < net->expect && io.nslots < net->npool && p->room < MON_NET_FRAME &&
                 io.niov + IOVS_FRAME <= IOVS && io.niov - p->iov + IOVS_FRAME <= IOVS_CALL);
        if (n == 0) {
            tails = 2 * (MON_NET_FRAME / (p->room / p->nslots + 1) + 1);
            tails = tails < net->npool / 2u ? tails : net->npool / 2u;
        }
        if (p->room < MON_NET_FRAME)
            io.iov[io.niov++] =
                (struct iovec){io.scratch + n * (size_t)MON_NET_FRAME, MON_NET_FRAME - p->room};
        io.msg[n].msg_hdr.msg_iov = io.iov + p->iov;
        io.msg[n].msg_hdr.msg_iovlen = (int)(io.niov - p->iov);
        io.msg[n].msg_hdr.msg_flags = 0;
    }
    return n;
}

/* recvmmsg, or the same by readv. -1 with errno. */
static int receive(struct mon_net *net, unsigned n)
{
    if (net->ring)
        return mon_net_ring_receive(net, io.msg, n);
    if (!net->file)
        return (int)syscall(SYS_recvmmsg, net->fd, io.msg, n, MSG_DONTWAIT, NULL);
    unsigned i;
    for (i = 0; i < n; i++) {
        const struct msghdr *msg = &io.msg[i].msg_hdr;
        ssize_t got = readv(net->fd, msg->msg_iov, (int)msg->msg_iovlen);
        if (got < 0)
            break;
        io.msg[i].msg_len = (unsigned)got;
    }
    return i ? (int)i : -1;
}

/* Copies into a buffer of the guest from byte `at` on; the slow way. */
static bool copy_to(struct mon *m, struct mon_device *d, uint16_t head, uint32_t at,
                    const uint8_t *from, uint32_t len)
{
    struct mon_piece piece[MON_RING_MAX];
    int n = mon_ring_walk(m, &d->ring[PITH_NET_RX], head, piece);
    for (int i = 0; i < n && len; i++) {
        if (at >= piece[i].len) {
            at -= piece[i].len;
            continue;
        }
        uint32_t part = piece[i].len - at < len ? piece[i].len - at : len;
        if (mon_copy_out(m, piece[i].addr + at, from, part))
            return false;
        from += part;
        len -= part;
        at = 0;
    }
    return len == 0;
}

/* The header of message i goes to the guest. */
static bool put_header(struct mon *m, struct mon_device *d, struct mon_net *net, unsigned i,
                       unsigned nbuffers)
{
    uint8_t *h = io.header[i];
    struct place *p = &io.place[i];
    if (net->header == 0) {
        memset(h, 0, MON_NET_HEADER);
        h[0] = net->trusted ? VIRTIO_NET_HDR_F_DATA_VALID : 0;
    }
    h[10] = (uint8_t)nbuffers;
    h[11] = (uint8_t)(nbuffers >> 8);
    if (p->start)
        return mon_copy_guarded(p->start, h, MON_NET_HEADER) == 0;
    return copy_to(m, d, io.slot[p->slot].head, 0, h, MON_NET_HEADER);
}

/* What stays of a batch: buffers not used go back to the front of the pool, with those that were
 * not offered behind them. */
struct rest {
    uint16_t head[SLOTS];
    unsigned n;
    unsigned next; /* in the pool: first one not offered */
};

/* Gives message i to the guest: how many buffers that took, 0 if the frame is dropped. Those of
 * its own that it does not need join the rest. */
static unsigned deliver(struct mon *m, struct mon_device *d, struct mon_net *net, unsigned i,
                        struct rest *rest)
{
    struct mon_ring *ring = &d->ring[PITH_NET_RX];
    const struct place *p = &io.place[i];
    const struct slot *slot = &io.slot[p->slot];
    uint32_t len = io.msg[i].msg_len, used = 0, done = 0, absent = 0;
    unsigned more = 0;
    bool left_there = io.msg[i].msg_hdr.msg_flags & MON_NET_IS_LEFT;
    bool ok = len >= net->header + 14 && !(io.msg[i].msg_hdr.msg_flags & MSG_TRUNC);
    /* 5.1.6.4: only kinds of segmentation that were negotiated: none or TCP's. */
    uint8_t kind = net->header ? io.header[i][1] & 0x7f : 0;
    ok &= kind == VIRTIO_NET_HDR_GSO_NONE || kind == VIRTIO_NET_HDR_GSO_TCPV4 ||
          kind == VIRTIO_NET_HDR_GSO_TCPV6 || left_there;
    len -= ok ? net->header : len;
    if (left_there && len > PITH_NET_BEGIN) {
        absent = len - PITH_NET_BEGIN;
        len = PITH_NET_BEGIN;
    }
    /* Buffers of its own first; the tail, in scratch, needs further ones. */
    while (ok && used < p->nslots && done < len)
        done += slot[used++].room;
    const uint8_t *tail = io.scratch + i * (size_t)MON_NET_FRAME;
    uint32_t left = done < len ? len - done : 0, part[SLOTS];
    for (; ok && left; more++) {
        if (rest->next + more >= net->npool) {
            /* The next one like it finds more offered to it. */
            unsigned needs = used + more + left / (slot->room + 1) + 1;
            net->expect = needs > net->expect ? needs : net->expect;
            ok = false;
            break;
        }
        uint16_t head = net->pool[rest->next + more];
        struct mon_piece piece[MON_RING_MAX];
        int n = mon_ring_walk(m, ring, head, piece);
        uint64_t room = 0;
        for (int k = 0; k < n; k++)
            room += piece[k].len;
        part[more] = room < left ? (uint32_t)room : left;
        if (part[more] == 0 || !copy_to(m, d, head, 0, tail, part[more])) {
            mon_broken(m, "a network buffer lies in memory it cannot write");
            return 0;
        }
        tail += part[more];
        left -= part[more];
    }
    if (left_there && (!ok || used + more != 1)) {
        mon_broken(m, "a network buffer has no room for the beginning of a frame");
        return 0;
    }
    if (ok && !put_header(m, d, net, i, left_there ? 0 : used + more))
        ok = false;
    if (!ok) {
        net->dropped++;
        used = more = 0;
    }
    for (unsigned k = 0; k < used; k++) {
        uint32_t n = slot[k].room < len ? slot[k].room : len;
        net->bytes[0] += n + absent;
        mon_ring_add(ring, slot[k].head, n + absent + (k == 0 ? MON_NET_HEADER : 0));
        len -= n;
    }
    net->frames[0] += used + more != 0;
    for (unsigned k = 0; k < more; k++) {
        net->bytes[0] += part[k];
        mon_ring_add(ring, net->pool[rest->next + k], part[k]);
    }
    rest->next += more;
    for (unsigned k = used; k < p->nslots; k++)
        rest->head[rest->n++] = slot[k].head;
    return used + more;
}

/* Gives the guest n messages and puts the buffers left over back. How many it took. */
static unsigned deliver_all(struct mon *m, struct mon_device *d, struct mon_net *net, unsigned n,
                            unsigned posted)
{
    struct rest rest = {.next = io.nslots};
    unsigned taken = 0, most = 1;
    for (unsigned i = 0; i < n; i++) {
        unsigned buffers = deliver(m, d, net, i, &rest);
        taken += buffers != 0;
        most = buffers > most ? buffers : most;
    }
    /* Large frames are expected at once, small ones only after a while. */
    if (most < net->expect)
        most = net->expect - (net->expect - most + 3) / 4;
    net->expect = most;
    for (unsigned i = n; i < posted; i++)
        for (unsigned k = 0; k < io.place[i].nslots; k++)
            rest.head[rest.n++] = io.slot[io.place[i].slot + k].head;
    unsigned behind = net->npool - rest.next;
    memmove(net->pool + rest.n, net->pool + rest.next, behind * sizeof *net->pool);
    memcpy(net->pool, rest.head, rest.n * sizeof *net->pool);
    net->npool = (uint16_t)(rest.n + behind);
    return taken;
}

/* After recvmmsg failed: false if there is no point in going on. */
static bool receive_error(struct mon_net *net)
{
    switch (errno) {
    case EINTR:
    case EINVAL:   /* a frame that the header cannot describe; it is gone */
    case ENETDOWN: /* said once; the interface may come up again */
        return true;
    case EAGAIN:
        return false;
    default:
        net->lost = true;
        return false;
    }
}

static bool receive_all(struct mon *m, struct mon_device *d, struct mon_net *net)
{
    unsigned taken = 0, want = net->guess < 8 ? 8 : net->guess;
    net->leave = net->keep && !mon_ring_wanted(&d->ring[PITH_NET_LEFT]);
    /* Each round gives buffers to the guest or loses a frame of the host's: bounded by both. */
    for (unsigned round = 0; round < PITH_NET_QUEUE_SIZE && !m->over; round++) {
        if (!refill(m, d, net))
            break;
        want = want < MON_NET_BATCH ? want : MON_NET_BATCH;
        if (net->ring)
            want = mon_net_ring_ready(net, want);
        unsigned n = want ? post(m, d, net, want) : 0;
        if (n == 0)
            break;
        int got = receive(net, n);
        if (got < 0 && receive_error(net))
            continue;
        if (got <= 0)
            break;
        if (io.msg[0].msg_len == 0) { /* the end of a stream of frames */
            net->lost = true;
            break;
        }
        taken += deliver_all(m, d, net, (unsigned)got, n);
        net->guess = (unsigned)got + 4;
        want = MON_NET_BATCH;
        if ((unsigned)got < n && !net->ring)
            break;
    }
    if (taken)
        mon_ring_publish(&d->ring[PITH_NET_RX]);
    return taken;
}

/* ---- send ---- */

/* Message i becomes the frame of the chain `head`. 1, 0: no frame that could be sent, -1: the guest
 * broke a rule. */
static int gather(struct mon *m, struct mon_device *d, const struct mon_net *net, unsigned i,
                  uint16_t head)
{
    struct mon_ring *ring = &d->ring[PITH_NET_TX];
    struct mon_piece piece[MON_RING_MAX];
    int n = mon_ring_walk(m, ring, head, piece);
    if (n < 0) {
        mon_broken(m, "it broke a network device's send queue: %s", ring->broken);
        return -1;
    }
    unsigned header = 0;
    uint64_t bytes = 0;
    for (int k = 0; k < n; k++) {
        if (piece[k].write) {
            mon_broken(m, "it broke a network device's send queue: a frame is to be written");
            return -1;
        }
        bytes += piece[k].len;
    }
    io.size[i] = bytes < MON_NET_HEADER ? 0 : (uint32_t)(bytes - MON_NET_HEADER);
    if (bytes < MON_NET_HEADER + 14 || bytes > MON_NET_HEADER + MON_NET_FRAME)
        return 0;
    unsigned start = io.niov;
    if (net->header)
        io.iov[io.niov++] = (struct iovec){io.header[i], net->header};
    for (int k = 0; k < n; k++) {
        uint64_t va = piece[k].addr;
        uint32_t len = piece[k].len, part = MON_NET_HEADER - header;
        part = part < len ? part : len;
        if ((part && mon_copy_in(m, io.header[i] + header, va, part)) ||
            !span(m, va + part, len - part, false)) {
            mon_broken(m, "a network frame lies in memory it cannot read");
            return -1;
        }
        header += part;
    }
    io.header[i][10] = io.header[i][11] = 0;
    io.msg[i].msg_hdr.msg_iov = io.iov + start;
    io.msg[i].msg_hdr.msg_iovlen = (int)(io.niov - start);
    return 1;
}

/* sendmmsg, or the same by writev. -1 with errno. */
static int transmit(const struct mon_net *net, unsigned n)
{
    if (net->lost) /* a cable without an end */
        return (int)n;
    if (!net->file)
        return (int)syscall(SYS_sendmmsg, net->fd, io.msg, n, MSG_DONTWAIT | MSG_NOSIGNAL);
    unsigned i;
    for (i = 0; i < n; i++) {
        const struct msghdr *msg = &io.msg[i].msg_hdr;
        if (writev(net->fd, msg->msg_iov, (int)msg->msg_iovlen) < 0)
            break;
    }
    return i ? (int)i : -1;
}

/* After sendmmsg failed: how many frames to give up, 0 or 1. */
static unsigned send_error(struct mon_net *net)
{
    switch (errno) {
    case EINTR:
        return 0;
    case EAGAIN:
        net->blocked = true;
        return 0;
    case EPIPE:
    case ECONNRESET:
    case ENOTCONN:
    case ECONNREFUSED: /* the helper has gone */
        net->lost = true;
        return 0;
    default: /* a frame the host refuses, an interface that is down or full */
        net->dropped++;
        return 1;
    }
}

static bool send_all(struct mon *m, struct mon_device *d, struct mon_net *net)
{
    struct mon_ring *ring = &d->ring[PITH_NET_TX];
    int waiting = mon_ring_new(ring);
    unsigned done = 0;
    if (waiting < 0)
        mon_broken(m, "it broke a network device's send queue: %s", ring->broken);
    net->blocked = false;
    while ((int)done < waiting && !net->blocked) {
        unsigned n = 0;
        int fit = 1;
        io.niov = 0;
        for (; n < MON_NET_BATCH && (int)(done + n) < waiting && io.niov + IOVS_FRAME <= IOVS;
             n++) {
            io.head[n] = mon_ring_head(ring, done + n);
            fit = gather(m, d, net, n, io.head[n]);
            if (fit <= 0)
                break;
        }
        if (fit < 0)
            return false;
        int sent = n ? transmit(net, n) : 0;
        if (sent < 0)
            sent = (int)send_error(net);
        else if (fit == 0 && (unsigned)sent == n)
            sent++; /* what is no frame counts as sent */
        for (int i = 0; i < sent; i++) {
            net->frames[1]++;
            net->bytes[1] += io.size[i];
            mon_ring_add(ring, io.head[i], 0);
        }
        done += (unsigned)sent;
    }
    if (done == 0)
        return false;
    mon_ring_skip(ring, done);
    mon_ring_publish(ring);
    return mon_ring_wanted(ring);
}

/* ---- the device ---- */

static bool serve(struct mon *m, struct mon_device *d, const struct pollfd *fds, unsigned nfds)
{
    struct mon_net *net = d->priv;
    bool any = false;
    unsigned ready = nfds ? (unsigned)fds[0].revents : POLLIN | POLLOUT;
    if (!net->blocked || ready & (POLLOUT | POLLERR | POLLHUP))
        any = send_all(m, d, net);
    if (!m->over && net->keep)
        any |= mon_net_left(m, d, net);
    if (!m->over && !net->lost && ready & (POLLIN | POLLERR | POLLHUP))
        any |= receive_all(m, d, net);
    /* The descriptor is ready as long as frames are left there: the guest must not sleep. */
    if (nfds && net->left)
        return true;
    /* Hung up, and nothing left to read. */
    if (!any && nfds && ready & (POLLHUP | POLLNVAL) && !(ready & POLLIN))
        net->lost = true;
    return any;
}

static unsigned wanted(struct mon *m, struct mon_device *d, struct pollfd *fds)
{
    struct mon_net *net = d->priv;
    (void)m;
    short events = net->blocked ? POLLOUT : 0;
    if (!net->lost && (net->left || net->npool || mon_ring_more(&d->ring[PITH_NET_RX])))
        events |= POLLIN;
    if (net->lost || events == 0)
        return 0;
    fds[0] = (struct pollfd){.fd = net->fd, .events = events};
    return 1;
}

static void rest(struct mon_device *d)
{
    mon_net_ring_rest(d->priv);
    madvise(io.scratch, MON_NET_BATCH * (size_t)MON_NET_FRAME, MADV_DONTNEED);
}

const struct mon_device_ops mon_net_ops = {
    .serve = serve, .poll = wanted, .rest = rest, .traffic = true};
