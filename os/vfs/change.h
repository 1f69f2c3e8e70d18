/* Changing the tree by name: the checks that all such calls share (Linux's may_create and
 * may_delete), then the directory's op. */
#ifndef PITH_VFS_CHANGE_H
#define PITH_VFS_CHANGE_H

#include "vfs/path.h"

/* mknodat, mkdirat and symlinkat in one: makes an entry of the type in mode (permissions already
 * less the umask). target: kernel memory, of a symbolic link. A socket's owner may ask for the
 * inode in *out (referenced), else 0. */
int change_make(int dirfd, const char *user, u32 mode, u64 rdev, const char *target,
                struct inode **out);
/* unlinkat. */
int change_remove(int dirfd, const char *user, bool dir);

/* May an entry be made in / removed from the directory? 0 or -errno. */
int change_may_add(struct dentry *dir);
int change_may_remove(struct dentry *victim);

#endif
