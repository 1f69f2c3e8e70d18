/* Inodes: birth, times, end. */
#include <asm/stat.h>
#include <linux/stat.h>

#include "base/string.h"
#include "sched/timer.h"
#include "vfs/cred.h"
#include "vfs/inode.h"

struct time_os inode_now(void)
{
    nsec_t now = time_real();
    return (struct time_os){(s64)(now / NSEC_PER_SEC), (u32)(now % NSEC_PER_SEC)};
}

u64 inode_next_ino(void)
{
    static u64 last = 1;
    return ++last;
}

void inode_init(struct inode *i, struct super *s, u32 mode)
{
    i->super = s;
    i->ino = inode_next_ino();
    i->mode = mode;
    i->nlink = S_ISDIR(mode) ? 2 : 1;
    i->uid = cred_uid();
    i->gid = cred_gid();
    i->refs = 1;
    i->next_cookie = 2; /* 0 and 1 are "." and ".." */
    i->atime = i->mtime = i->ctime = i->btime = inode_now();
    list_init(&i->children);
}

void inode_put(struct inode *i)
{
    ASSERT(i->refs);
    if (--i->refs == 0 && i->ops->release)
        i->ops->release(i);
}

static bool not_before(struct time_os a, struct time_os b)
{
    return a.sec > b.sec || (a.sec == b.sec && a.nsec >= b.nsec);
}

void inode_touch(struct inode *i, unsigned what)
{
    if (i->super->read_only || i->super->remote)
        return;
    if (what == TOUCH_ATIME) {
        /* relatime: only if it is not newer than a change, or a day old. */
        if (!not_before(i->mtime, i->atime) && !not_before(i->ctime, i->atime)) {
            nsec_t now = time_real();
            if ((s64)(now / NSEC_PER_SEC) - i->atime.sec < 24 * 3600)
                return;
        }
        i->atime = inode_now();
        return;
    }
    struct time_os now = inode_now();
    if (what & TOUCH_ATIME)
        i->atime = now;
    if (what & TOUCH_MTIME)
        i->mtime = i->ctime = now;
    if (what & TOUCH_CTIME)
        i->ctime = now;
}

void inode_stat(struct inode *i, struct stat *st)
{
    if (i->ops->refresh)
        i->ops->refresh(i);
    memset(st, 0, sizeof(*st));
    st->st_dev = i->super->dev;
    st->st_ino = i->ino;
    st->st_nlink = i->nlink;
    st->st_mode = i->mode;
    st->st_uid = i->uid;
    st->st_gid = i->gid;
    st->st_rdev = i->rdev;
    st->st_size = i->size;
    st->st_blksize = PAGE_SIZE;
    st->st_blocks = (long)i->blocks;
    st->st_atime = (unsigned long)i->atime.sec;
    st->st_atime_nsec = i->atime.nsec;
    st->st_mtime = (unsigned long)i->mtime.sec;
    st->st_mtime_nsec = i->mtime.nsec;
    st->st_ctime = (unsigned long)i->ctime.sec;
    st->st_ctime_nsec = i->ctime.nsec;
}
