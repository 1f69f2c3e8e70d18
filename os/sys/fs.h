/* The system calls about files, as the C library calls them: Linux's arguments, results and
 * errno values (negative). Pointers are the program's own and may be wild.
 */
#ifndef PITH_SYS_FS_H
#define PITH_SYS_FS_H

#include "base/types.h"
#include "vfs/file.h"

/* descriptors */
long pith_sys_read(int fd, void *buf, size_t n);
long pith_sys_write(int fd, const void *buf, size_t n);
long pith_sys_pread64(int fd, void *buf, size_t n, loff_t pos);
long pith_sys_pwrite64(int fd, const void *buf, size_t n, loff_t pos);
long pith_sys_readv(int fd, const void *vec, unsigned long n);
long pith_sys_writev(int fd, const void *vec, unsigned long n);
long pith_sys_preadv(int fd, const void *vec, unsigned long n, loff_t pos, long high);
long pith_sys_pwritev(int fd, const void *vec, unsigned long n, loff_t pos, long high);
long pith_sys_preadv2(int fd, const void *vec, unsigned long n, loff_t pos, long high, int flags);
long pith_sys_pwritev2(int fd, const void *vec, unsigned long n, loff_t pos, long high, int flags);
long pith_sys_lseek(int fd, loff_t off, int whence);
long pith_sys_close(int fd);
long pith_sys_close_range(unsigned first, unsigned last, unsigned flags);
long pith_sys_dup(int fd);
long pith_sys_dup2(int from, int to);
long pith_sys_dup3(int from, int to, int flags);
long pith_sys_fcntl(int fd, unsigned cmd, unsigned long arg);
long pith_sys_ioctl(int fd, unsigned cmd, unsigned long arg);
long pith_sys_fstat(int fd, struct stat *user);
long pith_sys_flock(int fd, int op);

#endif
