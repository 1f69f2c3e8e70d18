/* Walking a path; see path.h. A symbolic link in the way replaces what is left of the path by
 * its target followed by the rest, so the walk is one loop and needs no stack of its own. */
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "base/string.h"
#include "base/uaccess.h"
#include "mem/alloc.h"
#include "vfs/path.h"

static void move_to(struct walk *w, struct dentry *d)
{
    if (w->dentry)
        dentry_put(w->dentry);
    w->dentry = d;
}

static int go_up(struct walk *w)
{
    if (w->dentry == w->root)
        return w->flags & WALK_BENEATH ? -EXDEV : 0;
    struct dentry *up = w->dentry->parent;
    if (w->flags & WALK_NO_XDEV && up->inode->super != w->dentry->inode->super)
        return -EXDEV;
    dentry_get(up);
    move_to(w, up);
    return 0;
}

static int go_root(struct walk *w)
{
    if (w->flags & WALK_BENEATH)
        return -EXDEV;
    if (w->flags & WALK_NO_XDEV && w->dentry && w->dentry->inode->super != w->root->inode->super)
        return -EXDEV;
    dentry_get(w->root);
    move_to(w, w->root);
    return 0;
}

int path_lookup(struct dentry *dir, const char *name, size_t len, struct dentry **out)
{
    struct dentry *d = dentry_find(dir, name, len);
    if (d && !(d->flags & DENTRY_CACHED)) {
        dentry_get(d);
        *out = d;
        return 0;
    }
    if (dir->flags & DENTRY_DEAD || !dir->inode->ops->lookup)
        return -ENOENT;
    return dir->inode->ops->lookup(dir, name, len, out);
}

int walk_child(struct walk *w, struct dentry **out)
{
    int r = 0;
    if (w->file)
        return -ENOTDIR;
    if (w->last == LAST_NAME) {
        r = path_lookup(w->dentry, w->name, w->len, out);
        if (r == 0 && w->flags & WALK_NO_XDEV && (*out)->inode->super != w->dentry->inode->super) {
            dentry_put(*out);
            r = -EXDEV;
        }
        return r;
    }
    if (w->last == LAST_DOTDOT)
        r = go_up(w);
    if (r < 0)
        return r;
    dentry_get(w->dentry);
    *out = w->dentry;
    return 0;
}

static void put_buf(struct walk *w)
{
    if (w->big)
        mem_free(w->buf);
    else
        name_put(w->buf);
}

/* Makes target, of n bytes in a path buffer, with what is left behind it the new path. */
static int replace(struct walk *w, char *target, size_t n)
{
    size_t rest = str_len(w->rest);
    bool big = n + 1 + rest >= PATH_SIZE;
    char *buf = target;
    if (big) {
        buf = mem_alloc(n + 2 + rest);
        if (buf)
            memcpy(buf, target, n);
        name_put(target);
        if (!buf)
            return -ENOMEM;
    }
    if (rest || w->slash)
        buf[n++] = '/';
    memcpy(buf + n, w->rest, rest + 1);
    put_buf(w);
    w->big = big;
    w->buf = buf;
    w->rest = buf;
    return 0;
}

/* Splices the target of link d (its reference is taken over) before the rest of the path. */
static int splice(struct walk *w, struct dentry *d)
{
    int r = -ELOOP;
    struct inode *i = d->inode;
    if (++w->links > LINK_MAX_DEPTH || w->flags & WALK_NO_LINKS)
        goto out;
    if (i->ops->follow) {
        r = w->flags & WALK_NO_MAGIC ? -ELOOP : -EXDEV;
        if (w->flags & (WALK_NO_MAGIC | WALK_BENEATH | WALK_IN_ROOT))
            goto out;
        struct dentry *from = w->dentry;
        w->dentry = 0;
        r = i->ops->follow(i, w);
        dentry_put(from);
        goto out;
    }
    r = -ENOMEM;
    char *buf = name_get();
    if (!buf)
        goto out;
    ssize_t n = i->ops->readlink(i, buf, PATH_SIZE - 1);
    if (n <= 0) {
        name_put(buf);
        r = n < 0 ? (int)n : -ENOENT;
        goto out;
    }
    inode_touch(i, TOUCH_ATIME);
    r = replace(w, buf, (size_t)n);
    if (r == 0 && *w->buf == '/')
        r = go_root(w);
out:
    dentry_put(d);
    return r;
}

/* Takes the next component off the rest. */
static void next_component(struct walk *w)
{
    const char *p = w->rest;
    while (*p == '/')
        p++;
    w->name = p;
    while (*p && *p != '/')
        p++;
    w->len = (size_t)(p - w->name);
    w->slash = *p == '/';
    while (*p == '/')
        p++;
    w->rest = p;
    w->last = LAST_NAME;
    if (w->len == 0)
        w->last = LAST_HERE;
    else if (w->len == 1 && w->name[0] == '.')
        w->last = LAST_DOT;
    else if (w->len == 2 && w->name[0] == '.' && w->name[1] == '.')
        w->last = LAST_DOTDOT;
}

/* Goes on until only one component is left. */
static int to_parent(struct walk *w)
{
    for (;;) {
        next_component(w);
        if (w->last == LAST_HERE)
            return 0;
        if (w->file || !S_ISDIR(w->dentry->inode->mode))
            return -ENOTDIR;
        int r = inode_permission(w->dentry->inode, MAY_EXEC);
        if (r == 0 && w->len > NAME_LEN)
            r = -ENAMETOOLONG;
        if (r < 0 || !*w->rest)
            return r;
        struct dentry *d;
        r = walk_child(w, &d);
        if (r < 0)
            return r;
        if (S_ISLNK(d->inode->mode))
            r = splice(w, d);
        else
            move_to(w, d);
        if (r < 0)
            return r;
    }
}

int walk_link(struct walk *w, struct dentry *d)
{
    bool magic = d->inode->ops->follow;
    int r = splice(w, d);
    if (r < 0)
        return r;
    if (!magic)
        return to_parent(w);
    w->last = LAST_HERE;
    return 0;
}

static int start_at(struct walk *w, int dirfd)
{
    w->root = path_root();
    if (*w->rest == '/' && !(w->flags & WALK_IN_ROOT))
        return go_root(w);
    struct dentry *d = path_cwd();
    if (dirfd != AT_FDCWD) {
        struct file *f = fd_file(dirfd);
        if (!f)
            return -EBADF;
        d = f->dentry;
        if (!d && !*w->rest) {
            file_get(f);
            w->file = f;
            return 0;
        }
        if (!d)
            return -ENOTDIR;
    }
    dentry_get(d);
    w->dentry = d;
    if (w->flags & (WALK_BENEATH | WALK_IN_ROOT))
        w->root = d;
    if (*w->rest && !S_ISDIR(d->inode->mode))
        return -ENOTDIR;
    return 0;
}

static int begin(struct walk *w, int dirfd, unsigned flags)
{
    w->rest = w->buf;
    if (!*w->rest && !(flags & WALK_EMPTY))
        return -ENOENT;
    int r = start_at(w, dirfd);
    return r < 0 ? r : to_parent(w);
}

static int open_walk(struct walk *w, unsigned flags)
{
    memset(w, 0, sizeof(*w));
    w->flags = flags;
    w->buf = name_get();
    return w->buf ? 0 : -ENOMEM;
}

int walk_parent(struct walk *w, int dirfd, const char *user, unsigned flags)
{
    int r = open_walk(w, flags);
    if (r < 0)
        return r;
    ssize_t n = user_string(w->buf, user, PATH_SIZE);
    return n < 0 ? (int)n : begin(w, dirfd, flags);
}

/* From the parent to the end. */
static int finish(struct walk *w)
{
    for (;;) {
        if (w->file)
            return w->slash ? -ENOTDIR : 0;
        struct dentry *d;
        int r = walk_child(w, &d);
        if (r < 0)
            return r;
        if (w->last == LAST_NAME && S_ISLNK(d->inode->mode) &&
            (w->flags & WALK_FOLLOW || w->slash)) {
            r = walk_link(w, d);
            if (r < 0)
                return r;
            continue;
        }
        move_to(w, d);
        return w->slash && !S_ISDIR(d->inode->mode) ? -ENOTDIR : 0;
    }
}

int walk_user(struct walk *w, int dirfd, const char *user, unsigned flags)
{
    int r = walk_parent(w, dirfd, user, flags);
    return r < 0 ? r : finish(w);
}

int walk_from(struct walk *w, int dirfd, const char *path, unsigned flags)
{
    int r = open_walk(w, flags);
    if (r < 0)
        return r;
    if (str_copy(w->buf, path, PATH_SIZE) >= PATH_SIZE)
        return -ENAMETOOLONG;
    r = begin(w, dirfd, flags);
    return r < 0 ? r : finish(w);
}

int walk_path(struct walk *w, const char *path, unsigned flags)
{
    return walk_from(w, AT_FDCWD, path, flags);
}

void walk_done(struct walk *w)
{
    if (w->dentry)
        dentry_put(w->dentry);
    if (w->file)
        file_put(w->file);
    put_buf(w);
    memset(w, 0, sizeof(*w));
}
