/* Opening, making and closing files. See fs_server.h.
 *
 * Of the guest's open flags only those pass that mean the same here; O_CREAT and O_EXCL come as
 * CREATE, O_NOFOLLOW and O_DIRECTORY are the guest's own walk, O_APPEND comes with each write.
 * Every write has reached the host when it is answered, so a client need not flush before it closes
 * (FOPEN_NOFLUSH).
 */
#include <errno.h>

#include "fs_server.h"

#define PASSED ((unsigned)(O_ACCMODE | O_TRUNC | O_SYNC | O_DSYNC | O_DIRECT | O_NOATIME))

/* Is the data the same as when the guest opened it last? Then it may keep what it has cached. The
 * first time it has nothing, and what was seen when the node was found is early enough to tell
 * later changes. */
static bool unchanged(struct fs_node *n, int fd)
{
    struct statx st;
    bool first = !n->opened;
    n->opened = true;
    if ((first && n->seen_mtime) || fs_stat_fd(fd, &st))
        return false;
    uint64_t size = n->seen_size, mtime = n->seen_mtime;
    fs_seen(n, &st);
    return !first && mtime && n->seen_mtime == mtime && n->seen_size == size;
}

static bool writes(unsigned flags)
{
    return (flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC;
}

/* Opens a node that is there and fills in the reply. */
static int open_node(struct fs *fs, struct fs_node *n, unsigned flags, bool kill,
                     struct fuse_open_out *out)
{
    if ((flags & O_ACCMODE) == O_ACCMODE)
        return -EINVAL;
    if (S_ISDIR(n->type))
        return -EISDIR;
    if (writes(flags) && fs->options.read_only)
        return -EROFS;
    int fd = fs_open_data(fs, n, (int)(flags & PASSED));
    if (fd == -EPERM && flags & O_APPEND) /* the host lets nobody but appenders write to it */
        fd = fs_open_data(fs, n, (int)(flags & PASSED) | O_APPEND);
    if (fd < 0)
        return fd;
    if (kill && flags & O_TRUNC)
        fs_kill_set_id(fd);
    bool keep = unchanged(n, fd);
    int64_t fh = fs_handle_new(fs, n, fd, (int)flags);
    if (fh < 0)
        return (int)fh;
    *out = (struct fuse_open_out){.fh = (uint64_t)fh,
                                  .open_flags = FOPEN_NOFLUSH | (keep ? FOPEN_KEEP_CACHE : 0),
                                  .padding = writes(flags) ? fs_room(fs, fd) : 0};
    return 0;
}

int fs_open_file(struct fs_call *c)
{
    struct fuse_open_in in;
    struct fuse_open_out out;
    int error = FS_ARGS(c, in);
    if (error || (error = fs_end(c, sizeof out)))
        return error;
    error = open_node(c->fs, c->node, in.flags, in.open_flags & FUSE_OPEN_KILL_SUIDGID, &out);
    return error ? error : mon_put(&c->out, &out, sizeof out);
}

struct created {
    struct fuse_entry_out entry;
    struct fuse_open_out open;
};

/* A file that fd, just made, stands for: node, owner, handle, reply. Takes fd over. */
static int adopt(struct fs_call *c, int fd, unsigned flags, const char *name)
{
    struct fs *fs = c->fs;
    struct created out;
    struct statx st;
    struct fs_node *n = NULL;
    int error = fs_stat_fd(fd, &st);
    if (!error && !(n = fs_found(fs, name ? c->node : NULL, name, &st)))
        error = -ENFILE;
    if (error) {
        fs_close_fd(fs, fd);
        return error;
    }
    uid_t uid;
    gid_t gid;
    if (fs_other_owner(c, &uid, &gid) && !syscall(SYS_fchown, fd, uid, gid))
        fs_stat_fd(fd, &st);
    /* A nameless file is reached through its descriptor alone. */
    if (!name && n->fd < 0) {
        char text[12];
        n->fd = fs_open_path(fs, fs_number(fd, text));
        n->kept = n->fd >= 0;
    }
    fs_entry(fs, &out.entry, n, &st);
    fs_seen(n, &st);
    n->opened = true;
    int64_t fh = fs_handle_new(fs, n, fd, (int)flags);
    if (fh < 0) {
        fs_forget(fs, n, 1);
        return (int)fh;
    }
    out.open = (struct fuse_open_out){
        .fh = (uint64_t)fh, .open_flags = FOPEN_NOFLUSH, .padding = fs_room(fs, fd)};
    return mon_put(&c->out, &out, sizeof out);
}

/* The file is there already (and O_EXCL was not asked for). */
static int open_existing(struct fs_call *c, const char *name, unsigned flags)
{
    struct created out;
    struct statx st;
    int dir = fs_node_fd(c->fs, c->node);
    int error = dir < 0 ? dir : fs_stat_name(dir, name, &st);
    if (error)
        return error;
    struct fs_node *n = fs_found(c->fs, c->node, name, &st);
    if (!n)
        return -ENFILE;
    fs_pin(n);
    error = open_node(c->fs, n, flags, true, &out.open);
    if (!error)
        error = fs_stat_fd(fs_handle(c->fs, out.open.fh)->fd, &st);
    if (!error) {
        fs_entry(c->fs, &out.entry, n, &st);
        error = mon_put(&c->out, &out, sizeof out);
    }
    fs_unpin(c->fs, n);
    return error;
}

int fs_create(struct fs_call *c)
{
    struct fuse_create_in in;
    char name[FS_NAME_MAX + 1];
    int fd = -EEXIST, error = FS_ARGS(c, in);
    if (error || (error = fs_name(c, name)) || (error = fs_end(c, sizeof(struct created))))
        return error;
    if ((in.flags & O_ACCMODE) == O_ACCMODE)
        return -EINVAL;
    if ((error = fs_handle_room(c->fs)))
        return error;
    /* Always made anew first: what is there already is looked at before it is opened. Between the
     * two somebody may remove it, or make it. */
    for (int tries = 0; tries < 16; tries++) {
        int dir = fs_node_fd(c->fs, c->node);
        if (dir < 0)
            return dir;
        fs_hold(c->fs, c->node);
        fd = fs_open_name(c->fs, dir, name,
                          (int)(in.flags & PASSED) | O_CREAT | O_EXCL | O_NOFOLLOW | O_NONBLOCK |
                              O_NOCTTY,
                          in.mode & 07777u);
        fs_unhold(c->fs, c->node);
        if (fd >= 0)
            return adopt(c, fd, in.flags, name);
        if (fd != -EEXIST || in.flags & O_EXCL)
            return fd;
        error = open_existing(c, name, in.flags);
        if (error != -ENOENT && error != -ESTALE)
            return error;
    }
    return error;
}

int fs_tmpfile(struct fs_call *c)
{
    struct fuse_create_in in;
    int error = FS_ARGS(c, in);
    /* Behind it stands a name that means nothing (Linux sends "/"). */
    if (!error && c->body.left <= FS_NAME_MAX + 1)
        mon_skip(&c->body, c->body.left);
    if (error || (error = fs_end(c, sizeof(struct created))) || (error = fs_handle_room(c->fs)))
        return error;
    if ((in.flags & O_ACCMODE) == O_ACCMODE || (in.flags & O_ACCMODE) == O_RDONLY)
        return -EINVAL;
    int dir = fs_node_fd(c->fs, c->node);
    if (dir < 0)
        return dir;
    fs_hold(c->fs, c->node);
    /* O_EXCL here means that it can never get a name. */
    int fd = fs_open_name(c->fs, dir, ".",
                          (int)(in.flags & (PASSED | O_EXCL) & ~(unsigned)O_TRUNC) | O_TMPFILE,
                          in.mode & 07777u);
    fs_unhold(c->fs, c->node);
    return fd < 0 ? fd : adopt(c, fd, in.flags, NULL);
}

int fs_flush(struct fs_call *c)
{
    struct fuse_flush_in in;
    int error = FS_ARGS(c, in);
    if (error || (error = fs_end(c, 0)))
        return error;
    struct fs_handle *h = fs_handle(c->fs, in.fh);
    if (!h || h->node != fs_index(c->fs, c->node))
        return -EBADF;
    /* POSIX: closing any descriptor of a file drops its owner's locks. Nothing else is pending:
     * every write has reached the host. */
    return fs_unlock_owner(c->fs, c->node, in.lock_owner);
}

static int release(struct fs_call *c, bool directory)
{
    struct fuse_release_in in;
    int error = FS_ARGS(c, in);
    if (error || (error = fs_end(c, 0)))
        return error;
    struct fs_handle *h = fs_handle(c->fs, in.fh);
    if (!h || h->directory != directory)
        return -EBADF;
    if (in.release_flags & FUSE_RELEASE_FLUSH)
        fs_unlock_owner(c->fs, &c->fs->nodes[h->node], in.lock_owner);
    fs_handle_close(c->fs, h); /* flock's lock goes with it */
    return 0;
}

int fs_release(struct fs_call *c)
{
    return release(c, false);
}

int fs_releasedir(struct fs_call *c)
{
    return release(c, true);
}
