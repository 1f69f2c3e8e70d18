/* inotify(7): watches on inodes, events in a queue for reading. */
#ifndef PITH_VFS_INOTIFY_H
#define PITH_VFS_INOTIFY_H

#include "vfs/inode.h"

/* A new instance as a file, or 0. flags: O_NONBLOCK. */
struct file *inotify_new(u32 flags);
bool inotify_is(const struct file *f);
/* The watch descriptor, or -errno. mask as inotify_add_watch's. */
int inotify_watch(struct file *f, struct inode *i, u32 mask);
int inotify_unwatch(struct file *f, int wd);

#endif
