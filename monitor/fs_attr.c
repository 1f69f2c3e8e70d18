/* Attributes: reading them from the host, and changing them. See fs_server.h.
 *
 * A change acts on a descriptor. Regular files and directories are opened for it; links and special
 * files cannot be, and unreadable files not by everybody: then it acts on the O_PATH descriptor,
 * which the kernel allows only through a path (/proc/self/fd/N). A strict server does not do that,
 * since no filter can tell such a path from another: EPERM.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "fs_server.h"

int fs_stat_fd(int fd, struct statx *st)
{
    return syscall(SYS_statx, fd, "", AT_EMPTY_PATH, FS_STATX, st) ? fs_errno() : 0;
}

int fs_stat_name(int dir, const char *name, struct statx *st)
{
    return syscall(SYS_statx, dir, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, FS_STATX, st)
               ? fs_errno()
               : 0;
}

int fs_stat_node(struct fs *fs, struct fs_node *n, struct statx *st)
{
    int fd = fs_node_fd(fs, n);
    return fd < 0 ? fd : fs_stat_fd(fd, st);
}

void fs_attr(struct fuse_attr *attr, const struct statx *st)
{
    *attr = (struct fuse_attr){
        .ino = st->stx_ino,
        .size = st->stx_size,
        .blocks = st->stx_blocks,
        .atime = (uint64_t)st->stx_atime.tv_sec,
        .mtime = (uint64_t)st->stx_mtime.tv_sec,
        .ctime = (uint64_t)st->stx_ctime.tv_sec,
        .atimensec = st->stx_atime.tv_nsec,
        .mtimensec = st->stx_mtime.tv_nsec,
        .ctimensec = st->stx_ctime.tv_nsec,
        .mode = st->stx_mode,
        .nlink = st->stx_nlink,
        .uid = st->stx_uid,
        .gid = st->stx_gid,
        /* As the kernel packs a device number for FUSE (new_encode_dev). */
        .rdev = (st->stx_rdev_minor & 0xff) | st->stx_rdev_major << 8 |
                (st->stx_rdev_minor & ~0xffu) << 12,
        .blksize = st->stx_blksize,
    };
}

void fs_entry(struct fs *fs, struct fuse_entry_out *out, struct fs_node *n, const struct statx *st)
{
    *out = (struct fuse_entry_out){
        .nodeid = fs_id(fs, n), .entry_valid = fs->timeout, .attr_valid = fs->timeout};
    fs_attr(&out->attr, st);
    n->lookups++;
}

static int put_attr(struct fs_call *c, const struct statx *st)
{
    struct fuse_attr_out out = {.attr_valid = c->fs->timeout};
    fs_attr(&out.attr, st);
    return mon_put(&c->out, &out, sizeof out);
}

int fs_getattr(struct fs_call *c)
{
    struct fuse_getattr_in in;
    struct statx st;
    int error = FS_ARGS(c, in);
    if (error || (error = fs_end(c, sizeof(struct fuse_attr_out))))
        return error;
    if (in.getattr_flags & FUSE_GETATTR_FH) {
        struct fs_handle *h = fs_handle(c->fs, in.fh);
        error = h && h->node == fs_index(c->fs, c->node) ? fs_stat_fd(h->fd, &st) : -EBADF;
    } else {
        error = fs_stat_node(c->fs, c->node, &st);
    }
    return error ? error : put_attr(c, &st);
}

int fs_meta_fd(struct fs *fs, struct fs_node *n, bool *mine)
{
    int fd = fs_open_data(fs, n, O_RDONLY);
    if (fd == -EACCES && S_ISREG(n->type) && !fs->options.read_only)
        fd = fs_open_data(fs, n, O_WRONLY);
    *mine = fd >= 0;
    return fd;
}

/* What a change acts on: `fd` for calls on open files, or `number` below fs->proc. */
struct target {
    int fd;   /* -1: only the number */
    int path; /* O_PATH */
    bool mine;
    char text[12];
    const char *number;
};

static int target(struct fs *fs, struct fs_node *n, const struct fs_handle *h, struct target *t)
{
    *t = (struct target){.fd = h ? h->fd : fs_meta_fd(fs, n, &t->mine), .path = -1};
    if (!h)
        t->mine = t->fd >= 0;
    if (t->fd >= 0)
        return 0;
    bool closed = t->fd == -EACCES || t->fd == -ELOOP || t->fd == -ENXIO || t->fd == -ETXTBSY;
    if (!closed)
        return t->fd;
    if (fs->options.strict)
        return -EPERM;
    t->fd = -1;
    t->path = fs_node_fd(fs, n);
    if (t->path < 0)
        return t->path;
    t->number = fs_number(t->path, t->text);
    return 0;
}

static int change_mode(struct fs *fs, const struct fs_node *n, const struct target *t,
                       unsigned mode)
{
    if (S_ISLNK(n->type))
        return -EOPNOTSUPP;
    long r = t->fd >= 0 ? syscall(SYS_fchmod, t->fd, mode)
                        : syscall(SYS_fchmodat, fs->proc, t->number, mode);
    return r ? fs_errno() : 0;
}

static int change_owner(const struct target *t, uid_t uid, gid_t gid)
{
    long r = t->fd >= 0 ? syscall(SYS_fchown, t->fd, uid, gid)
                        : syscall(SYS_fchownat, t->path, "", uid, gid, AT_EMPTY_PATH);
    return r ? fs_errno() : 0;
}

static int change_times(struct fs *fs, const struct fs_node *n, const struct target *t,
                        const struct fuse_setattr_in *in)
{
    struct timespec times[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}};
    if (in->valid & FATTR_ATIME)
        times[0] = (struct timespec){(time_t)in->atime, in->atimensec};
    if (in->valid & FATTR_ATIME_NOW)
        times[0].tv_nsec = UTIME_NOW;
    if (in->valid & FATTR_MTIME)
        times[1] = (struct timespec){(time_t)in->mtime, in->mtimensec};
    if (in->valid & FATTR_MTIME_NOW)
        times[1].tv_nsec = UTIME_NOW;
    long r;
    if (t->fd >= 0)
        r = syscall(SYS_utimensat, t->fd, NULL, times, 0);
    else if (S_ISLNK(n->type))
        r = syscall(SYS_utimensat, t->path, "", times, AT_EMPTY_PATH);
    else
        r = syscall(SYS_utimensat, fs->proc, t->number, times, 0);
    return r ? fs_errno() : 0;
}

static int change_size(struct fs *fs, struct fs_node *n, const struct fs_handle *h, uint64_t size)
{
    int fd = h && h->writable ? h->fd : -1;
    if (size > INT64_MAX)
        return -EINVAL;
    if (!S_ISREG(n->type))
        return S_ISDIR(n->type) ? -EISDIR : -EINVAL;
    int mine = fd < 0;
    if (mine)
        fd = fs_open_data(fs, n, O_WRONLY);
    if (fd < 0)
        return fd;
    int error = syscall(SYS_ftruncate, fd, size) ? fs_errno() : 0;
    if (mine)
        fs_close_fd(fs, fd);
    return error;
}

/* Writing takes the set-user bit away, and the set-group bit where the group may execute. */
int fs_kill_set_id(int fd)
{
    struct statx st;
    int error = fs_stat_fd(fd, &st);
    if (error)
        return error;
    unsigned mode = st.stx_mode & 07777u;
    unsigned gone = mode & (mode & S_IXGRP ? S_ISUID | S_ISGID : S_ISUID);
    if (!gone || !S_ISREG(st.stx_mode))
        return 0;
    return syscall(SYS_fchmod, fd, mode & ~gone) ? fs_errno() : 0;
}

static bool good_time(uint32_t valid, uint32_t set, uint32_t nsec)
{
    return !(valid & set) || nsec < 1000000000u;
}

#define FATTR_TIMES (FATTR_ATIME | FATTR_MTIME | FATTR_ATIME_NOW | FATTR_MTIME_NOW)

int fs_setattr(struct fs_call *c)
{
    struct fs *fs = c->fs;
    struct fs_node *n = c->node;
    struct fs_handle *h = NULL;
    struct fuse_setattr_in in;
    struct target t = {.fd = -1, .path = -1};
    struct statx st;
    int error = FS_ARGS(c, in);
    if (error || (error = fs_end(c, sizeof(struct fuse_attr_out))))
        return error;
    if (in.valid & FATTR_FH) {
        h = fs_handle(fs, in.fh);
        if (!h || h->node != fs_index(fs, n))
            return -EBADF;
    }
    if (!good_time(in.valid, FATTR_ATIME, in.atimensec) ||
        !good_time(in.valid, FATTR_MTIME, in.mtimensec) || in.mode & ~(S_IFMT | 07777u))
        return -EINVAL;
    if (in.valid & FATTR_SIZE)
        error = change_size(fs, n, h, in.size);
    bool meta = in.valid & (FATTR_MODE | FATTR_UID | FATTR_GID | FATTR_TIMES | FATTR_KILL_SUIDGID);
    if (!error && meta)
        error = target(fs, n, h, &t);
    if (!error && in.valid & (FATTR_UID | FATTR_GID))
        error = change_owner(&t, in.valid & FATTR_UID ? in.uid : (uid_t)-1,
                             in.valid & FATTR_GID ? in.gid : (gid_t)-1);
    if (!error && in.valid & FATTR_KILL_SUIDGID && t.fd >= 0 && !(in.valid & FATTR_MODE))
        error = fs_kill_set_id(t.fd);
    if (!error && in.valid & FATTR_MODE)
        error = change_mode(fs, n, &t, in.mode & 07777u);
    if (!error && in.valid & FATTR_TIMES)
        error = change_times(fs, n, &t, &in);
    if (!error)
        error = t.fd >= 0 ? fs_stat_fd(t.fd, &st)
                : h       ? fs_stat_fd(h->fd, &st)
                          : fs_stat_node(fs, n, &st);
    if (t.mine)
        fs_close_fd(fs, t.fd);
    return error ? error : put_attr(c, &st);
}

void fs_seen(struct fs_node *n, const struct statx *st)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    uint64_t time = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    n->seen_size = st->stx_size;
    n->seen_mtime = (uint64_t)st->stx_mtime.tv_sec * 1000000000u + st->stx_mtime.tv_nsec;
    /* The host's clock of files has ticks: what happens next could get the same time. */
    if (n->seen_mtime + MON_FS_TICK > time)
        n->seen_mtime = 0;
}

bool fs_other_owner(struct fs_call *c, uid_t *uid, gid_t *gid)
{
    struct statx parent;
    *uid = c->in.uid == c->fs->uid ? (uid_t)-1 : c->in.uid;
    *gid = c->in.gid == c->fs->gid ? (gid_t)-1 : c->in.gid;
    if (*gid != (gid_t)-1 && !fs_stat_node(c->fs, c->node, &parent) && parent.stx_mode & S_ISGID)
        *gid = (gid_t)-1; /* the directory's group, which the host has given it */
    return *uid != (uid_t)-1 || *gid != (gid_t)-1;
}

bool fs_give_owner(struct fs_call *c, struct fs_node *n)
{
    struct fs *fs = c->fs;
    struct target t;
    uid_t uid;
    gid_t gid;
    if (!fs_other_owner(c, &uid, &gid) || target(fs, n, NULL, &t))
        return false;
    change_owner(&t, uid, gid);
    if (t.mine)
        fs_close_fd(fs, t.fd);
    return true;
}
