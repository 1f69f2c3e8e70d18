/* Telling inotify what happens in the tree. */
#ifndef PITH_VFS_WATCH_H
#define PITH_VFS_WATCH_H

#include "vfs/inode.h"

/* IN_* of <linux/inotify.h>. */
#define WATCH_ACCESS 0x001u
#define WATCH_MODIFY 0x002u
#define WATCH_ATTRIB 0x004u
#define WATCH_CLOSE_WRITE 0x008u
#define WATCH_CLOSE_NOWRITE 0x010u
#define WATCH_OPEN 0x020u
#define WATCH_MOVED_FROM 0x040u
#define WATCH_MOVED_TO 0x080u
#define WATCH_CREATE 0x100u
#define WATCH_DELETE 0x200u
#define WATCH_DELETE_SELF 0x400u
#define WATCH_MOVE_SELF 0x800u

/* Something happened to d; 0 in a program without inotify. For the MOVED_* the cookie joins the
 * two halves. */
void watch_notify(struct dentry *d, u32 event, u32 cookie) WEAK;
/* Another call changed how many names i has; 0 in a program without inotify. */
void watch_links(struct inode *i) WEAK;

#endif
