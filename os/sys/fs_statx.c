/* statx(2). */
#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "base/string.h"
#include "base/uaccess.h"
#include "sys/fs.h"
#include "vfs/path.h"

static struct statx_timestamp stamp(unsigned long sec, unsigned long nsec)
{
    return (struct statx_timestamp){.tv_sec = (s64)sec, .tv_nsec = (u32)nsec};
}

static void convert(struct statx *x, const struct stat *st)
{
    memset(x, 0, sizeof(*x));
    x->stx_mask = STATX_BASIC_STATS;
    x->stx_blksize = (u32)st->st_blksize;
    x->stx_nlink = (u32)st->st_nlink;
    x->stx_uid = st->st_uid;
    x->stx_gid = st->st_gid;
    x->stx_mode = (u16)st->st_mode;
    x->stx_ino = st->st_ino;
    x->stx_size = (u64)st->st_size;
    x->stx_blocks = (u64)st->st_blocks;
    x->stx_atime = stamp(st->st_atime, st->st_atime_nsec);
    x->stx_mtime = stamp(st->st_mtime, st->st_mtime_nsec);
    x->stx_ctime = stamp(st->st_ctime, st->st_ctime_nsec);
    x->stx_rdev_major = (u32)(st->st_rdev >> 8 & 0xfff);
    x->stx_rdev_minor = (u32)((st->st_rdev & 0xff) | (st->st_rdev >> 12 & ~0xffu));
    x->stx_dev_major = (u32)(st->st_dev >> 8 & 0xfff);
    x->stx_dev_minor = (u32)((st->st_dev & 0xff) | (st->st_dev >> 12 & ~0xffu));
}

long pith_sys_statx(int dirfd, const char *path, unsigned flags, unsigned mask, struct statx *user)
{
    struct walk w;
    struct stat st;
    struct statx x;
    if (flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH |
                            AT_STATX_SYNC_TYPE) ||
        (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE || mask & STATX__RESERVED)
        return -EINVAL;
    int r = walk_user(&w, dirfd, path,
                      (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
                          (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0));
    if (r == 0) {
        if (w.file)
            r = w.file->ops->stat ? w.file->ops->stat(w.file, &st) : -EBADF;
        else
            inode_stat(w.dentry->inode, &st);
    }
    if (r == 0) {
        convert(&x, &st);
        if (w.dentry) {
            const struct inode *i = w.dentry->inode;
            if (!i->super->remote) { /* FUSE has no time of birth */
                x.stx_mask |= STATX_BTIME;
                x.stx_btime = stamp((unsigned long)i->btime.sec, i->btime.nsec);
            }
            x.stx_attributes_mask = STATX_ATTR_MOUNT_ROOT;
            if (w.dentry->flags & DENTRY_MOUNT)
                x.stx_attributes = STATX_ATTR_MOUNT_ROOT;
        }
    }
    walk_done(&w);
    return r < 0 ? r : USER_PUT(user, &x);
}
