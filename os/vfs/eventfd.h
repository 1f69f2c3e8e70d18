/* Event counters. */
#ifndef PITH_VFS_EVENTFD_H
#define PITH_VFS_EVENTFD_H

#include <linux/fcntl.h>

#include "vfs/file.h"

/* <sys/eventfd.h>; older kernel headers have no file for them. */
#define EFD_SEMAPHORE 1u
#define EFD_NONBLOCK O_NONBLOCK
#define EFD_CLOEXEC O_CLOEXEC

/* flags: EFD_SEMAPHORE, EFD_NONBLOCK. 0: no memory. */
struct file *eventfd_new(u64 count, unsigned flags);

#endif
