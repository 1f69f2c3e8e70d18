/* A packet socket's receive ring in shared memory (packet(7), PACKET_RX_RING, TPACKET_V2): frames
 * are there without a system call. See net.h.
 *
 *     slot   struct tpacket2_hdr | ... | virtio-net header (10 bytes) | frame, from tp_mac on
 *
 * Whoever sends (on a veth pair: the other end's processor) copies the frame into the slot. A frame
 * that is larger than a slot is marked and waits in the socket's queue as well, whole
 * (PACKET_COPY_THRESH): it is received from there, or left there (net_left.c). Receiving looks like
 * recvmmsg to net.c. Where the kernel refuses the ring, recvmmsg it is.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "net.h"
#include "run.h"

/* Room for a frame of the usual MTU; slots for a burst of all connections of a busy server. */
#define SLOT 2048u
#define SLOTS 2048u
#define BLOCK (64u << 10)
#define BYTES ((size_t)SLOT * SLOTS)
/* Frames from this length on are left with the host: below, asking for them costs more than it
 * saves. What one takes of the socket's buffer, and how many are left at most. */
#define LEAVE 16384u
#define LEFT_COST (96u << 10)
#define LEFT_MOST 128u
#define LEFT_LEAST 4u

/* A power of two, as queues have. */
static unsigned keeps(int fd)
{
    int bytes = 0;
    socklen_t size = sizeof bytes;
    unsigned n = LEFT_MOST;
    if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, &size) || bytes < 0)
        return 0;
    while (n >= LEFT_LEAST && n * LEFT_COST > (unsigned)bytes)
        n /= 2;
    return n >= LEFT_LEAST ? n : 0;
}

int mon_net_ring(struct mon_net *net)
{
    const int version = TPACKET_V2, threshold = 1;
    struct tpacket_req req = {.tp_block_size = BLOCK,
                              .tp_block_nr = SLOT * SLOTS / BLOCK,
                              .tp_frame_size = SLOT,
                              .tp_frame_nr = SLOTS};
    if (setsockopt(net->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) ||
        setsockopt(net->fd, SOL_PACKET, PACKET_COPY_THRESH, &threshold, sizeof threshold) ||
        setsockopt(net->fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof req))
        return -1;
    void *got = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, net->fd, 0);
    if (got == MAP_FAILED) {
        req = (struct tpacket_req){0};
        setsockopt(net->fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof req);
        return -1;
    }
    net->ring = got;
    net->keep = keeps(net->fd);
    return 0;
}

/* Mapped, every page of the ring counts as this process's, so it is mapped only while frames come.
 * Its place stays reserved. */
void mon_net_ring_rest(struct mon_net *net)
{
    if (net->ring && !net->away &&
        mmap(net->ring, BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
             -1, 0) != MAP_FAILED)
        net->away = true;
}

/* Maps it again if there is a frame in it. */
static bool back(struct mon_net *net)
{
    struct pollfd fd = {.fd = net->fd, .events = POLLIN};
    const struct timespec none = {0};
    if (syscall(SYS_ppoll, &fd, 1, &none, NULL, 8) <= 0 ||
        mmap(net->ring, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, net->fd, 0) ==
            MAP_FAILED)
        return false;
    net->away = false;
    return true;
}

static struct tpacket2_hdr *slot(const struct mon_net *net, unsigned i)
{
    return (void *)(net->ring + (size_t)((net->slot + i) % SLOTS) * SLOT);
}

static uint32_t status(const struct mon_net *net, unsigned i)
{
    return __atomic_load_n(&slot(net, i)->tp_status, __ATOMIC_ACQUIRE);
}

static void release(struct mon_net *net, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        __atomic_store_n(&slot(net, i)->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    net->slot = (net->slot + n) % SLOTS;
}

unsigned mon_net_ring_ready(struct mon_net *net, unsigned most)
{
    unsigned n = 0;
    if (net->away && !back(net))
        return 0;
    while (n < most && status(net, n) & TP_STATUS_USER)
        n++;
    return n;
}

/* Copies the first `left` bytes of a slot, header included, to where the message says. False if the
 * guest's memory faults. */
static bool copy(const struct mon_net *net, const struct tpacket2_hdr *s, const struct msghdr *m,
                 uint32_t left)
{
    const uint8_t *from = (const uint8_t *)s + s->tp_mac - net->header;
    for (unsigned i = 0; i < (unsigned)m->msg_iovlen && left; i++) {
        uint32_t n = m->msg_iov[i].iov_len < left ? (uint32_t)m->msg_iov[i].iov_len : left;
        if (mon_copy_guarded(m->msg_iov[i].iov_base, from, n))
            return false;
        from += n;
        left -= n;
    }
    return true;
}

static void take(const struct mon_net *net, const struct tpacket2_hdr *s, struct mmsghdr *msg)
{
    uint32_t at = s->tp_mac - net->header, bytes = s->tp_snaplen + net->header;
    msg->msg_len = bytes;
    msg->msg_hdr.msg_flags = 0;
    /* Cut, and there was no memory to keep it whole; or the guest has nowhere to put it: lost. */
    if (s->tp_snaplen < s->tp_len || at + bytes > SLOT || !copy(net, s, &msg->msg_hdr, bytes))
        msg->msg_hdr.msg_flags = MSG_TRUNC;
}

/* The frame stays in the socket's queue, behind others that do. */
static void leave(struct mon_net *net, const struct tpacket2_hdr *s, struct mmsghdr *msg)
{
    uint32_t n = s->tp_snaplen < PITH_NET_BEGIN ? s->tp_snaplen : PITH_NET_BEGIN;
    bool ok = s->tp_mac + n <= SLOT && copy(net, s, &msg->msg_hdr, n + net->header);
    msg->msg_len = s->tp_len + net->header;
    msg->msg_hdr.msg_flags = MON_NET_IS_LEFT | (ok ? 0 : MSG_TRUNC);
    net->left++;
}

enum { NOTHING, IN_SLOT, IN_QUEUE, TO_LEAVE };

/* Where the i-th frame is. What stands in the queue behind frames that are left must be left. */
static int where(const struct mon_net *net, unsigned i)
{
    uint32_t state = status(net, i);
    if (!(state & TP_STATUS_USER))
        return NOTHING;
    if (!(state & TP_STATUS_COPY))
        return IN_SLOT;
    return net->left || (net->leave && slot(net, i)->tp_len >= LEAVE) ? TO_LEAVE : IN_QUEUE;
}

int mon_net_ring_receive(struct mon_net *net, struct mmsghdr *msg, unsigned n)
{
    unsigned whole = 0;
    while (whole < n && where(net, whole) == IN_QUEUE)
        whole++;
    if (whole) {
        int got = (int)syscall(SYS_recvmmsg, net->fd, msg, whole, MSG_DONTWAIT, NULL);
        if (got < 0 && errno == EINTR)
            return -1;
        release(net, got > 0 ? (unsigned)got : 1);
        return got;
    }
    for (unsigned i = 0; i < n; i++) {
        int at = where(net, 0);
        if (at == NOTHING || at == IN_QUEUE || (at == TO_LEAVE && net->left >= net->keep)) {
            errno = EAGAIN;
            return i ? (int)i : -1;
        }
        if (at == IN_SLOT)
            take(net, slot(net, 0), &msg[i]);
        else
            leave(net, slot(net, 0), &msg[i]);
        release(net, 1);
    }
    return (int)n;
}
