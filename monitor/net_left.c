/* Large frames that stay in the host's queue until the guest says where their bytes are to go
 * (abi.h, PITH_NET_LEFT): they are copied once, by the host, to where the program reads them. See
 * net.h.
 *
 * The socket's queue gives frames in their order, and so does the ring of slots whose entries told
 * of them: the n-th chain gets the n-th frame that was left. How many there are is counted here, so
 * a guest that asks too often gets nothing that was not left for it.
 */
#include "net.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "run.h"

/* Frames of one system call, and entries of all of them: a chain's pieces, one more for each page
 * border in 64 KiB, and the header. */
#define FRAMES 32u
#define IOVS 1024u
#define IOVS_FRAME (MON_RING_MAX + 20u)

static struct {
    struct mmsghdr msg[FRAMES];
    struct iovec iov[IOVS];
    uint8_t header[MON_NET_HEADER]; /* nobody reads it: the guest has it */
    uint16_t head[FRAMES];
    unsigned niov;
} io;

/* Message i goes to the chain. False if the guest broke a rule. */
static bool place(struct mon *m, struct mon_ring *ring, const struct mon_net *net, unsigned i)
{
    struct mon_piece piece[MON_RING_MAX];
    int n = mon_ring_walk(m, ring, io.head[i], piece);
    unsigned start = io.niov;
    uint32_t room = MON_NET_FRAME; /* no frame needs more */
    if (n < 0) {
        mon_broken(m, "it broke a network device's queue of frames left: %s", ring->broken);
        return false;
    }
    io.iov[io.niov++] = (struct iovec){io.header, net->header};
    for (int k = 0; k < n; k++) {
        uint64_t va = piece[k].addr;
        uint32_t len = piece[k].len < room ? piece[k].len : room;
        room -= len;
        while (len) {
            void *host;
            size_t part = piece[k].write ? mon_span(m, va, len, true, &host) : 0;
            if (part == 0 || io.niov == IOVS) {
                mon_broken(m, "a frame that was left is to go to memory it cannot write");
                return false;
            }
            io.iov[io.niov++] = (struct iovec){host, part};
            va += part;
            len -= (uint32_t)part;
        }
    }
    io.msg[i].msg_hdr.msg_iov = io.iov + start;
    io.msg[i].msg_hdr.msg_iovlen = (int)(io.niov - start);
    io.msg[i].msg_len = 0;
    return true;
}

/* Receives n frames that are there. How many the host gave up, n unless it has lost them. */
static unsigned receive(const struct mon_net *net, unsigned n)
{
    unsigned got = 0;
    /* Some errors are said once, and the frame is still there; with EFAULT it is gone. */
    for (unsigned tries = 0; got < n && tries < 4 * FRAMES; tries++) {
        int r = (int)syscall(SYS_recvmmsg, net->fd, io.msg + got, n - got, MSG_DONTWAIT, NULL);
        if (r > 0)
            got += (unsigned)r;
        else if (r < 0 && errno == EFAULT)
            io.msg[got++].msg_len = 0;
        else if (r < 0 && errno == EAGAIN)
            break;
    }
    return got;
}

bool mon_net_left(struct mon *m, struct mon_device *d, struct mon_net *net)
{
    struct mon_ring *ring = &d->ring[PITH_NET_LEFT];
    int waiting = mon_ring_new(ring);
    if (waiting < 0)
        mon_broken(m, "it broke a network device's queue of frames left: %s", ring->broken);
    if (waiting <= 0)
        return false;
    for (unsigned done = 0; done < (unsigned)waiting;) {
        unsigned n = 0;
        io.niov = 0;
        for (; n < FRAMES && done + n < (unsigned)waiting && io.niov + IOVS_FRAME <= IOVS; n++) {
            io.head[n] = mon_ring_head(ring, done + n);
            if (!place(m, ring, net, n))
                return false;
        }
        unsigned there = n < net->left ? n : net->left, got = there ? receive(net, there) : 0;
        for (unsigned i = 0; i < n; i++) {
            uint32_t len = i < got ? io.msg[i].msg_len : 0;
            mon_ring_add(ring, io.head[i], len > net->header ? len - net->header : 0);
        }
        net->left = got < there ? 0 : net->left - got;
        done += n;
    }
    mon_ring_skip(ring, (unsigned)waiting);
    mon_ring_publish(ring);
    return true;
}
