/* A packet socket's receive ring in shared memory (packet(7), PACKET_RX_RING, TPACKET_V2): frames
 * are there without a system call. See net.h.
 *
 *     slot   struct tpacket2_hdr | ... | virtio-net header (10 bytes) | frame, from tp_mac on
 *
 * Whoever sends (on a veth pair: the other end's processor) copies the frame into the slot. A frame
 * that is larger than a slot is marked and waits in the socket's queue as well, whole
 * (PACKET_COPY_THRESH). Receiving looks like recvmmsg to net.c. Where the kernel refuses the ring,
 * recvmmsg it is.
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

/* Copies one slot to where the message says. False if the guest's memory faults. */
static bool take(const struct mon_net *net, const struct tpacket2_hdr *s, struct mmsghdr *msg)
{
    uint32_t at = s->tp_mac - net->header, left = s->tp_snaplen + net->header;
    const uint8_t *from = (const uint8_t *)s + at;
    struct msghdr *m = &msg->msg_hdr;
    msg->msg_len = left;
    /* Cut, and there was no memory to keep it whole. */
    m->msg_flags = s->tp_snaplen < s->tp_len || at + left > SLOT ? MSG_TRUNC : 0;
    for (unsigned i = 0; i < (unsigned)m->msg_iovlen && left && !m->msg_flags; i++) {
        uint32_t n = m->msg_iov[i].iov_len < left ? (uint32_t)m->msg_iov[i].iov_len : left;
        if (mon_copy_guarded(m->msg_iov[i].iov_base, from, n))
            return false;
        from += n;
        left -= n;
    }
    return true;
}

int mon_net_ring_receive(struct mon_net *net, struct mmsghdr *msg, unsigned n)
{
    unsigned whole = 0;
    while (whole < n && (status(net, whole) & (TP_STATUS_USER | TP_STATUS_COPY)) ==
                            (TP_STATUS_USER | TP_STATUS_COPY))
        whole++;
    if (whole) {
        int got = (int)syscall(SYS_recvmmsg, net->fd, msg, whole, MSG_DONTWAIT, NULL);
        if (got < 0 && errno == EINTR)
            return -1;
        release(net, got > 0 ? (unsigned)got : 1);
        return got;
    }
    for (unsigned i = 0; i < n; i++) {
        uint32_t state = status(net, 0);
        if (!(state & TP_STATUS_USER) || state & TP_STATUS_COPY) {
            errno = EAGAIN;
            return i ? (int)i : -1;
        }
        if (!take(net, slot(net, 0), &msg[i]))
            msg[i].msg_hdr.msg_flags = MSG_TRUNC; /* nowhere to put it: lost */
        release(net, 1);
    }
    return (int)n;
}
