/* Changing an inode's attributes, with the checks of chmod(2), chown(2) and utimensat(2). */
#ifndef PITH_VFS_SETATTR_H
#define PITH_VFS_SETATTR_H

#include "vfs/path.h"

int setattr_mode(struct dentry *d, u32 mode);
/* ~0: unchanged. */
int setattr_owner(struct dentry *d, u32 uid, u32 gid);
/* times: two struct timespec of the program with UTIME_NOW and UTIME_OMIT, or 0 for now. */
int setattr_times(struct dentry *d, const s64 times[4]);
/* A walk's end, for attributes: files without a name have none that could change. */
static inline int setattr_target(const struct walk *w)
{
    return w->dentry ? 0 : -EPERM;
}

#endif
