/* File systems of generated files (/proc, /sys): names and directories from tables of paths.
 *
 * Nothing is kept: a name that is looked up becomes a fresh inode and dentry, which go with
 * their last user. What an inode is lies in the path of its table entry (for a directory, a
 * prefix of one) and one number.
 */
#include <linux/magic.h>
#include <linux/stat.h>

#include "base/string.h"
#include "mem/alloc.h"
#include "vfs/genfs.h"

#define NUMBERS 0x100000 /* readdir positions from here on: numbers */

struct cursor {
    const struct genfs *g;
    unsigned table, index;
};

/* The next entry of all tables, or 0. */
static const struct generated *next_entry(struct cursor *c)
{
    const struct generated *const *t = c->g->tables;
    while (t[c->table]) {
        const struct generated *e = &t[c->table][c->index++];
        if (e->path)
            return e;
        c->table++;
        c->index = 0;
    }
    if (c->g->start + c->index < c->g->stop)
        return c->g->start[c->index++];
    return 0;
}

/* What follows the directory's prefix in path, or 0 if it does not lie below. */
static const char *below(const struct gen_inode *dir, const char *path)
{
    if (!dir->len)
        return path;
    if (str_nlen(path, dir->len + 1u) <= dir->len || memcmp(path, dir->path, dir->len))
        return 0;
    return path[dir->len] == '/' ? path + dir->len + 1 : 0;
}

static size_t component(const char *p)
{
    size_t n = 0;
    while (p[n] && p[n] != '/')
        n++;
    return n;
}

static bool placeholder(const char *p)
{
    return *p >= 'A' && *p <= 'Z';
}

static struct inode *gen_new(struct genfs *g, const char *path, size_t len,
                             const struct generated *entry, long arg)
{
    struct gen_inode *n = mem_alloc(sizeof(*n));
    if (!n)
        return 0;
    struct inode *i = &n->inode;
    u64 h = 0xcbf29ce484222325ull;
    for (size_t k = 0; k < len; k++)
        h = (h ^ (u8)path[k]) * 0x100000001b3ull;
    inode_init(i, &g->super, entry ? entry->mode : S_IFDIR | 0555);
    i->ino = ((h ^ (u64)arg * 0x9e3779b97f4a7c15ull) >> 20) + 2;
    if (!(len >= 3 && !memcmp(path, "PID", 3)))
        i->uid = i->gid = 0;
    n->fs = g;
    n->path = path;
    n->len = (u16)len;
    n->entry = entry;
    n->arg = arg;
    i->ops = !entry ? &genfs_dir_ops : entry->follow ? &genfs_magic_ops : &genfs_leaf_ops;
    i->fops = !entry ? &genfs_dir_fops : &genfs_leaf_fops;
    if (S_ISLNK(i->mode))
        i->size = 64; /* as /proc's links have it */
    return i;
}

struct inode *genfs_root(struct genfs *g)
{
    g->super.fixed = true;
    return gen_new(g, "", 0, 0, 0);
}

static long parse_number(const char *name, size_t len)
{
    long n = 0;
    if (len == 0 || len > 10 || (name[0] == '0' && len > 1))
        return -1;
    for (size_t i = 0; i < len; i++) {
        if (name[i] < '0' || name[i] > '9')
            return -1;
        n = n * 10 + (name[i] - '0');
    }
    return n;
}

/* The numbered entries of a directory, or 0. */
static const struct numbered *numbers_of(const struct gen_inode *dir)
{
    for (const struct numbered *n = dir->fs->numbered; n && n->path; n++) {
        const char *rest = below(dir, n->path);
        if (rest && placeholder(rest) && !rest[component(rest)])
            return n;
    }
    return 0;
}

/* The inode of the first table entry at or below path: a leaf, or the directory it implies. */
static struct inode *from_tables(const struct gen_inode *dir, const char *name, size_t len,
                                 long arg)
{
    struct cursor c = {dir->fs, 0, 0};
    const struct generated *e;
    while ((e = next_entry(&c))) {
        const char *rest = below(dir, e->path);
        if (!rest || component(rest) != len || memcmp(rest, name, len))
            continue;
        size_t path_len = (size_t)(rest - e->path) + len;
        return gen_new(dir->fs, e->path, path_len, e->path[path_len] ? 0 : e, arg);
    }
    return 0;
}

static int gen_lookup(struct dentry *d, const char *name, size_t len, struct dentry **out)
{
    struct gen_inode *dir = gen_inode(d->inode);
    const struct numbered *n = numbers_of(dir);
    long number = n ? parse_number(name, len) : -1;
    struct inode *i = 0;
    if (number >= 0 && n->next(number) == number) {
        const char *rest = below(dir, n->path);
        i = from_tables(dir, rest, component(rest), number);
    } else if (!placeholder(name)) {
        i = from_tables(dir, name, len, dir->arg);
    }
    if (!i)
        return -ENOENT;
    *out = dentry_new(d, name, len, i);
    if (*out)
        return 0;
    inode_put(i);
    return -ENOMEM;
}

/* Has an entry before the n-th the same component below dir? Then it was listed. */
static bool listed(const struct gen_inode *dir, loff_t n, const char *name, size_t len)
{
    struct cursor c = {dir->fs, 0, 0};
    for (loff_t k = 0; k < n; k++) {
        const char *rest = below(dir, next_entry(&c)->path);
        if (rest && component(rest) == len && !memcmp(rest, name, len))
            return true;
    }
    return false;
}

static int list_tables(struct file *f, struct gen_inode *dir, struct dir_sink *sink)
{
    struct cursor c = {dir->fs, 0, 0};
    const struct generated *e;
    for (loff_t k = 0; (e = next_entry(&c)); k++) {
        const char *rest = below(dir, e->path);
        if (k < f->pos - 2 || !rest || placeholder(rest))
            continue;
        size_t len = component(rest);
        u32 type = rest[len] ? S_IFDIR : e->mode & S_IFMT;
        if (listed(dir, k, rest, len))
            continue;
        if (!sink->add(sink, rest, len, (u64)k + 4, type, k + 3))
            return 1;
        f->pos = k + 3;
    }
    return 0;
}

static int gen_readdir(struct file *f, struct dir_sink *sink)
{
    struct dentry *d = f->dentry;
    struct gen_inode *dir = gen_inode(d->inode);
    const struct numbered *n = numbers_of(dir);
    if (f->pos == 0) {
        if (!sink->add(sink, ".", 1, d->inode->ino, S_IFDIR, 1))
            return 0;
        f->pos = 1;
    }
    if (f->pos == 1) {
        if (!sink->add(sink, "..", 2, d->parent->inode->ino, S_IFDIR, 2))
            return 0;
        f->pos = 2;
    }
    if (f->pos < NUMBERS && list_tables(f, dir, sink))
        return 0;
    f->pos = MAX(f->pos, NUMBERS);
    while (n) {
        char name[24];
        long k = n->next((long)f->pos - NUMBERS);
        if (k < 0)
            break;
        size_t len = (size_t)str_format(name, sizeof(name), "%ld", k);
        const char *rest = below(dir, n->path);
        struct inode *i = from_tables(dir, rest, component(rest), k);
        if (!i)
            return -ENOMEM;
        bool took = sink->add(sink, name, len, i->ino, i->mode & S_IFMT, NUMBERS + k + 1);
        inode_put(i);
        if (!took)
            break;
        f->pos = NUMBERS + k + 1;
    }
    return 0;
}

static void gen_release(struct inode *i)
{
    mem_free(gen_inode(i));
}

static int gen_setattr(struct inode *i, const struct attr *a)
{
    (void)i;
    return a->valid & (ATTR_MODE | ATTR_UID | ATTR_GID) ? -EPERM : 0;
}

static ssize_t gen_readlink(struct inode *i, char *buf, size_t size)
{
    const struct gen_inode *n = gen_inode(i);
    struct text t = {0};
    int r = n->entry->show ? n->entry->show(&t, n->arg) : -EINVAL;
    size_t len = MIN(t.len, size);
    if (t.failed)
        r = -ENOMEM;
    if (r == 0 && len)
        memcpy(buf, t.buf, len);
    mem_free(t.buf);
    return r < 0 ? r : (ssize_t)len;
}

static int gen_follow(struct inode *i, struct walk *w)
{
    const struct gen_inode *n = gen_inode(i);
    return n->entry->follow(w, n->arg);
}

static ssize_t dir_read(struct file *f, struct iter *it, loff_t *pos)
{
    (void)f;
    (void)it;
    (void)pos;
    return -EISDIR;
}

static loff_t dir_seek(struct file *f, loff_t off, int whence)
{
    if (whence == 1)
        off += f->pos;
    else if (whence != 0)
        return -EINVAL;
    if (off < 0)
        return -EINVAL;
    f->pos = off;
    return off;
}

const struct file_ops genfs_dir_fops = {
    .read = dir_read,
    .seek = dir_seek,
    .stat = genfs_stat,
    .readdir = gen_readdir,
};
const struct inode_ops genfs_dir_ops = {
    .lookup = gen_lookup, .setattr = gen_setattr, .release = gen_release};
const struct inode_ops genfs_leaf_ops = {
    .readlink = gen_readlink, .setattr = gen_setattr, .release = gen_release};
const struct inode_ops genfs_magic_ops = {
    .readlink = gen_readlink, .follow = gen_follow, .setattr = gen_setattr, .release = gen_release};
