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

/* names */
struct statx;
struct open_how;
long pith_sys_open(const char *path, u32 flags, u32 mode);
long pith_sys_openat(int dirfd, const char *path, u32 flags, u32 mode);
long pith_sys_creat(const char *path, u32 mode);
long pith_sys_openat2(int dirfd, const char *path, const struct open_how *user, size_t size);
long pith_sys_stat(const char *path, struct stat *user);
long pith_sys_lstat(const char *path, struct stat *user);
long pith_sys_newfstatat(int dirfd, const char *path, struct stat *user, unsigned flags);
long pith_sys_statx(int dirfd, const char *path, unsigned flags, unsigned mask, struct statx *user);
long pith_sys_access(const char *path, int mode);
long pith_sys_faccessat(int dirfd, const char *path, int mode);
long pith_sys_faccessat2(int dirfd, const char *path, int mode, unsigned flags);
long pith_sys_mkdir(const char *path, u32 mode);
long pith_sys_mkdirat(int dirfd, const char *path, u32 mode);
long pith_sys_unlink(const char *path);
long pith_sys_unlinkat(int dirfd, const char *path, unsigned flags);
long pith_sys_rmdir(const char *path);
long pith_sys_rename(const char *old, const char *new);
long pith_sys_renameat(int old_fd, const char *old, int new_fd, const char *new);
long pith_sys_renameat2(int old_fd, const char *old, int new_fd, const char *new, unsigned flags);
long pith_sys_link(const char *old, const char *new);
long pith_sys_linkat(int old_fd, const char *old, int new_fd, const char *new, unsigned flags);
long pith_sys_symlink(const char *target, const char *path);
long pith_sys_symlinkat(const char *target, int dirfd, const char *path);
long pith_sys_readlink(const char *path, char *buf, int size);
long pith_sys_readlinkat(int dirfd, const char *path, char *buf, int size);
long pith_sys_mknod(const char *path, u32 mode, u64 dev);
long pith_sys_mknodat(int dirfd, const char *path, u32 mode, u64 dev);
long pith_sys_chmod(const char *path, u32 mode);
long pith_sys_fchmod(int fd, u32 mode);
long pith_sys_fchmodat(int dirfd, const char *path, u32 mode);
long pith_sys_fchmodat2(int dirfd, const char *path, u32 mode, unsigned flags);
long pith_sys_chown(const char *path, u32 uid, u32 gid);
long pith_sys_lchown(const char *path, u32 uid, u32 gid);
long pith_sys_fchown(int fd, u32 uid, u32 gid);
long pith_sys_fchownat(int dirfd, const char *path, u32 uid, u32 gid, unsigned flags);
long pith_sys_truncate(const char *path, loff_t size);
long pith_sys_ftruncate(int fd, loff_t size);
long pith_sys_fallocate(int fd, int mode, loff_t off, loff_t len);
long pith_sys_utimensat(int dirfd, const char *path, const void *times, unsigned flags);
long pith_sys_futimesat(int dirfd, const char *path, const void *times);
long pith_sys_utimes(const char *path, const void *times);
long pith_sys_utime(const char *path, const void *times);
long pith_sys_getdents(int fd, void *buf, unsigned size);
long pith_sys_getdents64(int fd, void *buf, unsigned size);
long pith_sys_getcwd(char *buf, size_t size);
long pith_sys_chdir(const char *path);
long pith_sys_fchdir(int fd);
long pith_sys_chroot(const char *path);
long pith_sys_umask(u32 mask);
long pith_sys_statfs(const char *path, void *user);
long pith_sys_fstatfs(int fd, void *user);

/* streams and waiting */
long pith_sys_pipe(int *user);
long pith_sys_pipe2(int *user, u32 flags);
long pith_sys_eventfd(unsigned count);
long pith_sys_eventfd2(unsigned count, unsigned flags);

struct pollfd;
struct epoll_event;
long pith_sys_poll(struct pollfd *user, unsigned long n, int timeout);
long pith_sys_ppoll(struct pollfd *user, unsigned long n, void *timeout, const void *set,
                    size_t size);
long pith_sys_select(int nfds, void *in, void *out, void *ex, void *timeout);
long pith_sys_pselect6(int nfds, void *in, void *out, void *ex, void *timeout, const void *sig);
long pith_sys_epoll_create(int size);
long pith_sys_epoll_create1(unsigned flags);
long pith_sys_epoll_ctl(int epfd, int op, int fd, const struct epoll_event *user);
long pith_sys_epoll_wait(int epfd, struct epoll_event *user, int max, int timeout);
long pith_sys_epoll_pwait(int epfd, struct epoll_event *user, int max, int timeout, const void *set,
                          size_t size);
long pith_sys_epoll_pwait2(int epfd, struct epoll_event *user, int max, const void *timeout,
                           const void *set, size_t size);

/* contents */
long pith_sys_sync(void);
long pith_sys_syncfs(int fd);
long pith_sys_fsync(int fd);
long pith_sys_fdatasync(int fd);
long pith_sys_sync_file_range(int fd, loff_t off, loff_t len, unsigned flags);
long pith_sys_fadvise64(int fd, loff_t off, loff_t len, int advice);
long pith_sys_readahead(int fd, loff_t off, size_t n);
long pith_sys_sendfile(int out_fd, int in_fd, loff_t *user, size_t n);
long pith_sys_copy_file_range(int in_fd, loff_t *in_user, int out_fd, loff_t *out_user, size_t n,
                              unsigned flags);
long pith_sys_splice(int in_fd, loff_t *in_user, int out_fd, loff_t *out_user, size_t n,
                     unsigned flags);
long pith_sys_tee(int in_fd, int out_fd, size_t n, unsigned flags);
long pith_sys_vmsplice(int fd, const void *vec, unsigned long n, unsigned flags);
long pith_sys_inotify_init(void);
long pith_sys_inotify_init1(unsigned flags);
long pith_sys_inotify_add_watch(int fd, const char *path, u32 mask);
long pith_sys_inotify_rm_watch(int fd, int wd);
long pith_sys_memfd_create(const char *user, unsigned flags);

long pith_sys_getxattr(const char *path, const char *name, void *buf, size_t size);
long pith_sys_lgetxattr(const char *path, const char *name, void *buf, size_t size);
long pith_sys_fgetxattr(int fd, const char *name, void *buf, size_t size);
long pith_sys_setxattr(const char *path, const char *name, void *buf, size_t size, int flags);
long pith_sys_lsetxattr(const char *path, const char *name, void *buf, size_t size, int flags);
long pith_sys_fsetxattr(int fd, const char *name, void *buf, size_t size, int flags);
long pith_sys_removexattr(const char *path, const char *name);
long pith_sys_lremovexattr(const char *path, const char *name);
long pith_sys_fremovexattr(int fd, const char *name);
long pith_sys_listxattr(const char *path, void *buf, size_t size);
long pith_sys_llistxattr(const char *path, void *buf, size_t size);
long pith_sys_flistxattr(int fd, void *buf, size_t size);

/* what is not there; their further arguments are not looked at */
long pith_sys_mount(void);
long pith_sys_umount2(void);
long pith_sys_pivot_root(void);
long pith_sys_name_to_handle_at(void);

#endif
