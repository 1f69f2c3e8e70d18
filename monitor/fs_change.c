/* Changes of directories: making, removing, renaming and linking names. See fs_server.h.
 *
 * Each acts on O_PATH descriptors of directories and single components. A file whose name goes away
 * while the guest holds it keeps its descriptor: nothing else leads there any more.
 */
#include <errno.h>
#include <linux/fs.h>
#include <string.h>

#include "fs_server.h"

/* The new name's reply; the entry is there already. */
static int made(struct fs_call *c, int dir, const char *name, bool ours)
{
    struct fuse_entry_out out;
    struct statx st;
    int error = fs_stat_name(dir, name, &st);
    if (error)
        return error;
    struct fs_node *n = fs_found(c->fs, c->node, name, &st);
    if (!n)
        return -ENFILE;
    n->lookups++; /* stays while its owner changes */
    if (ours && fs_give_owner(c, n))
        error = fs_stat_node(c->fs, n, &st);
    if (!error) {
        fs_entry(c->fs, &out, n, &st);
        error = mon_put(&c->out, &out, sizeof out);
        if (error)
            fs_forget(c->fs, n, 1);
    }
    fs_forget(c->fs, n, 1);
    return error;
}

int fs_mknod(struct fs_call *c)
{
    struct fuse_mknod_in in;
    char name[FS_NAME_MAX + 1];
    int error = FS_ARGS(c, in);
    if (error || (error = fs_name(c, name)) || (error = fs_end(c, sizeof(struct fuse_entry_out))))
        return error;
    unsigned type = in.mode & S_IFMT;
    if (type == S_IFCHR || type == S_IFBLK)
        return -EPERM;
    if (type != S_IFREG && type != S_IFIFO && type != S_IFSOCK)
        return -EINVAL;
    int dir = fs_node_fd(c->fs, c->node);
    if (dir < 0)
        return dir;
    if (syscall(SYS_mknodat, dir, name, type | (in.mode & 07777u), 0))
        return fs_errno();
    return made(c, dir, name, true);
}

int fs_mkdir(struct fs_call *c)
{
    struct fuse_mkdir_in in;
    char name[FS_NAME_MAX + 1];
    int error = FS_ARGS(c, in);
    if (error || (error = fs_name(c, name)) || (error = fs_end(c, sizeof(struct fuse_entry_out))))
        return error;
    int dir = fs_node_fd(c->fs, c->node);
    if (dir < 0)
        return dir;
    if (syscall(SYS_mkdirat, dir, name, in.mode & 07777u))
        return fs_errno();
    return made(c, dir, name, true);
}

int fs_symlink(struct fs_call *c)
{
    char name[FS_NAME_MAX + 1], text[4097];
    unsigned n = 0;
    int error = fs_name(c, name);
    do {
        if (!error && n == sizeof text)
            error = -ENAMETOOLONG;
        if (!error)
            error = mon_take(&c->body, &text[n], 1);
    } while (!error && text[n++]);
    if (error || (error = fs_end(c, sizeof(struct fuse_entry_out))))
        return error;
    int dir = fs_node_fd(c->fs, c->node);
    if (dir < 0)
        return dir;
    if (syscall(SYS_symlinkat, text, dir, name))
        return fs_errno();
    return made(c, dir, name, true);
}

/* The node that this name leads to, if the guest knows it: with its descriptor held open, since
 * the name is about to go. */
static struct fs_node *victim(struct fs *fs, int dir, const char *name)
{
    struct statx st;
    struct fs_node *n = fs_stat_name(dir, name, &st) ? NULL : fs_known(fs, &st);
    if (!n || n == &fs->nodes[FS_ROOT])
        return NULL;
    return fs_node_fd(fs, n) < 0 ? NULL : n;
}

/* It went, and if this was where the node was found, nothing leads there any more. */
static void gone(struct fs *fs, struct fs_node *n, const struct fs_node *parent, const char *name)
{
    if (n && n->parent == fs_index(fs, parent) && strcmp(n->name, name) == 0)
        fs_keep(fs, n);
}

static int remove_name(struct fs_call *c, int flags)
{
    char name[FS_NAME_MAX + 1];
    int error = fs_name(c, name);
    if (error || (error = fs_end(c, 0)))
        return error;
    int dir = fs_node_fd(c->fs, c->node);
    if (dir < 0)
        return dir;
    fs_hold(c->fs, c->node);
    struct fs_node *n = victim(c->fs, dir, name);
    error = syscall(SYS_unlinkat, dir, name, flags) ? fs_errno() : 0;
    fs_unhold(c->fs, c->node);
    if (!error)
        gone(c->fs, n, c->node, name);
    return error;
}

int fs_unlink(struct fs_call *c)
{
    return remove_name(c, 0);
}

int fs_rmdir(struct fs_call *c)
{
    return remove_name(c, AT_REMOVEDIR);
}

/* After a rename: the node that is now at parent/name is found there from now on. */
static void moved(struct fs *fs, struct fs_node *parent, int dir, const char *name)
{
    struct statx st;
    struct fs_node *n = fs_stat_name(dir, name, &st) ? NULL : fs_known(fs, &st);
    if (n)
        fs_named(fs, n, parent, name);
}

static int rename_name(struct fs_call *c, uint64_t newdir, unsigned flags)
{
    struct fs *fs = c->fs;
    char from[FS_NAME_MAX + 1], to[FS_NAME_MAX + 1];
    struct fs_node *parent = c->node, *target = fs_node(fs, newdir), *n;
    int error = fs_name(c, from);
    if (error || (error = fs_name(c, to)) || (error = fs_end(c, 0)))
        return error;
    if (!target || target->stale)
        return -ESTALE;
    /* A whiteout is a device node. */
    if (flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE))
        return -EINVAL;
    int dir = fs_node_fd(fs, parent);
    if (dir < 0)
        return dir;
    fs_hold(fs, parent);
    int todir = fs_node_fd(fs, target);
    if (todir >= 0 && target != parent)
        fs_hold(fs, target);
    error = todir < 0 ? todir : 0;
    n = error || flags ? NULL : victim(fs, todir, to);
    if (!error && syscall(SYS_renameat2, dir, from, todir, to, flags))
        error = fs_errno();
    if (todir >= 0 && target != parent)
        fs_unhold(fs, target);
    fs_unhold(fs, parent);
    if (error)
        return error;
    gone(fs, n, target, to);
    fs_pin(target); /* what follows lets nodes go */
    fs_pin(parent);
    moved(fs, target, todir, to);
    if (flags & RENAME_EXCHANGE)
        moved(fs, parent, dir, from);
    fs_unpin(fs, parent);
    fs_unpin(fs, target);
    return 0;
}

int fs_rename(struct fs_call *c)
{
    struct fuse_rename_in in;
    int error = FS_ARGS(c, in);
    return error ? error : rename_name(c, in.newdir, 0);
}

int fs_rename2(struct fs_call *c)
{
    struct fuse_rename2_in in;
    int error = FS_ARGS(c, in);
    return error ? error : rename_name(c, in.newdir, in.flags);
}

int fs_link(struct fs_call *c)
{
    struct fs *fs = c->fs;
    struct fuse_link_in in;
    char name[FS_NAME_MAX + 1], text[12];
    int error = FS_ARGS(c, in);
    if (error || (error = fs_name(c, name)) || (error = fs_end(c, sizeof(struct fuse_entry_out))))
        return error;
    struct fs_node *n = fs_node(fs, in.oldnodeid);
    if (!n || n->stale)
        return -ESTALE;
    if (S_ISDIR(n->type))
        return -EPERM;
    int dir = fs_node_fd(fs, c->node);
    if (dir < 0)
        return dir;
    fs_hold(fs, c->node);
    int fd = fs_node_fd(fs, n);
    error = fd < 0 ? fd : 0;
    /* Through /proc/self/fd: the kernel links what the descriptor stands for, a symbolic link
     * itself included, without a name in between that could change. */
    if (!error && syscall(SYS_linkat, fs->proc, fs_number(fd, text), dir, name, AT_SYMLINK_FOLLOW))
        error = fs_errno();
    fs_unhold(fs, c->node);
    return error ? error : made(c, dir, name, false);
}
