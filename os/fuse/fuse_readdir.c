/* Reading a directory: as many entries at once as a buffer takes, with
 * attributes if somebody wants those (then names need no lookups of their own).
 * Positions are the server's. Behind its entries come the mount points that it
 * does not have. */
#include "fuse/fuse.h"

#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/stat.h>

#include "base/string.h"
#include "mem/alloc.h"

#define BUFFER_PAGES 8u

struct reading {
    struct fuse_handle *handle;
    u8 *buf;
    size_t at, len; /* entries not yet given out */
    loff_t next;    /* position of the entry at `at` */
    u32 changes;    /* of the directory, when they were read */
    u32 looked;
    bool plus;  /* with struct fuse_entry_out */
    bool ended; /* the server has no more: mount points come, from this cookie on */
    u64 cookie;
};

static void dir_release(struct file *f);

static int start(struct file *f, struct reading **out)
{
    struct fuse_node *n = fuse_node(f->dentry->inode);
    struct reading *r = *out = f->priv;
    if (!r) {
        r = f->priv = mem_alloc(sizeof(*r));
        if (!r)
            return -ENOMEM;
    }
    *out = r;
    if (r->handle)
        return 0;
    struct fuse_open_out o = {0};
    const struct fuse_open_in in = {.flags = f->flags & ~(u32)O_CLOEXEC};
    const struct fuse_args a = {
        .in = {&in}, .in_len = {sizeof(in)}, .out = &o, .out_len = sizeof(o), .least = sizeof(o)};
    long got = fuse_call(fuse_of(n), FUSE_OPENDIR, n->nodeid, &a);
    if (got == -ENOSYS && fuse_of(n)->flags & FUSE_NO_OPENDIR_SUPPORT)
        got = 0;
    if (got < 0)
        return (int)got;
    return fuse_handle_new(n, &o, f->flags, &r->handle);
}

/* Asks for the entries from f->pos on. 0, 1 (there are none), or -errno. */
static int ask(struct file *f, struct reading *r, bool plus)
{
    struct fuse_node *n = fuse_node(f->dentry->inode);
    if (!r->buf && !(r->buf = mem_pages(BUFFER_PAGES)))
        return -ENOMEM;
    r->plus = plus;
    r->looked = n->looked;
    r->changes = n->changes;
    const struct fuse_read_in in = {
        .fh = r->handle->fh, .offset = (u64)f->pos, .size = BUFFER_PAGES * PAGE_SIZE};
    const struct fuse_args a = {
        .in = {&in}, .in_len = {sizeof(in)}, .out = r->buf, .out_len = BUFFER_PAGES * PAGE_SIZE};
    u32 op = r->plus ? FUSE_READDIRPLUS : FUSE_READDIR;
    long got = fuse_call(fuse_of(n), op, n->nodeid, &a);
    if (got < 0)
        return (int)got;
    r->at = 0;
    r->len = (size_t)got;
    r->next = f->pos;
    return got == 0;
}

static int more(struct file *f, struct reading *r)
{
    struct fuse_node *n = fuse_node(f->dentry->inode);
    u32 flags = fuse_of(n)->flags;
    return ask(f, r,
               flags & FUSE_DO_READDIRPLUS &&
                   (f->pos == 0 || r->looked != n->looked || !(flags & FUSE_READDIRPLUS_AUTO)));
}

static bool dots(const struct fuse_dirent *e)
{
    return e->name[0] == '.' && (e->namelen == 1 || (e->namelen == 2 && e->name[1] == '.'));
}

/* Those entries of a buffer that are not given out any more were looked up all
 * the same. */
static void give_back(struct file *f, struct reading *r)
{
    struct dentry *dir = f->dentry;
    while (r->plus && r->at + sizeof(struct fuse_direntplus) <= r->len) {
        const struct fuse_direntplus *e = (const struct fuse_direntplus *)(r->buf + r->at);
        if (e->entry_out.nodeid && !dots(&e->dirent))
            fuse_forget(fuse_conn(dir->inode->super), e->entry_out.nodeid, 1, false);
        r->at += FUSE_DIRENTPLUS_SIZE(e);
    }
    r->at = r->len = 0;
}

/* The entry at r->at, if it is whole and sound. */
static const struct fuse_dirent *entry(const struct reading *r, size_t *size)
{
    size_t head = r->plus ? offsetof(struct fuse_direntplus, dirent) : 0, left = r->len - r->at;
    const struct fuse_dirent *e = (const struct fuse_dirent *)(r->buf + r->at + head);
    if (left < head + FUSE_NAME_OFFSET || !e->namelen || e->namelen > 255)
        return 0;
    *size = head + FUSE_DIRENT_SIZE(e);
    return *size <= left ? e : 0;
}

/* Gives out what is in the buffer. 0: the sink is full; 1: the buffer is empty;
 * -errno. */
static int give(struct file *f, struct reading *r, struct dir_sink *sink)
{
    struct dentry *dir = f->dentry;
    while (r->at < r->len) {
        size_t size;
        const struct fuse_dirent *e = entry(r, &size);
        if (!e)
            return -EIO;
        struct dentry *known = dentry_find(dir, e->name, e->namelen);
        bool mount = known && known->flags & DENTRY_VIRTUAL;
        if (!mount && !sink->add(sink, e->name, e->namelen, e->ino, e->type << 12, (loff_t)e->off))
            return 0;
        const struct fuse_entry_out *attr = (const struct fuse_entry_out *)(r->buf + r->at);
        if (r->plus && attr->nodeid && !dots(e))
            fuse_enter(dir, e->name, e->namelen, attr);
        r->at += size;
        f->pos = r->next = (loff_t)e->off;
    }
    return 1;
}

static bool nobody(struct dir_sink *s, const char *name, size_t len, u64 ino, unsigned type,
                   loff_t next)
{
    (void)s, (void)name, (void)len, (void)ino, (void)type, (void)next;
    return true;
}

void fuse_look_ahead(struct dentry *dir)
{
    struct fuse_node *n = fuse_node(dir->inode);
    struct dir_sink sink = {.add = nobody};
    struct reading *r = 0;
    /* An open directory that nobody but us reads. */
    struct file f = {.dentry = dir, .flags = O_DIRECTORY, .pos = (loff_t)n->ahead};
    if (start(&f, &r) == 0 && ask(&f, r, true) == 0)
        give(&f, r, &sink);
    n->ahead = r && r->len ? (u64)f.pos : 0;
    dir_release(&f);
}

static int give_mounts(struct file *f, struct dir_sink *sink)
{
    struct reading *r = f->priv;
    list_foreach(it, &f->dentry->inode->children)
    {
        struct dentry *d = list_entry(it, struct dentry, sibling);
        if (!(d->flags & DENTRY_VIRTUAL) || d->cookie < r->cookie)
            continue;
        if (!sink->add(sink, d->name, d->len, d->inode->ino, d->inode->mode & S_IFMT, f->pos))
            return 0;
        r->cookie = d->cookie + 1;
    }
    return 0;
}

static int dir_readdir(struct file *f, struct dir_sink *sink)
{
    struct reading *r = 0;
    int err = start(f, &r);
    if (err < 0)
        return err;
    if (r->at < r->len && (r->next != f->pos || r->changes != fuse_node(f->dentry->inode)->changes))
        give_back(f, r);
    if (r->next != f->pos)
        r->ended = false;
    while (!r->ended) {
        int state = r->at < r->len ? 0 : more(f, r);
        if (state < 0)
            return state;
        if (state) {
            r->ended = true;
            r->cookie = 0;
            r->next = f->pos;
            break;
        }
        state = give(f, r, sink);
        if (state <= 0)
            return state;
    }
    return give_mounts(f, sink);
}

static ssize_t dir_read(struct file *f, struct iter *it, loff_t *pos)
{
    (void)f, (void)it, (void)pos;
    return -EISDIR;
}

static loff_t dir_seek(struct file *f, loff_t off, int whence)
{
    if (whence == SEEK_CUR)
        off += f->pos;
    else if (whence != SEEK_SET)
        return -EINVAL;
    if (off < 0)
        return -EINVAL;
    struct reading *r = f->priv;
    if (r && whence == SEEK_SET)
        r->ended = false;
    f->pos = off;
    return off;
}

static int dir_stat(struct file *f, struct stat *st)
{
    inode_stat(f->dentry->inode, st);
    return 0;
}

/* Who syncs a directory opens it for that, again and again: its handle is kept for the next time.
 */
static int dir_fsync(struct file *f, bool data_only)
{
    struct fuse_node *n = fuse_node(f->dentry->inode);
    struct fuse_conn *c = fuse_of(n);
    struct reading *r = 0;
    if (!c->synced || c->synced->node != n) {
        int err = start(f, &r);
        if (err < 0)
            return err;
        if (c->synced)
            fuse_handle_put(c->synced);
        c->synced = r->handle;
        c->synced->refs++;
    }
    return fuse_fsync(c->synced, FUSE_FSYNCDIR, data_only);
}

static void dir_release(struct file *f)
{
    struct reading *r = f->priv;
    if (!r)
        return;
    if (r->buf) {
        give_back(f, r);
        mem_pages_free(r->buf, BUFFER_PAGES);
    }
    if (r->handle)
        fuse_handle_put(r->handle);
    mem_free(r);
}

const struct file_ops fuse_dir_fops = {
    .read = dir_read,
    .seek = dir_seek,
    .stat = dir_stat,
    .fsync = dir_fsync,
    .readdir = dir_readdir,
    .release = dir_release,
};
