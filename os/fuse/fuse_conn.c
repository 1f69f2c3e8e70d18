/* Requests to the server: queueing them, waiting for their answers, the first
 * greeting. */
#include "fuse/fuse.h"

#include "base/host.h"
#include "base/string.h"
#include "mem/alloc.h"
#include "sched/sched.h"
#include "vfs/cred.h"
#include "vfs/mount.h"

#define CONNS 64 /* as many devices as the monitor has, and more */
#define MINOR_LEAST                                                                                \
    31 /* what is relied on of the protocol: FUSE 7.31 (2019)                                      \
        */

/* The image's note that it drives such devices (pith/note.h). */
__asm__(".pushsection .note.pith, \"aR\", @note\n"
        ".balign 4\n"
        ".long 5, 4, 2\n"
        ".asciz \"pith\"\n"
        ".balign 4\n"
        ".long 26\n"
        ".popsection");

struct posted {
    struct fuse_req r; /* first */
    u8 arg[FUSE_POST_MAX];
    u8 out[sizeof(struct fuse_attr_out)]; /* nobody reads it */
};

static struct fuse_conn *conns[CONNS];
static unsigned nconns;

static void finish(struct vq *q)
{
    struct fuse_req *r;
    u32 len;
    while ((r = vq_get(q, &len))) {
        r->used = len;
        r->done = true;
        if (r->posted)
            mem_free(r);
        else if (r->thread)
            sched_wake(r->thread);
    }
}

static void forgotten(struct fuse_conn *c)
{
    u32 len;
    while (vq_get(&c->high, &len))
        c->forget_out = 0;
}

static void take_in(void)
{
    for (unsigned i = 0; i < nconns; i++) {
        finish(&conns[i]->requests);
        forgotten(conns[i]);
    }
}
SET_ENTRY(poll, fuse, *take_in);

void fuse_take_in(struct fuse_conn *c)
{
    finish(&c->requests);
}

/* Lets the host look at the rings. Within a page fault nothing else may be
 * taken in: the OS may be in the middle of anything. */
static void look(void)
{
    long waited = host_call(PITH_HC_WAIT, 0, 0, 0, 0);
    if (host_vcpu()->fault_busy) {
        sched_untaken |= waited;
        sched_heard++;
        take_in();
    } else {
        sched_take_in(waited);
    }
}

static void sleep_for(struct fuse_req *r)
{
    if (host_vcpu()->fault_busy)
        return;
    r->thread = sched_current();
    if (!r->done)
        sched_sleep(NEVER, false);
    r->thread = 0;
}

void fuse_head(struct fuse_conn *c, struct fuse_in_header *in, u32 op, u64 nodeid)
{
    *in = (struct fuse_in_header){.len = sizeof(*in),
                                  .opcode = op,
                                  .unique = c->unique += 2,
                                  .nodeid = nodeid,
                                  .uid = cred_uid(),
                                  .gid = cred_gid(),
                                  .pid = host_boot->pid};
}

long fuse_verdict(const struct fuse_in_header *in, const struct fuse_out_header *out, u32 used)
{
    if (used < sizeof(*out) || out->unique != in->unique || out->len < sizeof(*out) ||
        out->len > used || out->error > 0 || out->error <= -ERESTARTSYS)
        return -EIO;
    return out->error ? out->error : (long)(out->len - sizeof(*out));
}

/* What is queued for another server is made before this one is asked for anything. */
static void in_order(const struct fuse_conn *c)
{
    if (fuse_busy && fuse_busy != c)
        look();
}

void fuse_queue(struct fuse_conn *c, u32 op, u64 nodeid, struct vq_piece *p, unsigned nin,
                unsigned nout, struct fuse_req *r)
{
    *r = (struct fuse_req){.done = false};
    in_order(c);
    fuse_head(c, &r->in, op, nodeid);
    p[0] = (struct vq_piece){&r->in, sizeof(r->in), false};
    for (unsigned i = 1; i < nin; i++)
        r->in.len += p[i].len;
    p[nin] = (struct vq_piece){&r->out, sizeof(r->out), true};
    while (vq_add(&c->requests, p, nin + nout, r) < 0)
        look();
}

/* The requests that abi.h names at PITH_FS_BEHIND. */
#define LINGERS (1ull << FUSE_WRITE | 1ull << FUSE_OPEN | 1ull << FUSE_CREATE | 1ull << FUSE_SETLK)

static bool clock_usable(void)
{
    return ((const struct pith_clock *)host_boot->clock)->usable;
}

/* The host looks again after a wait that took long (a disk that syncs), half of the time after its
 * return at the latest (monitor/wait.c: mon_lingered); so such a wait counts as one that began half
 * of the time ago. */
static void sent_long_ago(struct fuse_conn *c)
{
    nsec_t now = time_mono();
    if (now - c->sent > PITH_FS_LINGER / 2)
        c->sent = now - PITH_FS_LINGER / 2;
}

long fuse_await(struct fuse_conn *c, struct fuse_req *r)
{
    /* What was queued to be written goes along. */
    const bool lingers =
        c->can_wait && (LINGERS >> r->in.opcode & 1 || fuse_busy == c) && clock_usable();
    if (lingers)
        c->sent = time_mono();
    if (!r->done)
        look();
    while (!r->done) {
        sleep_for(r);
        if (!r->done)
            look();
    }
    if (lingers)
        sent_long_ago(c);
    long n = fuse_verdict(&r->in, &r->out, r->used);
    if (n == -ENOSYS)
        c->missing |= 1ull << r->in.opcode;
    return n;
}

bool fuse_may_wait(const struct fuse_conn *c)
{
    /* Well before the host stops looking; and asking for the time must not cost what is saved. */
    return c->can_wait && c->sent && clock_usable() &&
           time_mono() - c->sent < PITH_FS_LINGER - PITH_FS_LINGER / 4;
}

void fuse_send(struct fuse_conn *c)
{
    if (clock_usable())
        c->sent = time_mono();
    look();
}

long fuse_request(struct fuse_conn *c, u32 op, u64 nodeid, struct vq_piece *p, unsigned nin,
                  unsigned nout)
{
    struct fuse_req r;
    if (c->missing >> op & 1)
        return -ENOSYS;
    fuse_queue(c, op, nodeid, p, nin, nout, &r);
    return fuse_await(c, &r);
}

long fuse_call(struct fuse_conn *c, u32 op, u64 nodeid, const struct fuse_args *a)
{
    struct vq_piece p[7];
    unsigned nin = 1, nout = 1;
    for (unsigned i = 0; i < 4 && a->in[i]; i++)
        p[nin++] = (struct vq_piece){a->in[i], a->in_len[i], false};
    if (a->out_len)
        p[nin + nout++] = (struct vq_piece){a->out, a->out_len, true};
    long n = fuse_request(c, op, nodeid, p, nin, nout);
    if (n >= 0 && ((u32)n < a->least || (u32)n > a->out_len))
        return -EIO;
    return n;
}

void fuse_post(struct fuse_conn *c, u32 op, u64 nodeid, const void *arg, u32 len)
{
    if (c->missing >> op & 1)
        return;
    in_order(c);
    struct posted *q = mem_alloc(sizeof(*q));
    if (!q) { /* then it has to be waited for */
        const struct fuse_args a = {.in = {arg}, .in_len = {len}};
        fuse_call(c, op, nodeid, &a);
        return;
    }
    memcpy(q->arg, arg, len);
    struct fuse_req *r = &q->r;
    r->posted = true;
    fuse_head(c, &r->in, op, nodeid);
    r->in.len += len;
    const struct vq_piece p[] = {{&r->in, sizeof(r->in), false},
                                 {q->arg, len, false},
                                 {&r->out, sizeof(r->out), true},
                                 {q->out, sizeof(q->out), true}};
    while (vq_add(&c->requests, p, ARRAY_SIZE(p), r) < 0)
        look();
}

static void forget_send(struct fuse_conn *c)
{
    struct fuse_forget *f = c->forget;
    while (c->forget_out)
        look();
    fuse_head(c, &f->in, FUSE_BATCH_FORGET, 0);
    u32 len = (u32)(offsetof(struct fuse_forget, one) + f->head.count * sizeof(f->one[0]));
    f->in.len = len;
    const struct vq_piece p = {f, len, false};
    vq_add(&c->high, &p, 1, f);
    c->forget_out = f;
    c->forget = f == (struct fuse_forget *)(c + 1) ? f + 1 : f - 1;
    c->forget->head.count = 0;
}

void fuse_forget(struct fuse_conn *c, u64 nodeid, u64 count, bool now)
{
    c->forget->one[c->forget->head.count++] = (struct fuse_forget_one){nodeid, count};
    if (now || c->forget->head.count == FUSE_FORGETS)
        forget_send(c);
}

nsec_t fuse_expiry(u64 sec, u32 nsec)
{
    if (!sec && !nsec)
        return 0;
    if (sec > 1ull << 30) /* 34 years */
        return NEVER;
    return time_mono() + sec * NSEC_PER_SEC + nsec;
}

/* FUSE_INIT: what both sides can do. */
static int greet(struct fuse_conn *c)
{
    struct fuse_init_out out;
    memset(&out, 0, sizeof(out));
    const struct fuse_init_in in = {
        .major = FUSE_KERNEL_VERSION,
        .minor = FUSE_KERNEL_MINOR_VERSION,
        .max_readahead = 1u << 20,
        .flags = FUSE_ASYNC_READ | FUSE_POSIX_LOCKS | FUSE_ATOMIC_O_TRUNC | FUSE_BIG_WRITES |
                 FUSE_DONT_MASK | FUSE_FLOCK_LOCKS | FUSE_AUTO_INVAL_DATA | FUSE_DO_READDIRPLUS |
                 FUSE_READDIRPLUS_AUTO | FUSE_PARALLEL_DIROPS | FUSE_MAX_PAGES |
                 FUSE_CACHE_SYMLINKS | FUSE_NO_OPENDIR_SUPPORT | FUSE_HANDLE_KILLPRIV_V2 |
                 FUSE_INIT_EXT};
    const struct fuse_args a = {
        .in = {&in}, .in_len = {sizeof(in)}, .out = &out, .out_len = sizeof(out), .least = 24};
    long n = fuse_call(c, FUSE_INIT, 0, &a);
    if (n < 0)
        return (int)n;
    if (out.major != FUSE_KERNEL_VERSION || out.minor < MINOR_LEAST)
        return -EPROTO;
    c->flags = out.flags & in.flags;
    c->max_write = MAX(out.max_write, PAGE_SIZE);
    /* Without FUSE_MAX_PAGES a request has 32 pages at most. */
    u32 pages = c->flags & FUSE_MAX_PAGES && out.max_pages ? out.max_pages : 32;
    c->max_read = pages * (u32)PAGE_SIZE;
    c->max_write = MIN(c->max_write, c->max_read);
    return 0;
}

static void space(struct super *s, struct fs_space *out)
{
    struct fuse_statfs_out st = {0};
    const struct fuse_args a = {.out = &st, .out_len = sizeof(st), .least = sizeof(st)};
    out->type = 0x65735546; /* FUSE_SUPER_MAGIC */
    if (fuse_call(fuse_conn(s), FUSE_STATFS, FUSE_ROOT_ID, &a) < 0)
        return;
    out->block_size = st.st.frsize ? st.st.frsize : st.st.bsize;
    out->blocks = st.st.blocks;
    out->free = st.st.bfree;
    out->available = st.st.bavail;
    out->files = st.st.files;
    out->files_free = st.st.ffree;
    out->name_len = st.st.namelen;
}

static int sync_all(struct super *s)
{
    const struct fuse_args a = {.in = {&(struct fuse_syncfs_in){0}},
                                .in_len = {sizeof(struct fuse_syncfs_in)}};
    fuse_write_back_all();
    long r = fuse_call(fuse_conn(s), FUSE_SYNCFS, FUSE_ROOT_ID, &a);
    return r == -ENOSYS ? 0 : (int)MIN(r, 0);
}

static int root_of(struct fuse_conn *c, struct inode **out)
{
    struct fuse_attr_out o = {0};
    const struct fuse_getattr_in in = {0};
    const struct fuse_args a = {
        .in = {&in}, .in_len = {sizeof(in)}, .out = &o, .out_len = sizeof(o), .least = sizeof(o)};
    long r = fuse_call(c, FUSE_GETATTR, FUSE_ROOT_ID, &a);
    if (r < 0)
        return (int)r;
    const struct fuse_entry_out e = {.nodeid = FUSE_ROOT_ID,
                                     .attr_valid = o.attr_valid,
                                     .attr_valid_nsec = o.attr_valid_nsec,
                                     .attr = o.attr};
    struct fuse_node *n = fuse_get(c, &e);
    if (!n)
        return -ENOMEM;
    n->nlookup = 0; /* the root is nobody's to forget */
    *out = &n->inode;
    return 0;
}

int fuse_mount(const struct pith_device *d, struct inode **out)
{
    if (nconns == CONNS || d->nqueues < PITH_FS_QUEUES)
        return -ENODEV;
    struct fuse_conn *c = mem_alloc(sizeof(*c) + 2 * sizeof(struct fuse_forget));
    const struct pith_queue *q = (const struct pith_queue *)d->queues;
    void **token = mem_alloc((q[0].size + q[1].size) * sizeof(*token));
    if (!c || !token)
        return -ENOMEM;
    vq_init(&c->high, &q[PITH_FS_HIPRIO], token);
    vq_init(&c->requests, &q[PITH_FS_REQUEST], token + q[0].size);
    c->forget = (struct fuse_forget *)(c + 1);
    c->super = (struct super){
        .dev = 64 + nconns, .type = "virtiofs", .space = space, .sync = sync_all, .remote = true};
    u32 flags = d->config ? ((const struct pith_fs_config *)d->config)->flags : 0;
    c->can_wait = flags & PITH_FS_BEHIND;
    c->can_map = flags & PITH_FS_MAP;
    conns[nconns++] = c;
    int r = greet(c);
    return r < 0 ? r : root_of(c, out);
}
