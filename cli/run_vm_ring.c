/* The rings of a volume in another hypervisor's guest (VIRTIO 1.2, 2.7). See run_vm_vhost.h. As
 * monitor/ring.c and monitor/gather.c do it for the own machines; here addresses are physical, and
 * a ring may be longer. */
#include "cli/run_vm_vhost.h"

#include <errno.h>
#include <unistd.h>

#include "monitor/buffer.h"
#include "monitor/limits.h"

/* The largest request is 1 MiB and its headers. */
#define BYTES (MON_FS_DATA + (64u << 10))

/* `bytes` at an address of the hypervisor's own, all in one region. */
static void *whole(const struct vhost *v, uint64_t user, uint64_t bytes, unsigned align)
{
    for (unsigned i = 0; i < v->nregions; i++) {
        const struct vhost_region *r = &v->region[i];
        uint64_t at = user - r->user;
        if (at < r->size && bytes <= r->size - at && user % align == 0)
            return r->host + at;
    }
    return NULL;
}

/* Host address of guest byte `at`, and how many bytes from there lie together, at most len. */
static size_t span(const struct vhost *v, uint64_t at, size_t len, void **host)
{
    for (unsigned i = 0; i < v->nregions; i++) {
        const struct vhost_region *r = &v->region[i];
        uint64_t offset = at - r->guest;
        if (offset < r->size) {
            *host = r->host + offset;
            return len < r->size - offset ? len : (size_t)(r->size - offset);
        }
    }
    return 0;
}

bool vhost_ring_find(struct vhost *v, struct vhost_queue *q)
{
    if (q->size == 0)
        return false;
    q->desc = whole(v, q->desc_at, q->size * sizeof *q->desc, 16);
    q->avail = whole(v, q->avail_at, sizeof *q->avail + q->size * sizeof(pith_u16), 2);
    q->used = whole(v, q->used_at, sizeof *q->used + q->size * sizeof(struct pith_used_elem), 4);
    return q->desc && q->avail && q->used;
}

static bool broken(struct vhost *v, const char *rule)
{
    v->broken = rule;
    return false;
}

static void add(const struct vhost *v, struct mon_side *s, uint64_t at, uint64_t left)
{
    if (s->bytes + left > BYTES)
        s->wrong = true;
    while (left && !s->wrong) {
        void *host;
        size_t n = span(v, at, left, &host);
        if (n == 0 || s->n == MON_SIDE_PIECES) {
            s->wrong = true;
            return;
        }
        s->iov[s->n++] = (struct iovec){host, n};
        s->bytes += n;
        at += n;
        left -= n;
    }
}

/* Both sides of the chain that begins at descriptor `at`. */
static bool gather(struct vhost *v, const struct vhost_queue *q, unsigned at, struct mon_side *in,
                   struct mon_side *out)
{
    bool writes = false;
    in->n = out->n = 0;
    in->bytes = out->bytes = 0;
    in->wrong = out->wrong = false;
    for (unsigned n = 0;; n++) {
        if (at >= q->size)
            return broken(v, "a descriptor index lies outside the table");
        /* 2.7.5.3.1, and loops (2.7.5.2) end here. */
        if (n == q->size)
            return broken(v, "a chain is longer than the queue");
        uint64_t addr = q->desc[at].addr;
        uint32_t len = q->desc[at].len;
        uint16_t flags = q->desc[at].flags, next = q->desc[at].next;
        /* NEXT and WRITE; indirect tables are not offered. */
        if (flags & ~3u)
            return broken(v, "a descriptor has flags that were not offered");
        if (writes && !(flags & 2))
            return broken(v, "what is read stands behind what is written");
        writes = flags & 2;
        add(v, writes ? out : in, addr, len);
        if (!(flags & 1))
            return true;
        at = next;
    }
}

bool vhost_ring_serve(struct vhost *v, struct vhost_queue *q)
{
    static struct mon_side in, out;
    bool any = false;
    for (;;) {
        uint16_t ahead = (uint16_t)(__atomic_load_n(&q->avail->idx, __ATOMIC_ACQUIRE) - q->seen);
        /* 2.7.6.1 */
        if (ahead > q->size)
            return broken(v, "its available index jumped");
        if (ahead == 0)
            break;
        unsigned slot = q->seen & (q->size - 1u);
        uint16_t head = __atomic_load_n(&q->avail->ring[slot], __ATOMIC_RELAXED);
        if (!gather(v, q, head, &in, &out))
            return false;
        ssize_t n = in.wrong || out.wrong ? fs_refuse(v->fs, in.iov, in.n, out.iov, out.n, -EFAULT)
                                          : fs_request(v->fs, in.iov, in.n, out.iov, out.n);
        if (n < 0)
            return broken(v, fs_broken(v->fs));
        volatile struct pith_used_elem *elem = &q->used->ring[q->done & (q->size - 1u)];
        elem->id = head;
        elem->len = (uint32_t)n;
        q->done++;
        q->seen++;
        __atomic_store_n(&q->used->idx, q->done, __ATOMIC_RELEASE);
        any = true;
    }
    /* 2.7.7: who sets NO_INTERRUPT looks at the ring again afterwards, and the other way round. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    const uint64_t one = 1;
    if (any && q->call >= 0 && !(__atomic_load_n(&q->avail->flags, __ATOMIC_RELAXED) & 1) &&
        write(q->call, &one, sizeof one) < 0 && errno != EAGAIN)
        return broken(v, "its interrupt cannot be sent");
    return true;
}
