/* What stat says of files that lie in no file system. */
#include <asm/stat.h>

#include "base/host.h"
#include "base/string.h"
#include "sched/timer.h"
#include "vfs/cred.h"
#include "vfs/file.h"

u64 file_anon_ino(void)
{
    static u64 last = 1000;
    return ++last;
}

loff_t file_noop_seek(struct file *f, loff_t off, int whence)
{
    (void)off;
    (void)whence;
    return f->pos;
}

void file_anon_stat(struct stat *st, u32 mode, u64 ino)
{
    nsec_t now = time_real();
    memset(st, 0, sizeof(*st));
    st->st_dev = 12;
    st->st_ino = ino;
    st->st_mode = mode;
    st->st_nlink = 1;
    st->st_uid = cred_uid();
    st->st_gid = cred_gid();
    st->st_blksize = PAGE_SIZE;
    st->st_atime = st->st_mtime = st->st_ctime = now / NSEC_PER_SEC;
    st->st_atime_nsec = st->st_mtime_nsec = st->st_ctime_nsec = now % NSEC_PER_SEC;
}
