/* The content of open files. See fs_server.h.
 *
 * Data moves between the guest's memory and the file in one system call, without a copy of ours;
 * what a write has answered is in the host's page cache, what FSYNC has answered on its disk.
 */
#include <errno.h>
#include <linux/fs.h>
#include <sys/statfs.h>

#include "fs_server.h"

#define PIECES 512

static struct fs_handle *file(struct fs_call *c, uint64_t fh)
{
    struct fs_handle *h = fs_handle(c->fs, fh);
    return h && !h->directory ? h : NULL;
}

/* preadv, pwritev or pwritev2 of n bytes at the cursor; bytes done, or -errno if none. */
static int64_t transfer(struct mon_buffer *b, int fd, long call, uint64_t n, uint64_t offset,
                        unsigned flags)
{
    struct iovec pieces[PIECES];
    int64_t done = 0;
    while (n) {
        unsigned count = mon_pieces(b, pieces, PIECES, n);
        long some = syscall(call, fd, pieces, count, offset, 0, flags);
        if (some < 0 && errno == EINTR)
            continue;
        if (some < 0)
            return done ? done : fs_errno();
        if (some == 0)
            break;
        mon_skip(b, (uint64_t)some);
        done += some;
        offset += (uint64_t)some;
        n -= (uint64_t)some;
    }
    return done;
}

/* Quotas are not seen here; a late EDQUOT is what a client has to live with. */
uint32_t fs_room(const struct fs *fs, int fd)
{
    struct statfs st;
    if (!fs->options.behind || fstatfs(fd, &st))
        return 0;
    uint64_t room = (uint64_t)st.f_bavail * (uint64_t)st.f_bsize >> 20;
    return room < UINT32_MAX ? (uint32_t)room : UINT32_MAX;
}

int fs_read(struct fs_call *c)
{
    struct fuse_read_in in;
    int error = FS_ARGS(c, in);
    if (error || (error = fs_end(c, in.size)))
        return error;
    struct fs_handle *h = file(c, in.fh);
    if (!h)
        return -EBADF;
    if (in.size > MON_FS_DATA || in.offset > INT64_MAX - (uint64_t)in.size)
        return -EINVAL;
    int64_t done = transfer(&c->out, h->fd, SYS_preadv, in.size, in.offset, 0);
    return done < 0 ? (int)done : 0;
}

int fs_write(struct fs_call *c)
{
    struct fuse_write_in in;
    struct fuse_write_out out = {0};
    int error = FS_ARGS(c, in);
    if (error)
        return error;
    /* The data is all that is left. */
    if (c->body.left != in.size || c->out.left < sizeof out || in.size > MON_FS_DATA ||
        in.offset > INT64_MAX - (uint64_t)in.size)
        return -EINVAL;
    struct fs_handle *h = file(c, in.fh);
    if (!h || !h->writable)
        return -EBADF;
    if (in.write_flags & FUSE_WRITE_KILL_SUIDGID)
        fs_kill_set_id(h->fd);
    /* Appending is the host's business, also against other programs; whether a write appends, the
     * request says, since F_SETFL changes it. What a cache writes back has a place. */
    bool append = in.flags & O_APPEND && !(in.write_flags & FUSE_WRITE_CACHE);
    int64_t done = append ? transfer(&c->body, h->fd, SYS_pwritev2, in.size, in.offset, RWF_APPEND)
                          : transfer(&c->body, h->fd, SYS_pwritev, in.size, in.offset, 0);
    if (done < 0)
        return (int)done;
    out.size = (uint32_t)done;
    out.padding = fs_room(c->fs, h->fd);
    return mon_put(&c->out, &out, sizeof out);
}

static int sync_handle(struct fs_call *c, bool directory)
{
    struct fuse_fsync_in in;
    int error = FS_ARGS(c, in);
    if (error || (error = fs_end(c, 0)))
        return error;
    struct fs_handle *h = fs_handle(c->fs, in.fh);
    if (!h || h->directory != directory)
        return -EBADF;
    bool data = in.fsync_flags & FUSE_FSYNC_FDATASYNC;
    return syscall(data ? SYS_fdatasync : SYS_fsync, h->fd) ? fs_errno() : 0;
}

int fs_fsync(struct fs_call *c)
{
    return sync_handle(c, false);
}

int fs_fsyncdir(struct fs_call *c)
{
    return sync_handle(c, true);
}

int fs_fallocate(struct fs_call *c)
{
    struct fuse_fallocate_in in;
    int error = FS_ARGS(c, in);
    if (error || (error = fs_end(c, 0)))
        return error;
    struct fs_handle *h = file(c, in.fh);
    if (!h || !h->writable)
        return -EBADF;
    if (in.offset > INT64_MAX || in.length > INT64_MAX)
        return -EINVAL;
    return syscall(SYS_fallocate, h->fd, in.mode, in.offset, in.length) ? fs_errno() : 0;
}

int fs_lseek(struct fs_call *c)
{
    struct fuse_lseek_in in;
    struct fuse_lseek_out out;
    int error = FS_ARGS(c, in);
    if (error || (error = fs_end(c, sizeof out)))
        return error;
    struct fs_handle *h = file(c, in.fh);
    if (!h)
        return -EBADF;
    /* All else the client knows itself. */
    if (in.whence != SEEK_DATA && in.whence != SEEK_HOLE)
        return -EINVAL;
    long at = syscall(SYS_lseek, h->fd, in.offset, in.whence);
    if (at < 0)
        return fs_errno();
    out.offset = (uint64_t)at;
    return mon_put(&c->out, &out, sizeof out);
}

int fs_copy_file_range(struct fs_call *c)
{
    struct fuse_copy_file_range_in in;
    struct fuse_write_out out = {0};
    int error = FS_ARGS(c, in);
    if (error || (error = fs_end(c, sizeof out)))
        return error;
    struct fs_handle *from = file(c, in.fh_in), *to = file(c, in.fh_out);
    if (!from || !to || !to->writable)
        return -EBADF;
    if (in.flags || in.off_in > INT64_MAX || in.off_out > INT64_MAX)
        return -EINVAL;
    int64_t at_in = (int64_t)in.off_in, at_out = (int64_t)in.off_out;
    uint64_t len = in.len < MON_FS_COPY ? in.len : MON_FS_COPY;
    long done = syscall(SYS_copy_file_range, from->fd, &at_in, to->fd, &at_out, len, 0);
    if (done < 0)
        return fs_errno();
    out.size = (uint32_t)done;
    return mon_put(&c->out, &out, sizeof out);
}
