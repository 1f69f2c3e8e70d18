/* Names: looking them up, making, removing and moving them. A name is a cached dentry, also one
 * that is known not to exist; nobody else changes the disk, so they stay true. */
#include "ext4/ext4.h"

#include <linux/stat.h>

#include "dev/random.h"
#include "mem/alloc.h"
#include "vfs/cred.h"
#include "vfs/path.h"

#define STEP_BLOCKS 12u /* new blocks that a step on names can need: levels of an index, a tree */
#define LINK_MAX 65000u

static struct inode nothing = {.refs = 1};

static struct ext4 *fs_of(struct dentry *dir)
{
    return ext4_of(ext4_node(dir->inode));
}

static void enter_nothing(struct dentry *dir, const char *name, size_t len)
{
    inode_get(&nothing);
    struct dentry *d = dentry_new(dir, name, len, &nothing);
    if (!d) {
        nothing.refs--;
        return;
    }
    d->flags |= DENTRY_NEGATIVE;
    dentry_cache(d, NEVER);
    dentry_put(d);
}

/* Takes over the reference on n. */
static int enter(struct dentry *dir, const char *name, size_t len, struct ext4_node *n,
                 struct dentry **out)
{
    dentry_forget(dir, name, len);
    struct dentry *d = dentry_new(dir, name, len, &n->inode);
    if (!d) {
        inode_put(&n->inode);
        return -ENOMEM;
    }
    dentry_cache(d, NEVER);
    *out = d;
    return 0;
}

static int lookup(struct dentry *dir, const char *name, size_t len, struct dentry **out)
{
    struct ext4_node *n;
    struct ext4_entry e;
    struct dentry *d = dentry_find(dir, name, len);
    if (d) {
        if (d->flags & DENTRY_CACHED)
            dentry_used(d);
        if (d->flags & DENTRY_NEGATIVE)
            return -ENOENT;
        dentry_get(d);
        *out = d;
        return 0;
    }
    int r = ext4_find(ext4_node(dir->inode), name, len, &e);
    if (r == -ENOENT)
        enter_nothing(dir, name, len);
    if (r == 0)
        r = ext4_get(fs_of(dir), e.ino, &n);
    return r < 0 ? r : enter(dir, name, len, n, out);
}

/* ---- making ---- */
static void first_extent(struct ext2_inode *r)
{
    u8 *p = (u8 *)r->i_block;
    const u16 head[4] = {0xf30a, 0, 4, 0}; /* magic, entries, room, depth */
    memcpy(p, head, sizeof(head));
}

static void put_device(struct ext2_inode *r, u64 rdev)
{
    u32 major = (u32)(rdev >> 8 & 0xfff), minor = (u32)(rdev & 0xff) | (u32)(rdev >> 12 & 0xfff00);
    if (major < 256 && minor < 256)
        r->i_block[0] = major << 8 | minor;
    else
        r->i_block[1] = (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12;
}

/* A block of its own for a directory's first entries or a long link's target. */
static int first_block(struct ext4_node *n, struct ext4_node *parent, const char *target)
{
    struct ext4 *x = ext4_of(n);
    struct ext4_run run;
    int r = ext4_allocate(n, 0, 1, true);
    if (r == 0)
        r = ext4_map(n, 0, &run);
    struct ext4_buf *b = r == 0 ? ext4_buf(x, run.physical, true, &r) : 0;
    if (!b)
        return r;
    if (target) {
        memset(b->data, 0, x->block_size);
        memcpy(b->data, target, str_len(target));
    } else {
        char *made;
        errcode_t e = ext2fs_new_dir_block(x->fs, ext4_ino(n), ext4_ino(parent), &made);
        if (e)
            return ext4_errno(e);
        memcpy(b->data, made, x->block_size);
        e2_free(made);
        ext2fs_dir_block_csum_set(x->fs, ext4_ino(n), (struct ext2_dir_entry *)b->data);
        n->inode.size = x->block_size;
    }
    b->checked = true;
    ext4_dirty(x, b);
    return 0;
}

static int fill_inode(struct ext4_node *n, struct ext4_node *parent, u64 rdev, const char *target)
{
    struct ext4 *x = ext4_of(n);
    struct ext2_super_block *s = x->fs->super;
    struct ext2_inode *r = ext4_raw(n);
    struct inode *i = &n->inode;
    if (EXT2_INODE_SIZE(s) > EXT2_GOOD_OLD_INODE_SIZE) {
        u32 extra = s->s_want_extra_isize ? s->s_want_extra_isize : 32;
        ((struct ext2_inode_large *)n->raw)->i_extra_isize =
            (u16)MIN(extra, (u32)EXT2_INODE_SIZE(s) - EXT2_GOOD_OLD_INODE_SIZE);
    }
    random_fill(&r->i_generation, sizeof(r->i_generation));
    i->rdev = rdev;
    bool slow = target && str_len(target) >= sizeof(r->i_block);
    if (ext2fs_has_feature_extents(s) && (S_ISREG(i->mode) || S_ISDIR(i->mode) || slow)) {
        r->i_flags |= EXT4_EXTENTS_FL;
        first_extent(r);
    }
    if (target) {
        i->size = (loff_t)str_len(target);
        if (!slow)
            memcpy(r->i_block, target, (size_t)i->size);
    }
    if (S_ISCHR(i->mode) || S_ISBLK(i->mode))
        put_device(r, rdev);
    int err = ext4_store(n); /* libext2fs reads it */
    if (err == 0 && (S_ISDIR(i->mode) || slow))
        err = first_block(n, parent, target);
    if (err == 0)
        err = ext4_store(n);
    return err;
}

/* An inode in the directory `parent`, not yet with a name. Within a step. */
static int new_inode(struct ext4_node *parent, u32 mode, u64 rdev, const char *target,
                     struct ext4_node **out)
{
    struct ext4 *x = ext4_of(parent);
    u32 ino;
    int r = ext4_inode_new(x, ext4_ino(parent), mode, &ino);
    if (r < 0)
        return r;
    struct ext4_node *n = ext4_new_node(x, ino, mode);
    if (!n)
        return -ENOMEM;
    if (parent->inode.mode & S_ISGID) {
        n->inode.gid = parent->inode.gid;
        if (S_ISDIR(mode))
            n->inode.mode |= S_ISGID;
    }
    ext4_changed(n, true);
    r = fill_inode(n, parent, rdev, target);
    *out = n;
    return r;
}

static void more_links(struct ext4_node *dir, int by)
{
    struct inode *i = &dir->inode;
    /* 1: more than can be counted (dir_nlink). */
    if (i->nlink == 1 && by)
        return;
    i->nlink = (u32)((int)i->nlink + by);
    if (i->nlink > LINK_MAX)
        i->nlink = 1;
    ext4_changed(dir, true);
}

static int make(struct dentry *dir, const char *name, size_t len, u32 mode, u64 rdev,
                const char *target, struct dentry **out)
{
    struct ext4_node *parent = ext4_node(dir->inode), *n = 0;
    struct ext4 *x = fs_of(dir);
    if (target && str_len(target) >= x->block_size)
        return -ENAMETOOLONG;
    if (S_ISDIR(mode) && parent->inode.nlink >= LINK_MAX &&
        !ext2fs_has_feature_dir_nlink(x->fs->super))
        return -EMLINK;
    int r = ext4_begin(x, STEP_BLOCKS);
    if (r < 0)
        return r;
    r = new_inode(parent, mode, rdev, target, &n);
    if (r == 0)
        r = ext4_add(parent, name, len, ext4_ino(n), mode);
    if (r == 0 && S_ISDIR(mode))
        more_links(parent, 1);
    if (r == -ENOSPC && n) { /* then it never was */
        n->inode.nlink = 0;
        int undo = ext4_orphan_add(n);
        r = undo < 0 ? undo : r;
    }
    r = ext4_end(x, r);
    if (r == 0)
        return enter(dir, name, len, n, out);
    if (n)
        inode_put(&n->inode);
    return r;
}

static int new_unnamed(struct dentry *dir, u32 mode, u32 flags, struct inode **out)
{
    struct ext4_node *n = 0;
    struct ext4 *x = fs_of(dir);
    (void)flags;
    int r = ext4_begin(x, STEP_BLOCKS);
    if (r < 0)
        return r;
    r = new_inode(ext4_node(dir->inode), mode, 0, 0, &n);
    if (r == 0) {
        n->inode.nlink = 0;
        r = ext4_orphan_add(n);
    }
    r = ext4_end(x, r);
    if (r == 0)
        *out = &n->inode;
    else if (n)
        inode_put(&n->inode);
    return r;
}

static int link_name(struct inode *old, struct dentry *dir, const char *name, size_t len)
{
    struct ext4_node *n = ext4_node(old);
    struct ext4 *x = fs_of(dir);
    struct dentry *d;
    if (old->nlink >= LINK_MAX)
        return -EMLINK;
    int r = ext4_begin(x, STEP_BLOCKS);
    if (r < 0)
        return r;
    r = ext4_add(ext4_node(dir->inode), name, len, ext4_ino(n), old->mode);
    if (r == 0) {
        if (!old->nlink++)
            r = ext4_orphan_remove(n);
        inode_touch(old, TOUCH_CTIME);
        ext4_changed(n, true);
    }
    r = ext4_end(x, r);
    if (r < 0)
        return r;
    inode_get(old);
    r = enter(dir, name, len, n, &d);
    if (r == 0)
        dentry_put(d);
    return 0; /* it is there, whether remembered or not */
}

/* ---- removing and moving ---- */
/* One name less. Within a step. */
static int unnamed(struct ext4_node *n, struct ext4_node *parent)
{
    struct inode *i = &n->inode;
    if (S_ISDIR(i->mode)) {
        i->nlink = 0;
        more_links(parent, -1);
    } else if (i->nlink) {
        i->nlink--;
    }
    inode_touch(i, TOUCH_CTIME);
    ext4_changed(n, true);
    return i->nlink ? 0 : ext4_orphan_add(n);
}

static int remove_name(struct dentry *d)
{
    struct dentry *dir = d->parent;
    struct ext4_node *parent = ext4_node(dir->inode);
    struct ext4 *x = fs_of(dir);
    struct ext4_entry e;
    int r = ext4_begin(x, 0);
    if (r < 0)
        return r;
    r = ext4_find(parent, d->name, d->len, &e);
    if (r == 0)
        r = ext4_remove(parent, &e);
    if (r == 0)
        r = unnamed(ext4_node(d->inode), parent);
    r = ext4_end(x, r);
    /* A journal that was made safe is what the removal of ends a transaction (SQLite's, for one):
     * that is safe as well then. */
    bool synced = r == 0 && ext4_node(d->inode)->synced;
    if (r == 0 && d->flags & DENTRY_CACHED)
        dentry_uncache(d);
    return synced ? ext4_commit(x, true) : r;
}

static bool empty(struct dentry *dir)
{
    int err;
    list_foreach(it, &dir->inode->children)
    {
        if (list_entry(it, struct dentry, sibling)->flags & DENTRY_VIRTUAL)
            return false;
    }
    return ext4_dir_empty(ext4_node(dir->inode), &err);
}

/* A directory's ".." leads to `parent` from now on. */
static int lead_up(struct ext4_node *n, struct ext4_node *parent)
{
    struct ext4_entry e;
    struct time_os before = n->inode.mtime;
    int r = ext4_find(n, "..", 2, &e);
    if (r == 0)
        r = ext4_replace(n, &e, ext4_ino(parent), S_IFDIR);
    n->inode.mtime = before;
    return r == -ENOENT ? -EUCLEAN : r;
}

static int move(struct dentry *d, struct dentry *dir, const char *name, size_t len,
                struct dentry *over)
{
    struct ext4_node *n = ext4_node(d->inode), *from = ext4_node(d->parent->inode);
    struct ext4_node *to = ext4_node(dir->inode);
    struct ext4_entry e;
    bool is_dir = S_ISDIR(n->inode.mode);
    int r;
    if (over) {
        r = ext4_find(to, name, len, &e);
        if (r == 0)
            r = ext4_replace(to, &e, ext4_ino(n), n->inode.mode);
        if (r == 0)
            r = unnamed(ext4_node(over->inode), to);
    } else {
        r = ext4_add(to, name, len, ext4_ino(n), n->inode.mode);
    }
    if (r < 0)
        return r;
    r = ext4_find(from, d->name, d->len, &e);
    if (r == 0)
        r = ext4_remove(from, &e);
    if (r == 0 && is_dir && from != to) {
        more_links(from, -1);
        more_links(to, 1);
        r = lead_up(n, to);
    }
    inode_touch(&n->inode, TOUCH_CTIME);
    ext4_changed(n, true);
    return r == -ENOENT ? -EUCLEAN : r;
}

static int rename_name(struct dentry *d, struct dentry *dir, const char *name, size_t len,
                       struct dentry *over)
{
    struct ext4 *x = fs_of(dir);
    if (S_ISDIR(d->inode->mode) && !over && d->parent != dir && dir->inode->nlink >= LINK_MAX &&
        !ext2fs_has_feature_dir_nlink(x->fs->super))
        return -EMLINK;
    int r = ext4_begin(x, STEP_BLOCKS);
    if (r < 0)
        return r;
    r = ext4_end(x, move(d, dir, name, len, over));
    if (r < 0)
        return r;
    if (over) {
        dentry_get(over);
        if (over->flags & DENTRY_CACHED)
            dentry_uncache(over);
        dentry_put(over);
    }
    dentry_renamed(d, dir, name, len);
    return 0;
}

static int swap(struct dentry *a, struct dentry *b)
{
    struct ext4_node *an = ext4_node(a->inode), *bn = ext4_node(b->inode);
    struct ext4_node *adir = ext4_node(a->parent->inode), *bdir = ext4_node(b->parent->inode);
    struct ext4_entry e;
    int shift = (S_ISDIR(bn->inode.mode) ? 1 : 0) - (S_ISDIR(an->inode.mode) ? 1 : 0);
    int r = ext4_find(adir, a->name, a->len, &e);
    if (r == 0)
        r = ext4_replace(adir, &e, ext4_ino(bn), bn->inode.mode);
    if (r == 0)
        r = ext4_find(bdir, b->name, b->len, &e);
    if (r == 0)
        r = ext4_replace(bdir, &e, ext4_ino(an), an->inode.mode);
    if (r == 0 && adir != bdir) {
        more_links(adir, shift);
        more_links(bdir, -shift);
        if (S_ISDIR(an->inode.mode))
            r = lead_up(an, bdir);
        if (r == 0 && S_ISDIR(bn->inode.mode))
            r = lead_up(bn, adir);
    }
    inode_touch(&an->inode, TOUCH_CTIME);
    inode_touch(&bn->inode, TOUCH_CTIME);
    ext4_changed(an, true);
    ext4_changed(bn, true);
    return r == -ENOENT ? -EUCLEAN : r;
}

static int exchange(struct dentry *a, struct dentry *b)
{
    struct ext4 *x = fs_of(a->parent);
    int r = ext4_begin(x, 0);
    if (r < 0)
        return r;
    r = ext4_end(x, swap(a, b));
    if (r == 0)
        dentry_swap(a, b);
    return r;
}

static ssize_t read_link(struct inode *i, char *buf, size_t size)
{
    struct ext4_node *n = ext4_node(i);
    struct ext4 *x = ext4_of(n);
    struct ext4_run run;
    const u8 *from = (const u8 *)ext4_raw(n)->i_block;
    if (!S_ISLNK(i->mode))
        return -EINVAL;
    if ((u64)i->size >= sizeof(ext4_raw(n)->i_block)) {
        if ((u64)i->size > x->block_size)
            return -EUCLEAN;
        int r = ext4_map(n, 0, &run);
        if (r == 0 && run.hole)
            r = -EUCLEAN;
        const struct ext4_buf *b = r == 0 ? ext4_buf(x, run.physical, false, &r) : 0;
        if (!b)
            return r;
        from = b->data;
    }
    size = MIN(str_nlen((const char *)from, (size_t)i->size), size);
    memcpy(buf, from, size);
    return (ssize_t)size;
}

#define ATTRIBUTES                                                                                 \
    .setattr = ext4_setattr, .release = ext4_release, .getxattr = ext4_getxattr,                   \
    .listxattr = ext4_listxattr, .setxattr = ext4_setxattr, .removexattr = ext4_removexattr

const struct inode_ops ext4_dir_ops = {
    .lookup = lookup,
    .make = make,
    .tmpfile = new_unnamed,
    .link = link_name,
    .remove = remove_name,
    .rename = rename_name,
    .exchange = exchange,
    .empty = empty,
    ATTRIBUTES,
};
const struct inode_ops ext4_file_ops = {.truncate = ext4_truncate, ATTRIBUTES};
const struct inode_ops ext4_special_ops = {.readlink = read_link, ATTRIBUTES};
