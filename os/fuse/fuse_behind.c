/* Writes that return before they are made (pith/abi.h, PITH_FS_BEHIND).
 *
 * A small write is copied and queued; it is made at the next exit to the host, whatever that is
 * for, and after 5 ms at the latest. Before anybody outside can have heard of it, it is made: all
 * that the program lets others know goes through an exit. What could go wrong with it is a full
 * disk, so it is queued only while there is far more room than is queued; an error that comes all
 * the same is told at the next write, fsync or close. close waits for what is queued.
 *
 * Writes behind one another in a file become one request.
 */
#include "fuse/fuse.h"

#include <linux/fcntl.h>

#include "base/string.h"
#include "base/uaccess.h"
#include "mem/alloc.h"

#define STAGED 12u /* requests at once: a part of what the ring takes */
#define BYTES_MAX (1u << 20)
#define LARGE (256u << 10) /* where a copy costs more than an exit */
#define ROOM_LEAST 64u     /* MiB, of which BYTES_MAX are a small part */

struct staged {
    struct fuse_req r; /* first: what the ring knows it by */
    struct {
        struct fuse_in_header head;
        struct fuse_write_in arg;
    } in;
    struct {
        struct fuse_out_header head;
        struct fuse_write_out arg;
    } out;
    struct fuse_handle *handle;
    struct pith_desc *data;
};
struct fuse_behind {
    u8 *buf;
    u32 size, used;
    unsigned n;
    struct staged staged[STAGED];
};

struct fuse_conn *fuse_busy;

static void judge(struct staged *s)
{
    struct fuse_node *n = s->handle->node;
    long r = fuse_verdict(&s->in.head, &s->out.head, s->r.used);
    if (r >= 0 && (r < (long)sizeof(s->out.arg) || s->out.arg.size > s->in.arg.size))
        r = -EIO;
    if (r >= 0 && s->out.arg.size < s->in.arg.size)
        r = -ENOSPC; /* that is why a file takes a part */
    if (r >= 0) {
        s->handle->room = s->out.arg.padding;
        return;
    }
    n->error = (int)r;
    n->own = false;
    n->blind = true;
    n->attr_expires = n->data_expires = 0;
    fuse_drop(n, 0, ~0ull);
}

/* Those that are done, if all are, are done with. */
static void settle(struct fuse_conn *c)
{
    struct fuse_behind *b = c->behind;
    if (!b || !b->n)
        return;
    fuse_take_in(c);
    for (unsigned i = 0; i < b->n; i++)
        if (!b->staged[i].r.done)
            return;
    for (unsigned i = 0; i < b->n; i++)
        judge(&b->staged[i]);
    unsigned n = b->n;
    b->n = b->used = 0;
    fuse_busy = 0;
    for (unsigned i = 0; i < n; i++)
        fuse_handle_put(b->staged[i].handle);
}

static void make_all(struct fuse_conn *c)
{
    while (c->behind && c->behind->n) {
        if (!c->behind->staged[c->behind->n - 1].r.done)
            fuse_send(c);
        settle(c);
    }
}

static bool begin(struct fuse_conn *c)
{
    if (c->behind)
        return true;
    u32 size = (u32)MIN(ROUND_DOWN(mem_total() / 64, PAGE_SIZE), BYTES_MAX);
    if (size < FUSE_CHUNK)
        return false;
    struct fuse_behind *b = mem_alloc(sizeof(*b));
    if (b)
        b->buf = mem_pages_dirty(size / PAGE_SIZE);
    if (!b || !b->buf) {
        mem_free(b);
        c->can_wait = false;
        return false;
    }
    b->size = size;
    c->behind = b;
    return true;
}

/* All of it is present, so that copying it does not come back here. */
static bool touch(struct iter it, size_t len)
{
    while (len) {
        size_t n;
        const void *at = iter_peek(&it, &n);
        n = MIN(n, len);
        if (!n || user_touch(at, n, false) < 0)
            return false;
        iter_skip(&it, n);
        len -= n;
    }
    return true;
}

#define COPY(copy, it)                                                                             \
    struct iter copy = *(it);                                                                      \
    if ((it)->vec == &(it)->one)                                                                   \
    copy.vec = &copy.one

/* Can it go behind the last one? */
static struct staged *goes_on(struct fuse_behind *b, const struct fuse_handle *h, size_t len,
                              u64 pos, u32 flags)
{
    struct staged *s = b->n ? &b->staged[b->n - 1] : 0;
    return s && !s->r.done && s->handle == h && s->in.arg.write_flags == flags &&
                   s->in.arg.flags == h->flags && s->in.arg.offset + s->in.arg.size == pos &&
                   s->in.arg.size + len <= fuse_of(h->node)->max_write
               ? s
               : 0;
}

static void stage(struct fuse_handle *h, u64 pos, u32 len, u32 flags)
{
    struct fuse_conn *c = fuse_of(h->node);
    struct fuse_behind *b = c->behind;
    struct staged *s = &b->staged[b->n];
    memset(s, 0, sizeof(*s));
    fuse_head(c, &s->in.head, FUSE_WRITE, h->node->nodeid);
    s->in.head.len += sizeof(s->in.arg) + len;
    s->in.arg = (struct fuse_write_in){
        .fh = h->fh, .offset = pos, .size = len, .write_flags = flags, .flags = h->flags};
    const struct vq_piece p[] = {{&s->in, sizeof(s->in), false},
                                 {b->buf + b->used, len, false},
                                 {&s->out, sizeof(s->out), true}};
    u16 head = c->requests.free;
    vq_add(&c->requests, p, ARRAY_SIZE(p), &s->r);
    s->data = &c->requests.desc[c->requests.desc[head].next];
    s->handle = h;
    h->refs++;
    b->used += len;
    b->n++;
    fuse_busy = c;
}

bool fuse_behind(struct fuse_handle *h, const struct iter *it, size_t len, u64 pos, u32 flags)
{
    struct fuse_conn *c = fuse_of(h->node);
    settle(c);
    if (len >= LARGE || h->room < ROOM_LEAST || h->flags & (O_DIRECT | O_DSYNC | __O_SYNC) ||
        h->open_flags & FOPEN_DIRECT_IO || !fuse_may_wait(c) || !begin(c) || len > c->behind->size)
        return false;
    COPY(copy, it);
    if (!touch(copy, len))
        return false;
    if (fuse_busy && fuse_busy != c)
        make_all(fuse_busy);
    struct fuse_behind *b = c->behind;
    struct staged *s = goes_on(b, h, len, pos, flags);
    if (b->size - b->used < len || (!s && (b->n == STAGED || c->requests.nfree < 8))) {
        make_all(c);
        s = 0;
    }
    if (c->requests.nfree < 8)
        return false;
    iter_get(&copy, b->buf + b->used, len);
    if (!s) {
        stage(h, pos, (u32)len, flags);
        return true;
    }
    s->in.head.len += (u32)len;
    s->in.arg.size += (u32)len;
    s->data->len += (u32)len;
    b->used += (u32)len;
    return true;
}

void fuse_behind_end(struct fuse_node *n)
{
    struct fuse_behind *b = fuse_of(n)->behind;
    for (unsigned i = 0; b && i < b->n; i++)
        if (b->staged[i].handle->node == n) {
            make_all(fuse_of(n));
            return;
        }
}

int fuse_behind_error(struct fuse_node *n)
{
    settle(fuse_of(n));
    int err = n->error;
    n->error = 0;
    return err;
}
