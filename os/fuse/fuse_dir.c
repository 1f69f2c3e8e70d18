/* Names: looking them up, making, removing and moving them. A name is a cached
 * dentry, also one that is known not to exist; what we change ourselves is
 * known at once. */
#include "fuse/fuse.h"

#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/stat.h>

#include "base/string.h"
#include "mem/alloc.h"
#include "vfs/path.h"

/* What a name that does not exist stands for; it has no names of its own and
 * never ends. */
static struct inode nothing = {.refs = 1};

static bool believed(const struct dentry *d)
{
    return d->expires == NEVER || (d->expires && d->expires > time_mono());
}

static void dir_changed(struct dentry *dir)
{
    struct fuse_node *n = fuse_node(dir->inode);
    fuse_stale(n);
    n->changes++;
}

static int enter(struct dentry *dir, const char *name, size_t len, const struct fuse_entry_out *e,
                 struct dentry **out)
{
    struct fuse_node *n = fuse_get(fuse_conn(dir->inode->super), e);
    fuse_not_missing(fuse_node(dir->inode), name, len);
    if (!n)
        return -ENOMEM;
    struct dentry *d = dentry_new(dir, name, len, &n->inode);
    if (!d) {
        inode_put(&n->inode);
        return -ENOMEM;
    }
    dentry_cache(d, fuse_expiry(e->entry_valid, e->entry_valid_nsec));
    *out = d;
    return 0;
}

/* The name is e's from now on, if d is not that already. d: what is cached, or
 * 0. */
static int renew(struct dentry *dir, const char *name, size_t len, struct dentry *d,
                 const struct fuse_entry_out *e, struct dentry **out)
{
    if (!d || d->flags & DENTRY_NEGATIVE || !fuse_same(fuse_node(d->inode), e)) {
        if (d)
            dentry_uncache(d);
        return enter(dir, name, len, e, out);
    }
    struct fuse_node *n = fuse_node(d->inode);
    n->nlookup++;
    fuse_attr(n, &e->attr, e->attr_valid, e->attr_valid_nsec);
    d->expires = fuse_expiry(e->entry_valid, e->entry_valid_nsec);
    dentry_get(d);
    *out = d;
    return 0;
}

static void enter_nothing(struct dentry *dir, const char *name, size_t len, nsec_t expires)
{
    inode_get(&nothing);
    struct dentry *d = dentry_new(dir, name, len, &nothing);
    if (!d) {
        nothing.refs--;
        return;
    }
    d->flags |= DENTRY_NEGATIVE;
    dentry_cache(d, expires);
    dentry_put(d);
}

static bool bad_entry(const struct fuse_entry_out *e)
{
    return e->nodeid == FUSE_ROOT_ID || !(e->attr.mode & S_IFMT) || e->attr.size > INT64_MAX;
}

/* What is known of a name without asking: 1 if nothing, else lookup's result. */
static int known(struct dentry *dir, const char *name, size_t len, struct dentry **out)
{
    struct dentry *d = dentry_find(dir, name, len);
    if (!d && fuse_is_missing(fuse_node(dir->inode), name, len))
        return -ENOENT;
    if (!d || !believed(d))
        return 1;
    if (d->flags & DENTRY_CACHED)
        dentry_used(d);
    if (d->flags & DENTRY_NEGATIVE)
        return -ENOENT;
    dentry_get(d);
    *out = d;
    return 0;
}

/* Who looks up three names of a directory that were not known will look up more. As long as that
 * finds what is looked for it is done again; where it does not, less and less often. */
static bool ahead_found(struct dentry *dir, const char *name, size_t len, struct dentry **out)
{
    struct fuse_node *n = fuse_node(dir->inode);
    if (n->missed < 3u << MIN(n->wrong, 8u) || !(fuse_of(n)->flags & FUSE_DO_READDIRPLUS))
        return false;
    n->missed = 0;
    fuse_look_ahead(dir);
    if (known(dir, name, len, out) == 0) {
        n->wrong = 0;
        n->missed = 2; /* the next miss asks for the next ones */
        return true;
    }
    n->wrong++;
    return false;
}

static int lookup(struct dentry *dir, const char *name, size_t len, struct dentry **out)
{
    struct fuse_node *n = fuse_node(dir->inode);
    int state = known(dir, name, len, out);
    n->looked++;
    if (state <= 0)
        return state;
    struct dentry *d;
    if (ahead_found(dir, name, len, out))
        return 0;
    struct fuse_entry_out e = {0};
    const struct fuse_args a = {.in = {name, ""},
                                .in_len = {(u32)len, 1},
                                .out = &e,
                                .out_len = sizeof(e),
                                .least = sizeof(e)};
    long r = fuse_call(fuse_of(n), FUSE_LOOKUP, n->nodeid, &a);
    d = dentry_find(dir, name, len); /* the request may have slept */
    if (r == -ENOENT || (r >= 0 && !e.nodeid)) {
        if (d)
            dentry_uncache(d);
        nsec_t until = r < 0 ? 0 : fuse_expiry(e.entry_valid, e.entry_valid_nsec);
        if (until)
            enter_nothing(dir, name, len, until);
        else
            fuse_missing(n, name, len);
        return -ENOENT;
    }
    if (r >= 0 && bad_entry(&e))
        r = -EIO;
    if (r >= 0 && n->missed < 1u << 15)
        n->missed++;
    return r < 0 ? (int)r : renew(dir, name, len, d, &e, out);
}

void fuse_enter(struct dentry *dir, const char *name, size_t len, const struct fuse_entry_out *e)
{
    struct dentry *d = dentry_find(dir, name, len), *out;
    if (bad_entry(e) || (d && !(d->flags & DENTRY_CACHED))) {
        fuse_forget(fuse_conn(dir->inode->super), e->nodeid, 1, false);
        return;
    }
    if (renew(dir, name, len, d, e, &out) == 0)
        dentry_put(out);
}

/* A request that makes `name`: its answer becomes a dentry. In the program's
 * path the name may be followed by a slash, so its NUL is a piece of its own.
 */
static int make_by(struct dentry *dir, const char *name, size_t len, u32 op, const void *arg,
                   u32 arg_len, struct dentry **out)
{
    struct fuse_entry_out e = {0};
    const bool link = op == FUSE_SYMLINK; /* here the name comes first */
    const struct fuse_args a = {
        .in = {link ? name : arg, link ? "" : name, link ? arg : ""},
        .in_len = {link ? (u32)len : arg_len, link ? 1 : (u32)len, link ? arg_len : 1},
        .out = &e,
        .out_len = sizeof(e),
        .least = sizeof(e)};
    long r = fuse_call(fuse_conn(dir->inode->super), op, fuse_node(dir->inode)->nodeid, &a);
    if (r < 0)
        return (int)r;
    if (!e.nodeid || bad_entry(&e))
        return -EIO;
    dentry_forget(dir, name, len);
    dir_changed(dir);
    return enter(dir, name, len, &e, out);
}

static int make(struct dentry *dir, const char *name, size_t len, u32 mode, u64 rdev,
                const char *target, struct dentry **out)
{
    if (S_ISDIR(mode)) {
        const struct fuse_mkdir_in in = {.mode = mode & 07777};
        return make_by(dir, name, len, FUSE_MKDIR, &in, sizeof(in), out);
    }
    if (S_ISLNK(mode))
        return make_by(dir, name, len, FUSE_SYMLINK, target, (u32)str_len(target) + 1, out);
    const struct fuse_mknod_in in = {.mode = mode, .rdev = (u32)rdev};
    return make_by(dir, name, len, FUSE_MKNOD, &in, sizeof(in), out);
}

struct fuse_created {
    struct fuse_entry_out entry;
    struct fuse_open_out open;
};

static int create_by(struct dentry *dir, u32 op, const char *name, size_t len, u32 mode, u32 flags,
                     struct fuse_created *o)
{
    const struct fuse_create_in in = {.flags = flags & ~(u32)(O_NOCTTY | O_CLOEXEC | O_NOFOLLOW),
                                      .mode = mode};
    const struct fuse_args a = {.in = {&in, name, ""},
                                .in_len = {sizeof(in), (u32)len, 1},
                                .out = o,
                                .out_len = sizeof(*o),
                                .least = sizeof(*o)};
    long r = fuse_call(fuse_conn(dir->inode->super), op, fuse_node(dir->inode)->nodeid, &a);
    if (r < 0)
        return (int)r;
    return !o->entry.nodeid || bad_entry(&o->entry) || !S_ISREG(o->entry.attr.mode) ? -EIO : 0;
}

static int create(struct dentry *dir, const char *name, size_t len, u32 mode, u32 flags,
                  struct dentry **out)
{
    struct fuse_created o = {0};
    int r = create_by(dir, FUSE_CREATE, name, len, mode, flags, &o);
    if (r == -ENOSYS)
        return make(dir, name, len, mode, 0, 0, out);
    if (r < 0)
        return r;
    dentry_forget(dir, name, len);
    dir_changed(dir);
    r = enter(dir, name, len, &o.entry, out);
    if (r < 0)
        return r;
    struct fuse_node *n = fuse_node((*out)->inode);
    if (!n->fresh) /* else another thread is about to open it: then this one asks again */
        fuse_handle_new(n, &o.open, flags, &n->fresh);
    return 0;
}

/* O_TMPFILE: by the same kind of request; the name means nothing. */
static int tmpfile(struct dentry *dir, u32 mode, u32 flags, struct inode **out)
{
    struct fuse_created o = {0};
    int r = create_by(dir, FUSE_TMPFILE, "/", 1, mode, flags, &o);
    if (r < 0)
        return r == -ENOSYS ? -EOPNOTSUPP : r;
    struct fuse_node *n = fuse_get(fuse_conn(dir->inode->super), &o.entry);
    if (!n)
        return -ENOMEM;
    fuse_handle_new(n, &o.open, flags, &n->fresh);
    *out = &n->inode;
    return 0;
}

static int link(struct inode *old, struct dentry *dir, const char *name, size_t len)
{
    struct dentry *d;
    const struct fuse_link_in in = {.oldnodeid = fuse_node(old)->nodeid};
    int r = make_by(dir, name, len, FUSE_LINK, &in, sizeof(in), &d);
    if (r == 0)
        dentry_put(d);
    return r;
}

/* d lost its name, by us or by somebody else. */
static void unnamed(struct dentry *d)
{
    struct fuse_node *n = fuse_node(d->inode);
    if (S_ISDIR(n->inode.mode))
        n->inode.nlink = 0;
    else if (n->inode.nlink)
        n->inode.nlink--;
    fuse_stale(n);
    if (d->flags & DENTRY_CACHED)
        dentry_uncache(d);
}

static int remove(struct dentry *d)
{
    struct dentry *dir = d->parent;
    const struct fuse_args a = {.in = {d->name}, .in_len = {d->len + 1u}};
    u32 op = S_ISDIR(d->inode->mode) ? FUSE_RMDIR : FUSE_UNLINK;
    struct fuse_node *n = fuse_node(dir->inode);
    fuse_missing_ask(n);
    long r = fuse_call(fuse_of(n), op, n->nodeid, &a);
    fuse_missing_heard(fuse_of(n));
    if (r < 0 && r != -ENOENT)
        return (int)r;
    dir_changed(dir);
    fuse_missing(n, d->name, d->len);
    if (op == FUSE_RMDIR)
        fuse_synced_end(fuse_node(d->inode));
    unnamed(d);
    return (int)MIN(r, 0);
}

static long move_request(struct dentry *d, struct dentry *dir, const char *name, size_t len,
                         u32 flags)
{
    const struct fuse_rename_in in = {.newdir = fuse_node(dir->inode)->nodeid};
    const struct fuse_rename2_in in2 = {.newdir = in.newdir, .flags = flags};
    const struct fuse_args a = {
        .in = {flags ? (const void *)&in2 : &in, d->name, name, ""},
        .in_len = {flags ? sizeof(in2) : sizeof(in), d->len + 1u, (u32)len, 1}};
    long r = fuse_call(fuse_conn(d->inode->super), flags ? FUSE_RENAME2 : FUSE_RENAME,
                       fuse_node(d->parent->inode)->nodeid, &a);
    if (r >= 0) {
        fuse_not_missing(fuse_node(dir->inode), name, len);
        dir_changed(d->parent);
        dir_changed(dir);
        fuse_stale(fuse_node(d->inode));
    }
    return r;
}

static int rename(struct dentry *d, struct dentry *dir, const char *name, size_t len,
                  struct dentry *over)
{
    long r = move_request(d, dir, name, len, 0);
    if (r < 0)
        return (int)r;
    if (over) {
        dentry_get(over);
        unnamed(over);
        dentry_put(over);
    }
    dentry_renamed(d, dir, name, len);
    return 0;
}

static int exchange(struct dentry *a, struct dentry *b)
{
    long r = move_request(a, b->parent, b->name, b->len, RENAME_EXCHANGE);
    if (r < 0)
        return r == -ENOSYS ? -EINVAL : (int)r;
    fuse_stale(fuse_node(b->inode));
    dentry_swap(a, b);
    return 0;
}

static ssize_t read_link(struct inode *i, char *buf, size_t size)
{
    struct fuse_node *n = fuse_node(i);
    if (!S_ISLNK(i->mode))
        return -EINVAL;
    if (n->target && fuse_refresh(n) == 0 && n->target) {
        size_t len = MIN(str_len(n->target), size);
        memcpy(buf, n->target, len);
        return (ssize_t)len;
    }
    /* All of it must have room, whatever part is wanted. */
    char *text = name_get();
    if (!text)
        return -ENOMEM;
    const struct fuse_args a = {.out = text, .out_len = PATH_SIZE - 1};
    long r = fuse_call(fuse_of(n), FUSE_READLINK, n->nodeid, &a);
    if (r > 0 && !n->target && (n->target = mem_alloc((size_t)r + 1)))
        memcpy(n->target, text, (size_t)r);
    r = MIN(r, (long)size);
    if (r > 0)
        memcpy(buf, text, (size_t)r);
    name_put(text);
    return r;
}

const struct inode_ops fuse_dir_ops = {
    .lookup = lookup,
    .make = make,
    .create = create,
    .tmpfile = tmpfile,
    .link = link,
    .remove = remove,
    .rename = rename,
    .exchange = exchange,
    .setattr = fuse_setattr,
    .refresh = fuse_stat_refresh,
    .release = fuse_release,
    .getxattr = fuse_getxattr,
    .listxattr = fuse_listxattr,
    .setxattr = fuse_setxattr,
    .removexattr = fuse_removexattr,
};
const struct inode_ops fuse_file_ops = {
    .setattr = fuse_setattr,
    .truncate = fuse_truncate,
    .open = fuse_file_open,
    .refresh = fuse_stat_refresh,
    .release = fuse_release,
    .getxattr = fuse_getxattr,
    .listxattr = fuse_listxattr,
    .setxattr = fuse_setxattr,
    .removexattr = fuse_removexattr,
};
const struct inode_ops fuse_special_ops = {
    .setattr = fuse_setattr,
    .readlink = read_link,
    .refresh = fuse_stat_refresh,
    .release = fuse_release,
    .getxattr = fuse_getxattr,
    .listxattr = fuse_listxattr,
    .setxattr = fuse_setxattr,
    .removexattr = fuse_removexattr,
};
