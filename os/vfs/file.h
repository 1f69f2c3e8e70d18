/* Open files and descriptors: what a file type must offer, and the table of numbers.
 *
 * A program that opens no path still has descriptors 0-2; so this header and vfs/fd.c know
 * nothing of paths, directories or file systems (vfs/path.h, vfs/inode.h do).
 *
 * Rules
 *  - fd_file gives no reference: whoever may sleep takes one (file_get) before and drops it
 *    (file_put) after, because another thread may close the descriptor meanwhile.
 *  - The last file_put runs ops->release and frees the file; it may not sleep.
 */
#ifndef PITH_VFS_FILE_H
#define PITH_VFS_FILE_H

#include "base/types.h"
#include "sched/thread.h"

struct stat; /* Linux x86-64 struct stat, <asm/stat.h> */
struct mem_object;

/* A sleep that a signal ended; the call is made again or ends as -EINTR (sys/restart.h). */
#define ERESTARTSYS 512

/* No read or write moves more (Linux: MAX_RW_COUNT). */
#define FILE_RW_MAX 0x7ffff000ul

/* ---- Where data of one read or write comes from or goes to: user memory, in pieces. ---- */
struct iovec_os {
    void *base;
    size_t len;
};
struct iter {
    const struct iovec_os *vec; /* checked copy, or `one` */
    unsigned nvec;
    size_t skip; /* bytes done in vec[0] */
    size_t left; /* bytes left in all */
    struct iovec_os one;
};
/* One buffer of the program (or of the OS: addresses do not differ). Not copyable afterwards. */
#define USER_END 0x7ffffffff000ul /* no address of a program lies past it (TASK_SIZE_MAX) */
static inline bool iter_wild(const void *base, size_t len)
{
    return len > USER_END || (u64)base > USER_END - len;
}
static inline void iter_one(struct iter *it, const void *base, size_t len)
{
    it->one.base = (void *)base;
    it->one.len = it->left = MIN(len, FILE_RW_MAX);
    it->vec = &it->one;
    it->nvec = 1;
    it->skip = 0;
}
/* Moves n <= left bytes between the OS and the user's memory; bytes moved, or -EFAULT if none. */
ssize_t iter_put(struct iter *it, const void *src, size_t n); /* to the user (read) */
ssize_t iter_get(struct iter *it, void *dst, size_t n);       /* from the user (write) */
ssize_t iter_zero(struct iter *it, size_t n);
/* The next contiguous piece without moving: its address, *n = its length (<= left). */
void *iter_peek(const struct iter *it, size_t *n);
void iter_skip(struct iter *it, size_t n);

/* ---- Directory entries on their way to the program. ---- */
struct dir_sink {
    /* One entry; `next` is the position from which reading goes on after it. False: no room,
     * the entry was not taken. */
    bool (*add)(struct dir_sink *s, const char *name, size_t len, u64 ino, unsigned type,
                loff_t next);
};

struct file;
/* A range of bytes and the type of the lock on it: F_RDLCK, F_WRLCK, F_UNLCK. */
struct lock_range {
    loff_t start, end; /* inclusive */
    int type, pid;
};
/* What a type of open file does. A null member means the call is not possible on it: read and
 * write -EINVAL, ioctl -ENOTTY, seek -ESPIPE, mmap -ENODEV, readdir -ENOTDIR, truncate -EINVAL,
 * fsync -EINVAL, fallocate -ENODEV; poll null = always readable and writable, and epoll refuses
 * it (-EPERM).
 * read/write: *pos is where, and is moved on; it is meaningless for streams. They return bytes,
 * 0 = end of file, or -errno; they may sleep unless O_NONBLOCK is in file->flags (then -EAGAIN).
 * An interrupted sleep is -ERESTARTSYS. O_APPEND is the type's to obey. */
struct file_ops {
    ssize_t (*read)(struct file *f, struct iter *it, loff_t *pos);
    ssize_t (*write)(struct file *f, struct iter *it, loff_t *pos);
    /* Ready events (EPOLL* bits); if w is not 0 it is added to the queue that tells changes. */
    u32 (*poll)(struct file *f, struct waiter *w);
    long (*ioctl)(struct file *f, unsigned cmd, unsigned long arg);
    /* The new position, which the type also stores in f->pos. A type that can seek can pread. */
    loff_t (*seek)(struct file *f, loff_t off, int whence);
    int (*stat)(struct file *f, struct stat *st);
    int (*truncate)(struct file *f, loff_t size);
    int (*fallocate)(struct file *f, int mode, loff_t off, loff_t len);
    int (*fsync)(struct file *f, bool data_only);
    /* fcntl commands that only this type knows (pipe sizes, seals); null: -EINVAL. */
    long (*fcntl)(struct file *f, unsigned cmd, unsigned long arg);
    int (*mmap)(struct file *f, struct mem_object **out);
    /* Hands out entries from f->pos on and moves it; 0 or -errno. */
    int (*readdir)(struct file *f, struct dir_sink *sink);
    /* A descriptor of it is closed: what close(2) is to return. May be 0. */
    int (*flush)(struct file *f);
    /* Advisory locks that others than this program must see (<linux/fuse.h>, FUSE_SETLK): op is
     * F_GETLK (fills *l), F_SETLK; `flock`: it is a lock by flock(2). Null: there are no others.
     * 0, -EAGAIN or another error; never waits for a lock. */
    int (*lock)(struct file *f, int op, const void *owner, struct lock_range *l, bool flock);
    /* copy_file_range between two files of one super; -EOPNOTSUPP: it is copied here. */
    ssize_t (*copy)(struct file *in, loff_t from, struct file *out, loff_t to, size_t n);
    void (*release)(struct file *f); /* last reference gone */
    /* Opening it again by /proc/self/fd: prepares `again`, a copy with other flags, for which
     * release will be called too. Null: possible only if release is null as well. */
    int (*reopen)(struct file *f, struct file *again);
    /* Text for /proc/self/fd/N where the file has no path, as "pipe:[5]"; may be 0. */
    void (*describe)(struct file *f, char *buf, size_t size);
};

struct file {
    const struct file_ops *ops;
    u32 flags; /* O_ACCMODE, O_APPEND, O_NONBLOCK, O_SYNC, O_DIRECT, O_PATH, O_DIRECTORY ... */
    u32 refs;
    loff_t pos;
    void *priv;                   /* of the type; of console_ops: the stream's number, 0 to 2 */
    struct dentry *dentry;        /* the name it was opened by, or 0 (vfs/path.h) */
    struct list epolls;           /* of vfs/epoll: entries that watch it */
    void (*drop)(struct file *f); /* what the last file_put calls; 0: the file is static */
    int owner;                    /* F_SETOWN */
};

/* A new file with one reference, or 0. ops->release is called when file_put drops the last. */
struct file *file_new(const struct file_ops *ops, u32 flags, void *priv);
static inline void file_get(struct file *f)
{
    f->refs++;
}
static inline void file_put(struct file *f)
{
    if (--f->refs == 0 && f->drop)
        f->drop(f);
}
/* What file_new sets as drop: leaves epolls and locks, ops->release, frees. */
void file_drop(struct file *f);

static inline bool file_readable(const struct file *f)
{
    return (f->flags & 3 /* O_ACCMODE */) != 1 /* O_WRONLY */;
}
static inline bool file_writable(const struct file *f)
{
    return (f->flags & 3) == 1 || (f->flags & 3) == 2;
}

/* ---- Descriptors ---- */

/* Lowest free descriptor >= min gets f (its reference moves into the table): the number, or
 * -EMFILE, -ENOMEM (the caller still owns f), -EINVAL for min out of range. */
int fd_install(struct file *f, int min, bool cloexec);
/* 0 or -EMFILE: asked first by calls that must change nothing when there is no descriptor. */
int fd_room(void);
/* fd_install for a file just made: on failure its reference is dropped. f may be 0: -ENOMEM. */
int fd_publish(struct file *f, bool cloexec);
/* The file behind a descriptor, not referenced: valid until the caller sleeps; use file_get to
 * hold it longer. 0 if not open. O_PATH files are given too. */
struct file *fd_file(int fd);
/* The same without O_PATH files: for all calls that do not act on the name alone. */
struct file *fd_open_file(int fd);
int fd_close(int fd); /* 0 or -EBADF, or what release-time flush said */
/* dup2's work; closes what was there. f's reference moves into the table. fd or -errno (then the
 * caller still owns f). */
int fd_replace(int fd, struct file *f, bool cloexec);
bool fd_cloexec(int fd);
void fd_set_cloexec(int fd, bool on);
/* The lowest open descriptor >= fd, or -1. */
int fd_next(int fd);
extern unsigned fd_limit;  /* RLIMIT_NOFILE soft; what the host told, or 1024 */
void fd_limit_begin(void); /* before it is changed */

/* Of fd.c, for its neighbours: entries are file pointers, bit 0 set for close-on-exec. */
extern uintptr_t *fd_table;
extern unsigned fd_size;   /* entries in fd_table; 0 before first use (fd_setup) */
extern unsigned fd_lowest; /* no descriptor below is free */
void fd_setup(void);

/* The console behind descriptors 0, 1, 2 (os/dev/console.c): the ops of one stream. */
extern const struct file_ops console_ops;

/* Files that live only in the OS (pipes, eventfds, ...) have inode numbers from one counter. */
u64 file_anon_ino(void);
/* Fills *st for such a file: mode, ino, one link, the process's ids, block size 4096. */
void file_anon_stat(struct stat *st, u32 mode, u64 ino);
/* ops->seek of files that have no position but, on Linux, accept being sought. */
loff_t file_noop_seek(struct file *f, loff_t off, int whence);

#endif
