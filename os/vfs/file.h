/* Open files and descriptors: what a file type must offer, and the table of numbers.
 *
 * A program that opens no path still has descriptors 0-2; so this header and vfs/fd.c know
 * nothing of paths, directories or file systems (vfs/path.h, vfs/inode.h do).
 */
#ifndef PITH_VFS_FILE_H
#define PITH_VFS_FILE_H

#include "base/types.h"
#include "sched/thread.h"

struct stat; /* Linux x86-64 struct stat, <asm/stat.h> */
struct mem_object;

/* Where data of one read or write comes from or goes to: user memory, in pieces. */
struct iter {
    const struct iovec_os *vec; /* checked copy or user's single buffer in `one` */
    unsigned nvec;
    size_t skip;   /* bytes done in vec[0] */
    size_t left;   /* bytes left in all */
};
struct iovec_os {
    void *base;
    size_t len;
};
/* Moves n <= left bytes between the OS and the user's memory; bytes moved, or -EFAULT if none. */
ssize_t iter_put(struct iter *it, const void *src, size_t n); /* to the user (read) */
ssize_t iter_get(struct iter *it, void *dst, size_t n);       /* from the user (write) */
ssize_t iter_zero(struct iter *it, size_t n);
/* The next contiguous piece without moving: its address, *n = its length (<= left). */
void *iter_peek(const struct iter *it, size_t *n);
void iter_skip(struct iter *it, size_t n);

struct file;
/* What a type of open file does. A null member means the call is not possible on it: read and
 * write -EINVAL, ioctl -ENOTTY, seek -ESPIPE, mmap -ENODEV, readdir -ENOTDIR, truncate -EINVAL,
 * fsync -EINVAL; poll null = always readable and writable, and epoll refuses it (-EPERM).
 * read/write: pos is 0 for streams; return bytes, 0 = end of file, or -errno; they may sleep
 * unless O_NONBLOCK is in file->flags (then -EAGAIN). An interrupted sleep is -ERESTARTSYS. */
struct file_ops {
    ssize_t (*read)(struct file *f, struct iter *it, loff_t *pos);
    ssize_t (*write)(struct file *f, struct iter *it, loff_t *pos);
    /* Ready events (EPOLL* bits); if w is not 0 it is added to the queue(s) that tell changes. */
    u32 (*poll)(struct file *f, struct waiter *w);
    long (*ioctl)(struct file *f, unsigned cmd, unsigned long arg);
    loff_t (*seek)(struct file *f, loff_t off, int whence);
    int (*stat)(struct file *f, struct stat *st);
    int (*truncate)(struct file *f, loff_t size);
    int (*fsync)(struct file *f, bool data_only);
    int (*mmap)(struct file *f, struct mem_object **out);
    void (*release)(struct file *f); /* last reference gone */
    /* Text for /proc/self/fd/N where the file has no path, as "pipe:[5]"; may be 0. */
    void (*describe)(struct file *f, char *buf, size_t size);
};

struct file {
    const struct file_ops *ops;
    u32 flags;  /* O_ACCMODE, O_APPEND, O_NONBLOCK, O_SYNC, O_DIRECT, O_PATH, O_DIRECTORY ... */
    u32 refs;
    loff_t pos;
    void *priv;         /* of the type */
    struct dentry *dentry; /* the name it was opened by, or 0 (vfs/path.h) */
    struct list epolls; /* of vfs/epoll: entries that watch it; a list head always initialised */
};

/* A new file with one reference, or 0. ops->release is called when file_put drops the last. */
struct file *file_new(const struct file_ops *ops, u32 flags, void *priv);
void file_get(struct file *f);
void file_put(struct file *f);

/* Lowest free descriptor >= min gets f (its reference moves into the table): the number, or
 * -EMFILE (the caller still owns f). */
int fd_install(struct file *f, int min, bool cloexec);
/* The file behind a descriptor, not referenced: valid until the caller sleeps; use file_get to
 * hold it longer. 0 if not open. O_PATH files are given too. */
struct file *fd_file(int fd);
int fd_close(int fd); /* 0 or -EBADF, or what release-time flush said */
/* dup2's work; closes what was there. */
int fd_replace(int fd, struct file *f, bool cloexec);
bool fd_cloexec(int fd);
void fd_set_cloexec(int fd, bool on);
/* The lowest open descriptor >= fd, or -1. */
int fd_next(int fd);
extern unsigned fd_limit; /* RLIMIT_NOFILE soft; default 1024 */

/* The console behind descriptors 0, 1, 2 (os/dev/console.c): the ops of one stream. */
extern const struct file_ops console_ops;

#endif
