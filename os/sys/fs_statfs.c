/* statfs(2), fstatfs(2). */
#include <asm/statfs.h>
#include <linux/fcntl.h>
#include <linux/magic.h>

#include "base/string.h"
#include "base/uaccess.h"
#include "sys/fs.h"
#include "vfs/path.h"

#define ST_RDONLY 1
#define ST_VALID 0x20
#define ST_RELATIME 0x1000

static long put(const struct dentry *d, void *user)
{
    struct statfs s;
    struct fs_space space = {.type = ANON_INODE_FS_MAGIC};
    struct super *fs = d ? d->inode->super : 0;
    if (fs) {
        space.type = fs->fixed ? PROC_SUPER_MAGIC : TMPFS_MAGIC;
        if (fs->space)
            fs->space(fs, &space);
    }
    memset(&s, 0, sizeof(s));
    s.f_type = (long)space.type;
    s.f_bsize = s.f_frsize = space.block_size ? (long)space.block_size : (long)PAGE_SIZE;
    s.f_blocks = (long)space.blocks;
    s.f_bfree = s.f_bavail = (long)space.free;
    if (space.available)
        s.f_bavail = (long)space.available;
    s.f_files = (long)space.files;
    s.f_ffree = (long)space.files_free;
    s.f_namelen = space.name_len ? (long)space.name_len : NAME_LEN;
    s.f_flags = ST_VALID | ST_RELATIME | (fs && fs->read_only ? ST_RDONLY : 0);
    if (fs)
        s.f_fsid.val[0] = (int)fs->dev;
    return USER_PUT((struct statfs *)user, &s);
}

long pith_sys_statfs(const char *path, void *user)
{
    struct walk w;
    long r = walk_user(&w, AT_FDCWD, path, WALK_FOLLOW);
    if (r == 0)
        r = put(w.dentry, user);
    walk_done(&w);
    return r;
}

long pith_sys_fstatfs(int fd, void *user)
{
    struct file *f = fd_file(fd);
    return f ? put(f->dentry, user) : -EBADF;
}
