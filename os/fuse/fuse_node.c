/* Inodes of the server: one in memory for each number, however many names it
 * has; attributes and how long they are believed. */
#include "fuse/fuse.h"

#include <linux/fcntl.h>
#include <linux/stat.h>

#include "base/string.h"
#include "mem/alloc.h"
#include "vfs/cred.h"

#define BUCKETS 1024u /* two pages; 10,000 nodes make chains of ten */

static struct fuse_node **table;

static struct fuse_node **slot(const struct fuse_conn *c, u64 nodeid)
{
    u64 h = (nodeid ^ (u64)c >> 6) * 0x9e3779b97f4a7c15ull;
    return &table[h >> 32 & (BUCKETS - 1)];
}

static void hash_out(struct fuse_node *n)
{
    struct fuse_node **p = slot(fuse_of(n), n->nodeid);
    while (*p && *p != n)
        p = &(*p)->hash_next;
    if (*p)
        *p = n->hash_next;
}

static bool same_time(struct time_os t, u64 sec, u32 nsec)
{
    return t.sec == (s64)sec && t.nsec == nsec;
}

/* st_rdev as in Linux's 64-bit struct stat, of the 32 bits of the wire: the
 * same but for the upper bits of the minor number, which lie in between there
 * already. */
void fuse_attr(struct fuse_node *n, const struct fuse_attr *a, u64 sec, u32 nsec)
{
    struct inode *i = &n->inode;
    fuse_lock_settle(n);
    bool changed = !same_time(i->mtime, a->mtime, a->mtimensec) || i->size != (loff_t)a->size;
    if (n->own && i->size == (loff_t)a->size)
        changed = false; /* that was us */
    if (n->blind)
        changed = false; /* nothing is cached */
    if (!same_time(i->ctime, a->ctime, a->ctimensec) && !n->own)
        n->may_read = false;
    n->own = n->blind = false;
    loff_t before = i->size;
    i->ino = a->ino;
    i->mode = a->mode;
    i->nlink = a->nlink;
    i->uid = a->uid;
    i->gid = a->gid;
    i->rdev = a->rdev;
    i->size = (loff_t)a->size;
    i->blocks = a->blocks;
    i->atime = (struct time_os){(s64)a->atime, a->atimensec};
    i->mtime = (struct time_os){(s64)a->mtime, a->mtimensec};
    i->ctime = (struct time_os){(s64)a->ctime, a->ctimensec};
    n->attr_expires = n->data_expires = fuse_expiry(sec, nsec);
    if (changed && S_ISREG(i->mode)) {
        if (i->size < before)
            fuse_cut(n, (u64)i->size);
        fuse_drop(n, 0, ~0ull);
    }
    if (changed && n->target) {
        mem_free(n->target);
        n->target = 0;
    }
}

bool fuse_same(const struct fuse_node *n, const struct fuse_entry_out *e)
{
    return n->nodeid == e->nodeid && n->generation == e->generation &&
           (n->inode.mode & S_IFMT) == (e->attr.mode & S_IFMT);
}

static struct fuse_node *make(struct fuse_conn *c, const struct fuse_entry_out *e)
{
    struct fuse_node *n = mem_alloc(sizeof(*n));
    if (!n)
        return 0;
    struct inode *i = &n->inode;
    inode_init(i, &c->super, e->attr.mode);
    i->ops = S_ISREG(i->mode)   ? &fuse_file_ops
             : S_ISDIR(i->mode) ? &fuse_dir_ops
                                : &fuse_special_ops;
    i->fops = S_ISREG(i->mode) ? &fuse_file_fops : S_ISDIR(i->mode) ? &fuse_dir_fops : 0;
    n->object.ops = &fuse_object_ops;
    n->nodeid = e->nodeid;
    n->generation = e->generation;
    n->blind = true;
    list_init(&n->chunks);
    list_init(&n->dirty_node);
    struct fuse_node **s = slot(c, e->nodeid);
    n->hash_next = *s;
    *s = n;
    return n;
}

struct fuse_node *fuse_get(struct fuse_conn *c, const struct fuse_entry_out *e)
{
    if (!table)
        table = mem_alloc(BUCKETS * sizeof(struct fuse_node *));
    struct fuse_node *n = table ? *slot(c, e->nodeid) : 0;
    while (n && !(n->nodeid == e->nodeid && fuse_of(n) == c))
        n = n->hash_next;
    if (n && !fuse_same(n, e)) {
        hash_out(n); /* the number stands for another file now */
        n = 0;
    }
    if (n)
        inode_get(&n->inode);
    else if (table)
        n = make(c, e);
    if (!n) {
        fuse_forget(c, e->nodeid, 1, false);
        return 0;
    }
    n->nlookup++;
    fuse_attr(n, &e->attr, e->attr_valid, e->attr_valid_nsec);
    return n;
}

void fuse_synced_end(struct fuse_node *n)
{
    struct fuse_conn *c = fuse_of(n);
    if (!c->synced || c->synced->node != n)
        return;
    fuse_handle_put(c->synced);
    c->synced = 0;
}

void fuse_release(struct inode *i)
{
    struct fuse_node *n = fuse_node(i);
    fuse_lock_end(n);
    fuse_synced_end(n);
    hash_out(n);
    fuse_drop_all(n);
    fuse_window_end(n);
    if (n->map_read)
        fuse_handle_put(n->map_read);
    if (n->map_write)
        fuse_handle_put(n->map_write);
    if (n->fresh)
        fuse_handle_put(n->fresh);
    /* What has no name any more takes room at the server until it is forgotten.
     */
    if (n->nlookup)
        fuse_forget(fuse_of(n), n->nodeid, n->nlookup, i->nlink == 0);
    mem_free(n->target);
    mem_free(n);
}

static bool expired(nsec_t when)
{
    return when != NEVER && (!when || when <= time_mono());
}

static int get_attr(struct fuse_node *n)
{
    struct fuse_attr_out o = {0};
    const struct fuse_getattr_in in = {0};
    const struct fuse_args a = {
        .in = {&in}, .in_len = {sizeof(in)}, .out = &o, .out_len = sizeof(o), .least = sizeof(o)};
    long r = fuse_call(fuse_of(n), FUSE_GETATTR, n->nodeid, &a);
    if (r < 0)
        return (int)r;
    if ((o.attr.mode ^ n->inode.mode) & S_IFMT)
        return -EIO;
    fuse_attr(n, &o.attr, o.attr_valid, o.attr_valid_nsec);
    return 0;
}

int fuse_refresh(struct fuse_node *n)
{
    fuse_lock_settle(n);
    return expired(n->attr_expires) ? get_attr(n) : 0;
}

int fuse_refresh_data(struct fuse_node *n)
{
    fuse_lock_settle(n);
    return expired(n->data_expires) ? get_attr(n) : 0;
}

void fuse_distrust(struct fuse_node *n)
{
    if (n->own) {
        fuse_drop(n, 0, ~0ull);
        n->own = false;
        n->blind = true;
    }
    n->attr_expires = n->data_expires = 0;
}

void fuse_stat_refresh(struct inode *i)
{
    fuse_refresh(fuse_node(i)); /* if it fails, what was known last is the answer */
}

static int set_attr(struct fuse_node *n, const struct fuse_setattr_in *in)
{
    struct fuse_attr_out o = {0};
    const struct fuse_args a = {
        .in = {in}, .in_len = {sizeof(*in)}, .out = &o, .out_len = sizeof(o), .least = sizeof(o)};
    long r = fuse_call(fuse_of(n), FUSE_SETATTR, n->nodeid, &a);
    if (r < 0)
        return (int)r;
    n->own = true; /* times and size change by what we asked for */
    if (in->valid & FATTR_SIZE)
        n->inode.size = (loff_t)o.attr.size;
    fuse_attr(n, &o.attr, o.attr_valid, o.attr_valid_nsec);
    if (in->valid & (FATTR_MODE | FATTR_UID | FATTR_GID))
        n->may_read = false;
    return 0;
}

int fuse_setattr(struct inode *i, const struct attr *a)
{
    struct fuse_setattr_in in;
    memset(&in, 0, sizeof(in));
    if (a->valid & ATTR_MODE) {
        in.valid |= FATTR_MODE;
        in.mode = (i->mode & S_IFMT) | (a->mode & 07777);
    }
    if (a->valid & ATTR_UID) {
        in.valid |= FATTR_UID;
        in.uid = a->uid;
    }
    if (a->valid & ATTR_GID) {
        in.valid |= FATTR_GID;
        in.gid = a->gid;
    }
    if (a->valid & ATTR_ATIME) {
        in.valid |= FATTR_ATIME | (a->valid & ATTR_NOW ? FATTR_ATIME_NOW : 0);
        in.atime = (u64)a->atime.sec;
        in.atimensec = a->atime.nsec;
    }
    if (a->valid & ATTR_MTIME) {
        in.valid |= FATTR_MTIME | (a->valid & ATTR_NOW ? FATTR_MTIME_NOW : 0);
        in.mtime = (u64)a->mtime.sec;
        in.mtimensec = a->mtime.nsec;
    }
    struct fuse_node *n = fuse_node(i);
    /* Giving a file to whom it belongs changes its ctime and nothing else. */
    bool owner = in.valid && !(in.valid & ~(u32)(FATTR_UID | FATTR_GID)) &&
                 (!(in.valid & FATTR_UID) || in.uid == i->uid) &&
                 (!(in.valid & FATTR_GID) || in.gid == i->gid);
    if (owner && !(i->mode & (S_ISUID | S_ISGID)) && !expired(n->attr_expires) &&
        fuse_may_wait(fuse_of(n))) {
        fuse_post(fuse_of(n), FUSE_SETATTR, n->nodeid, &in, sizeof(in));
        fuse_stale(n);
        return 0;
    }
    return set_attr(n, &in);
}

int fuse_setattr_size(struct fuse_node *n, const struct fuse_handle *h, u64 size)
{
    struct fuse_setattr_in in;
    memset(&in, 0, sizeof(in));
    in.valid = FATTR_SIZE | (h ? FATTR_FH : 0);
    in.fh = h ? h->fh : 0;
    in.size = size;
    if (cred_uid() != 0 && fuse_of(n)->flags & FUSE_HANDLE_KILLPRIV_V2)
        in.valid |= FATTR_KILL_SUIDGID;
    fuse_cut(n, MIN(size, (u64)n->inode.size));
    return set_attr(n, &in);
}
