/* Messages of the hypervisor about a volume's device. See run_vm_vhost.h.
 *
 * No protocol features are offered, so memory comes as one table of eight regions at most; QEMU
 * wants to be told so, and looks for the feature that says there could be some. Rings run from the
 * moment they have an eventfd, as in QEMU's own servers. Messages are answered in their order; a
 * wrong one ends the connection, and with it the volume.
 */
#include "cli/run_vm_vhost.h"

#include <errno.h>
#include <linux/vhost_types.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "monitor/mount_options.h"

enum {
    GET_FEATURES = 1,
    SET_FEATURES = 2,
    SET_OWNER = 3,
    RESET_OWNER = 4,
    SET_MEM_TABLE = 5,
    SET_VRING_NUM = 8,
    SET_VRING_ADDR = 9,
    SET_VRING_BASE = 10,
    GET_VRING_BASE = 11,
    SET_VRING_KICK = 12,
    SET_VRING_CALL = 13,
    SET_VRING_ERR = 14,
    GET_PROTOCOL_FEATURES = 15,
    SET_PROTOCOL_FEATURES = 16,
    SET_VRING_ENABLE = 18,
};
#define VERSION 1u
#define REPLY 4u
#define NO_DESCRIPTOR 0x100u /* of a ring's eventfd */
#define FEATURES (1ull << 32 /* VIRTIO_F_VERSION_1 */ | 1ull << 30 /* PROTOCOL_FEATURES */)

struct head {
    uint32_t request, flags, size;
};

struct table {
    uint32_t n, padding;
    struct {
        uint64_t guest, size, user, offset;
    } region[VHOST_REGIONS];
};

union body {
    uint64_t number;
    struct table table;
    struct vhost_vring_state state;
    struct vhost_vring_addr addr;
};

struct message {
    struct head head;
    union body body;
    int fd[VHOST_REGIONS];
    unsigned nfds;
};

void vhost_open(struct vhost *v, int link, struct fs *fs)
{
    *v = (struct vhost){.link = link, .fs = fs};
    for (unsigned i = 0; i < PITH_FS_QUEUES; i++)
        v->queue[i].kick = v->queue[i].call = -1;
}

static void put(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* n bytes, whatever pieces they come in; descriptors are taken along. */
static bool receive(struct vhost *v, void *to, size_t n, struct message *m)
{
    for (size_t at = 0; at < n;) {
        union {
            struct cmsghdr align;
            char space[CMSG_SPACE(sizeof m->fd)];
        } control;
        struct iovec iov = {(char *)to + at, n - at};
        struct msghdr msg = {.msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = control.space,
                             .msg_controllen = sizeof control.space};
        ssize_t got = recvmsg(v->link, &msg, MSG_CMSG_CLOEXEC);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        const struct cmsghdr *c = CMSG_FIRSTHDR(&msg); /* there is room for one */
        bool rights = c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS;
        for (size_t i = 0; rights && i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (m->nfds < VHOST_REGIONS)
                m->fd[m->nfds++] = fd;
            else
                close(fd);
        }
        at += (size_t)got;
    }
    return true;
}

static bool answer(struct vhost *v, const struct message *m, uint32_t size)
{
    struct {
        struct head head;
        char body[sizeof(union body)];
    } reply = {.head = {m->head.request, VERSION | REPLY, size}};
    memcpy(reply.body, &m->body, size);
    return write(v->link, &reply, sizeof reply.head + size) == (ssize_t)(sizeof reply.head + size);
}

static void forget(struct vhost *v)
{
    for (unsigned i = 0; i < v->nregions; i++)
        munmap(v->region[i].host, v->region[i].size);
    v->nregions = 0;
}

/* The guest's memory, and where running rings lie in it now. */
static bool take_table(struct vhost *v, const struct message *m)
{
    const struct table *t = &m->body.table;
    forget(v);
    if (m->head.size < 8 || t->n > VHOST_REGIONS || t->n != m->nfds ||
        m->head.size < 8 + t->n * sizeof *t->region)
        return false;
    for (unsigned i = 0; i < t->n; i++) {
        uint64_t size = t->region[i].size, offset = t->region[i].offset;
        off_t end = lseek(m->fd[i], 0, SEEK_END);
        if (end < 0 || size == 0 || offset % PITH_PAGE || offset > (uint64_t)end ||
            size > (uint64_t)end - offset || t->region[i].guest + size < size ||
            t->region[i].user + size < size)
            return false;
        void *host = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd[i], (off_t)offset);
        if (host == MAP_FAILED)
            return false;
        v->region[v->nregions++] =
            (struct vhost_region){t->region[i].guest, size, t->region[i].user, host};
    }
    for (unsigned i = 0; i < PITH_FS_QUEUES; i++)
        if (v->queue[i].kick >= 0 && !vhost_ring_find(v, &v->queue[i]))
            return false;
    return true;
}

/* The message's one descriptor becomes *to; none, and that is said, is -1. */
static bool take_descriptor(struct message *m, int *to)
{
    bool none = m->body.number & NO_DESCRIPTOR;
    put(to);
    if (m->nfds != !none)
        return false;
    if (!none)
        *to = m->fd[--m->nfds];
    return true;
}

static bool start(struct vhost *v, struct vhost_queue *q)
{
    if (!vhost_ring_find(v, q))
        return false;
    q->done = __atomic_load_n(&q->used->idx, __ATOMIC_RELAXED);
    return true;
}

/* False: that is not what a hypervisor says. */
static bool act(struct vhost *v, struct message *m)
{
    uint32_t size = m->head.size, index = m->body.state.index & 0xff;
    bool ring = m->head.request >= SET_VRING_NUM && m->head.request <= SET_VRING_ERR;
    struct vhost_queue *q = ring && index < PITH_FS_QUEUES ? &v->queue[index] : NULL;
    if (ring && (!q || size < sizeof(uint64_t)))
        return false;
    switch (m->head.request) {
    case GET_FEATURES:
        m->body.number = FEATURES;
        return answer(v, m, sizeof m->body.number);
    case SET_FEATURES:
        return size == sizeof m->body.number && !(m->body.number & ~FEATURES);
    case GET_PROTOCOL_FEATURES:
        m->body.number = 0;
        return answer(v, m, sizeof m->body.number);
    case SET_PROTOCOL_FEATURES:
        return size == sizeof m->body.number && m->body.number == 0;
    case SET_OWNER:
    case RESET_OWNER:
    case SET_VRING_ENABLE:
        return true;
    case SET_MEM_TABLE:
        return take_table(v, m);
    case SET_VRING_NUM:
        q->size = m->body.state.num;
        return q->size && q->size <= VHOST_RING_MAX && !(q->size & (q->size - 1));
    case SET_VRING_ADDR:
        q->desc_at = m->body.addr.desc_user_addr;
        q->avail_at = m->body.addr.avail_user_addr;
        q->used_at = m->body.addr.used_user_addr;
        return size == sizeof m->body.addr && (q->kick < 0 || vhost_ring_find(v, q));
    case SET_VRING_BASE:
        q->seen = (uint16_t)m->body.state.num;
        return true;
    case GET_VRING_BASE:
        put(&q->kick);
        m->body.state.num = q->seen;
        return answer(v, m, sizeof m->body.state);
    case SET_VRING_KICK:
        return take_descriptor(m, &q->kick) && q->kick >= 0 && start(v, q);
    case SET_VRING_CALL:
        return take_descriptor(m, &q->call);
    case SET_VRING_ERR:
        return true;
    default:
        return false;
    }
}

/* One message; false: the connection is over. */
static bool message(struct vhost *v)
{
    struct message m = {.nfds = 0};
    memset(&m.body, 0, sizeof m.body);
    bool good = receive(v, &m.head, sizeof m.head, &m) && (m.head.flags & 3) == VERSION &&
                m.head.size <= sizeof m.body && receive(v, &m.body, m.head.size, &m) && act(v, &m);
    while (m.nfds)
        close(m.fd[--m.nfds]);
    return good;
}

static void end(struct vhost *v)
{
    put(&v->link);
    for (unsigned i = 0; i < PITH_FS_QUEUES; i++) {
        put(&v->queue[i].kick);
        put(&v->queue[i].call);
    }
    forget(v);
}

/* What poll found; false: the guest broke a rule. */
static bool serve(struct vhost *v, const struct pollfd *p)
{
    if (p->revents && !message(v)) {
        end(v);
        return true;
    }
    for (unsigned i = 0; i < PITH_FS_QUEUES; i++) {
        struct vhost_queue *q = &v->queue[i];
        uint64_t times;
        if (q->kick < 0 || q->kick != p[1 + i].fd || !p[1 + i].revents)
            continue;
        if (read(q->kick, &times, sizeof times) < 0 && errno != EAGAIN && errno != EINTR)
            return true;
        if (!vhost_ring_serve(v, q))
            return false;
    }
    return true;
}

bool vhost_run(struct vhost *list, unsigned n)
{
    for (;;) {
        struct pollfd p[MON_VOLUMES * (1 + PITH_FS_QUEUES)];
        unsigned left = 0, at = 0;
        for (unsigned i = 0; i < n; i++) {
            left += list[i].link >= 0;
            p[at++] = (struct pollfd){.fd = list[i].link, .events = POLLIN};
            for (unsigned k = 0; k < PITH_FS_QUEUES; k++)
                p[at++] = (struct pollfd){.fd = list[i].queue[k].kick, .events = POLLIN};
        }
        if (left == 0)
            return true;
        if (poll(p, at, -1) < 0)
            continue;
        for (unsigned i = 0; i < n; i++)
            if (list[i].link >= 0 && !serve(&list[i], p + i * (1 + PITH_FS_QUEUES))) {
                list[0].broken = list[i].broken;
                return false;
            }
    }
}
