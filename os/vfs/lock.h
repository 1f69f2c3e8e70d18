/* Advisory locks: fcntl record locks (of the process), OFD locks and flock (of an open file).
 *
 * All threads share one owner for record locks, so those never conflict with each other; locks
 * of open files do, with each other and with the process's.
 */
#ifndef PITH_VFS_LOCK_H
#define PITH_VFS_LOCK_H

#include "vfs/file.h"

/* Hooks of closing; 0 in a program that never locks. */
void lock_fd_closed(struct file *f) WEAK;
void lock_file_closed(struct file *f) WEAK;

/* fcntl's F_GETLK, F_SETLK, F_SETLKW and the OFD ones; user is struct flock of the program. */
long lock_fcntl(struct file *f, int cmd, void *user);
/* flock's work; op is LOCK_SH, LOCK_EX or LOCK_UN, perhaps with LOCK_NB. */
long lock_flock(struct file *f, int op);

#endif
