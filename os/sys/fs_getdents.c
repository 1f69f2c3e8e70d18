/* getdents64(2), and getdents(2) with its older record. */
#include <linux/stat.h>

#include "base/string.h"
#include "base/uaccess.h"
#include "sys/fs.h"
#include "vfs/inode.h"

struct out {
    struct dir_sink sink;
    char *buf;
    size_t left, done;
    bool old;
    int error;
};

/* struct linux_dirent64: ino, off, reclen, type, name; struct linux_dirent: ino, off, reclen,
 * name, and the type in the last byte. */
static bool add(struct dir_sink *s, const char *name, size_t len, u64 ino, unsigned type,
                loff_t next)
{
    struct out *o = container_of(s, struct out, sink);
    struct {
        u64 ino;
        s64 off;
        u16 reclen;
        u8 type;
        char name[261];
    } __attribute__((packed)) d;
    size_t head = o->old ? 18 : 19;
    size_t size = ROUND_UP(head + len + (o->old ? 2 : 1), sizeof(long));
    if (size > o->left) {
        if (!o->done)
            o->error = -EINVAL;
        return false;
    }
    memset(&d, 0, sizeof(d));
    d.ino = ino;
    d.off = next;
    d.reclen = (u16)size;
    d.type = (u8)(type >> 12);
    memcpy((char *)&d + head, name, len);
    if (o->old) {
        ((char *)&d)[head + len] = 0;
        ((char *)&d)[size - 1] = (char)(type >> 12);
    }
    if (user_copy(o->buf, &d, size) < 0) {
        o->error = -EFAULT;
        return false;
    }
    o->buf += size;
    o->left -= size;
    o->done += size;
    return true;
}

static long get(int fd, void *buf, unsigned size, bool old)
{
    struct file *f = fd_open_file(fd);
    struct out o = {{add}, buf, size, 0, old, 0};
    if (!f)
        return -EBADF;
    if (!f->ops->readdir)
        return -ENOTDIR;
    if (f->dentry && f->dentry->flags & DENTRY_DEAD)
        return -ENOENT;
    file_get(f);
    int r = f->ops->readdir(f, &o.sink);
    file_put(f);
    return o.done ? (long)o.done : o.error ? o.error : r;
}

long pith_sys_getdents64(int fd, void *buf, unsigned size)
{
    return get(fd, buf, size, false);
}

long pith_sys_getdents(int fd, void *buf, unsigned size)
{
    return get(fd, buf, size, true);
}
