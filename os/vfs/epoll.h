/* What others must know of epoll: a file that ends leaves every interest list. */
#ifndef PITH_VFS_EPOLL_H
#define PITH_VFS_EPOLL_H

#include "vfs/file.h"

void epoll_forget(struct file *f) WEAK; /* 0 in a program without epoll */

#endif
