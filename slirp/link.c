/* The guest's end: a SOCK_SEQPACKET socket, each message one Ethernet frame.
 *
 * A guest that does not read is waited for, not dropped: TCP in libslirp would only notice by its
 * timer. So frames are queued, and while any are, loop.c leaves the host's sockets alone; the
 * queue grows by what the guest itself provokes, and has a bound for that.
 */
#include "slirp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Bytes of frames kept for the guest; what is more is lost, as on a wire. */
#define QUEUE_MAX (8u << 20)
/* Frames taken from the guest before the host's sockets get their turn. */
#define TURN 64

struct frame {
    struct frame *next;
    size_t len;
    uint8_t data[];
};

static int guest = -1;
static struct frame *first, **last = &first;
static size_t queued;

void link_open(int fd)
{
    guest = fd;
}

bool link_full(void)
{
    return first != NULL;
}

/* 1 sent, 0 no room, -1 the guest is gone. */
static int try_send(const void *frame, size_t len)
{
    for (;;) {
        if (send(guest, frame, len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
            return 1;
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
            return 0;
        if (errno != EINTR)
            return -1;
    }
}

ssize_t link_send(const void *frame, size_t len, void *unused)
{
    (void)unused;
    if (!first && try_send(frame, len))
        return (ssize_t)len; /* a guest that is gone shows when it is read from */
    struct frame *f = queued + len <= QUEUE_MAX ? malloc(sizeof *f + len) : NULL;
    if (!f)
        return (ssize_t)len;
    f->next = NULL;
    f->len = len;
    memcpy(f->data, frame, len);
    *last = f;
    last = &f->next;
    queued += len;
    return (ssize_t)len;
}

static void flush(void)
{
    while (first && try_send(first->data, first->len)) {
        struct frame *f = first;
        first = f->next;
        if (!first)
            last = &first;
        queued -= f->len;
        free(f);
    }
}

void link_poll(struct pollfd *fd)
{
    *fd = (struct pollfd){.fd = guest, .events = (short)(POLLIN | (first ? POLLOUT : 0))};
}

bool link_serve(Slirp *slirp, const struct pollfd *fd)
{
    static uint8_t frame[FRAME];
    if (fd->revents & POLLOUT)
        flush();
    if (!(fd->revents & (POLLIN | POLLHUP | POLLERR)))
        return true;
    for (unsigned i = 0; i < TURN; i++) {
        ssize_t n = recv(guest, frame, sizeof frame, MSG_DONTWAIT | MSG_TRUNC);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return true;
        if (n <= 0)
            return false;
        if ((size_t)n <= sizeof frame && guard_allows(frame, (size_t)n))
            slirp_input(slirp, frame, (int)n);
    }
    return true;
}
