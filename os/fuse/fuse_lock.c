/* Locks on the host's files.
 *
 * What the program gives back is queued, as writes are (fuse_behind.c): the host hears of it at the
 * next exit, and within 5 ms. A program that takes the same lock again before that has never let go
 * of it for anybody to see, so nobody is asked: what was queued becomes nothing, and nothing can
 * have changed. So of the record locks of one owner on a file two things are known: what the host
 * has been told (`host`), and what the program wants (`want`), which is never more. Other locks,
 * and more than fit here, go straight to the host.
 *
 * Who asks for a lock asks for size and times in the same exit: they are what the lock is good for.
 */
#include "fuse/fuse.h"

#include <linux/fcntl.h>
#include <linux/stat.h>

#include "base/host.h"
#include "base/string.h"
#include "mem/alloc.h"

#define SPANS 8u
struct span {
    u64 start, end; /* inclusive */
    u32 type;       /* F_RDLCK, F_WRLCK */
};
struct spans {
    unsigned n;
    struct span at[SPANS];
};

/* A request that is queued. */
struct given {
    struct fuse_req r; /* first */
    struct given *next;
    union {
        struct fuse_lk_in lock;
        struct fuse_flush_in flush;
        struct fuse_getattr_in attr;
    } arg;
    struct fuse_attr_out attr;
};
struct fuse_locks {
    u64 owner;
    bool lost; /* more than fits here: the host alone knows */
    struct spans host, want;
    struct given *queue;
};

/* The lock at `at`, or 0: then *next is where the next one begins. */
static const struct span *span_at(const struct spans *s, u64 at, u64 *next)
{
    *next = ~0ull;
    for (unsigned i = 0; i < s->n; i++) {
        if (s->at[i].start <= at && at <= s->at[i].end)
            return &s->at[i];
        if (s->at[i].start > at)
            *next = MIN(*next, s->at[i].start);
    }
    return 0;
}

/* `to` is `from` with [start, end] made `type`. False: it does not fit. */
static bool change(struct spans *to, const struct spans *from, u64 start, u64 end, u32 type)
{
    to->n = 0;
    for (unsigned i = 0; i < from->n; i++) {
        struct span s = from->at[i];
        if (s.end < start || s.start > end) {
            if (to->n == SPANS)
                return false;
            to->at[to->n++] = s;
            continue;
        }
        if (to->n + (s.start < start) + (s.end > end) > SPANS)
            return false;
        if (s.start < start)
            to->at[to->n++] = (struct span){s.start, start - 1, s.type};
        if (s.end > end)
            to->at[to->n++] = (struct span){end + 1, s.end, s.type};
    }
    if (type == F_UNLCK)
        return true;
    if (to->n == SPANS)
        return false;
    to->at[to->n++] = (struct span){start, end, type};
    return true;
}

/* Does the host hold all that is wanted? */
static bool covers(const struct spans *host, const struct spans *want)
{
    for (unsigned i = 0; i < want->n; i++) {
        const struct span *w = &want->at[i];
        for (u64 at = w->start; at <= w->end;) {
            u64 next;
            const struct span *h = span_at(host, at, &next);
            if (!h || (w->type == F_WRLCK && h->type != F_WRLCK))
                return false;
            at = h->end + 1;
        }
    }
    return true;
}

static bool all_done(const struct fuse_locks *l)
{
    for (const struct given *g = l->queue; g; g = g->next)
        if (!g->r.done)
            return false;
    return true;
}

void fuse_lock_settle(struct fuse_node *n)
{
    struct fuse_locks *l = n->locks;
    if (!l || !l->queue || !all_done(l))
        return;
    struct given *g = l->queue;
    l->queue = 0;
    l->host = l->want;
    while (g) {
        struct given *next = g->next;
        long r = fuse_verdict(&g->r.in, &g->r.out, g->r.used);
        /* If it was not written to since, that is how we left it. */
        if (g->r.in.opcode == FUSE_GETATTR && r >= (long)sizeof(g->attr) && !n->own) {
            n->own = true;
            fuse_attr(n, &g->attr.attr, g->attr.attr_valid, g->attr.attr_valid_nsec);
        }
        mem_free(g);
        g = next;
    }
}

static void send_queued(struct fuse_node *n)
{
    fuse_take_in(fuse_of(n));
    if (!all_done(n->locks))
        fuse_send(fuse_of(n));
    fuse_lock_settle(n);
}

void fuse_lock_end(struct fuse_node *n)
{
    if (n->locks)
        send_queued(n);
    mem_free(n->locks);
    n->locks = 0;
}

/* Queues a request; where memory is short it is waited for. */
static void queue(struct fuse_node *n, u32 op, const void *arg, u32 len)
{
    struct given *g = mem_alloc(sizeof(*g)), **last = &n->locks->queue;
    if (!g) {
        const struct fuse_args a = {.in = {arg}, .in_len = {len}};
        fuse_call(fuse_of(n), op, n->nodeid, &a);
        return;
    }
    memcpy(&g->arg, arg, len);
    struct vq_piece p[4] = {{0}, {&g->arg, len, false}, {0}, {&g->attr, sizeof(g->attr), true}};
    fuse_queue(fuse_of(n), op, n->nodeid, p, 2, op == FUSE_GETATTR ? 2 : 1, &g->r);
    while (*last)
        last = &(*last)->next;
    *last = g;
}

static void give(struct fuse_node *n, const struct fuse_handle *h, u64 start, u64 end, u32 type)
{
    const struct fuse_lk_in in = {
        .fh = h->fh, .owner = n->locks->owner, .lk = {start, end, type, host_boot->pid}};
    queue(n, FUSE_SETLK, &in, sizeof(in));
}

/* What the host holds beyond what is wanted is given back. */
static void give_back(struct fuse_node *n, const struct fuse_handle *h)
{
    struct fuse_locks *l = n->locks;
    if (!l->want.n) {
        const struct fuse_flush_in in = {.fh = h->fh, .lock_owner = l->owner};
        queue(n, FUSE_FLUSH, &in, sizeof(in));
        return;
    }
    for (unsigned i = 0; i < l->host.n; i++) {
        const struct span *s = &l->host.at[i];
        for (u64 at = s->start, next; at <= s->end; at = next) {
            const struct span *w = span_at(&l->want, at, &next);
            next = w ? MIN(w->end, s->end) + 1 : MIN(next, s->end + 1);
            u32 type = w ? w->type : F_UNLCK;
            if (type != s->type)
                give(n, h, at, next - 1, type);
        }
    }
}

/* What is queued is taken back: it becomes a word about nothing. */
static void take_back(struct fuse_locks *l)
{
    for (struct given *g = l->queue; g; g = g->next)
        if (g->r.in.opcode != FUSE_GETATTR)
            g->r.in.opcode = FUSE_INTERRUPT;
}

/* Without asking the host, if that is possible. */
static bool set_here(struct fuse_node *n, struct fuse_handle *h, const struct spans *want)
{
    struct fuse_locks *l = n->locks;
    if (!fuse_may_wait(fuse_of(n)) || !covers(&l->host, want))
        return false;
    take_back(l);
    l->want = *want;
    /* Whoever gets the lock next may write: what we wrote is told apart from that. */
    if (n->own && !list_empty(&n->chunks)) {
        queue(n, FUSE_GETATTR, &(struct fuse_getattr_in){0}, sizeof(struct fuse_getattr_in));
        n->own = false;
    }
    give_back(n, h);
    if (!l->queue)
        l->host = l->want;
    return true;
}

/* A request about locks that is waited for, and what it is good for with it. */
static long ask(struct fuse_node *n, u32 op, struct fuse_lk_in *in, struct fuse_lk_out *out)
{
    struct fuse_conn *c = fuse_of(n);
    struct fuse_req r, again;
    struct fuse_attr_out attr = {0};
    const struct fuse_getattr_in what = {0};
    const bool get = op == FUSE_GETLK, unlock = in->lk.type == F_UNLCK;
    struct vq_piece p[4] = {{0}, {in, sizeof(*in), false}, {0}, {out, sizeof(*out), true}};
    if (c->missing >> op & 1)
        return -ENOSYS;
    fuse_queue(c, op, n->nodeid, p, 2, get ? 2 : 1, &r);
    if (get || unlock || !c->can_wait) {
        long got = fuse_await(c, &r);
        if (got >= 0 && !get && !unlock)
            fuse_distrust(n);
        return got >= 0 && get && got < (long)sizeof(*out) ? -EIO : got;
    }
    struct vq_piece q[4] = {{0}, {&what, sizeof(what), false}, {0}, {&attr, sizeof(attr), true}};
    fuse_queue(c, FUSE_GETATTR, n->nodeid, q, 2, 2, &again);
    struct dentry *d = n->inode.alias;
    if (d && d->parent->inode->super == n->inode.super)
        fuse_missing_ask(fuse_node(d->parent->inode));
    long got = fuse_await(c, &r), known = fuse_await(c, &again);
    fuse_missing_heard(c);
    if (got < 0)
        return got;
    fuse_distrust(n);
    if (known >= (long)sizeof(attr) && !((attr.attr.mode ^ n->inode.mode) & S_IFMT))
        fuse_attr(n, &attr.attr, attr.attr_valid, attr.attr_valid_nsec);
    return got;
}

int fuse_flush(struct fuse_node *n, struct fuse_handle *h, u64 owner)
{
    const struct fuse_flush_in in = {.fh = h->fh, .lock_owner = owner};
    const struct fuse_args a = {.in = {&in}, .in_len = {sizeof(in)}};
    long r = fuse_call(fuse_of(n), FUSE_FLUSH, n->nodeid, &a);
    return r == -ENOSYS ? 0 : (int)MIN(r, 0);
}

/* flock's locks are the handle's: this file needs one of its own. */
static int own_handle(struct file *f)
{
    struct fuse_node *n = fuse_node(f->dentry->inode);
    struct fuse_file *ff = f->priv;
    struct fuse_handle *h = 0, *shared = n->reader;
    if (ff->handle && ff->handle->refs == 1)
        return 0;
    n->reader = 0;
    int err = fuse_open_node(n, f->flags & ~(u32)O_TRUNC, &h);
    n->reader = shared;
    if (err)
        return err;
    if (ff->handle)
        fuse_handle_put(ff->handle);
    ff->handle = h;
    return 0;
}

/* Are the owner's locks on the file known here? */
static bool known(struct fuse_node *n, u64 owner)
{
    if (!fuse_of(n)->can_wait)
        return false;
    if (!n->locks)
        n->locks = mem_alloc(sizeof(*n->locks));
    struct fuse_locks *l = n->locks;
    if (!l)
        return false;
    fuse_take_in(fuse_of(n));
    if (l->queue && l->queue->r.done && !all_done(l))
        fuse_send(fuse_of(n));
    fuse_lock_settle(n);
    if (l->owner != owner && !l->queue && !l->host.n && !l->lost)
        l->owner = owner;
    return l->owner == owner;
}

static long set(struct fuse_node *n, struct fuse_handle *h, struct fuse_lk_in *in)
{
    const bool whole =
        in->lk.type == F_UNLCK && in->lk.start == 0 && in->lk.end == INT64_MAX && !in->lk_flags;
    struct spans want;
    struct fuse_locks *l = !in->lk_flags && known(n, in->owner) ? n->locks : 0;
    if (l && !l->lost) {
        if (!change(&want, &l->want, in->lk.start, in->lk.end, in->lk.type))
            l->lost = true;
        else if (set_here(n, h, &want))
            return 0;
    }
    if (in->lk.type == F_UNLCK && n->own && !list_empty(&n->chunks))
        fuse_refresh(n);
    long r = whole ? fuse_flush(n, h, in->owner) : ask(n, FUSE_SETLK, in, 0);
    if (l) {
        fuse_lock_settle(n);
        if (whole)
            l->lost = false;
        if (r >= 0 && !l->lost)
            l->host = l->want = want;
        if (whole || l->lost)
            l->host.n = l->want.n = 0;
    }
    return r;
}

int fuse_lock(struct file *f, int op, const void *owner, struct lock_range *l, bool flock)
{
    struct fuse_node *n = fuse_node(f->dentry->inode);
    struct fuse_conn *c = fuse_of(n);
    struct fuse_handle *h = 0;
    if (!(c->flags & (flock ? FUSE_FLOCK_LOCKS : FUSE_POSIX_LOCKS)))
        return 0;
    int err = flock ? own_handle(f) : 0;
    if (err == 0)
        err = fuse_handle_of(f, &h);
    if (err)
        return err;
    struct fuse_lk_in in = {.fh = h->fh,
                            .owner = (u64)owner, /* of an open file its address, else small */
                            .lk = {(u64)l->start, (u64)l->end, (u32)l->type, host_boot->pid},
                            .lk_flags = flock ? FUSE_LK_FLOCK : 0};
    struct fuse_lk_out o = {0};
    if (l->type == F_UNLCK && n->dirty)
        fuse_write_back(n, 0, ~0ull);
    long r = op == F_GETLK ? ask(n, FUSE_GETLK, &in, &o) : set(n, h, &in);
    if (r == -ENOSYS)
        return 0;
    if (r < 0)
        return (int)r;
    if (op == F_GETLK)
        *l = (struct lock_range){(loff_t)o.lk.start, (loff_t)o.lk.end, (int)o.lk.type,
                                 (int)o.lk.pid};
    return 0;
}
