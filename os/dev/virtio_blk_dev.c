/* /dev/vda and so on: a disk as a file. Reading and writing goes straight to the disk, nothing is
 * kept; what is not a whole sector is read, changed and written. A disk that holds a mounted file
 * system can be read only. */
#include <asm/ioctls.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/stat.h>

#include "base/string.h"
#include "base/uaccess.h"
#include "dev/mem_devices.h"
#include "dev/virtio_blk.h"
#include "mem/alloc.h"
#include "vfs/mount.h"
#include "vfs/ramfs.h"

#define MAJOR 254u /* as Linux gives virtio-blk where nothing else has taken it */
#define MINORS 16u /* each disk's, most of them for partitions */
#define BUFFER 16u /* pages */

static struct disk *disk_in(struct file *f)
{
    return f->priv;
}

/* A piece of the program's memory that the disk can take as it is, or 0. */
static size_t straight(struct iter *it, u64 pos, bool write)
{
    size_t len;
    void *p = iter_peek(it, &len);
    len = ROUND_DOWN(MIN(len, 1ul << 20), DISK_SECTOR);
    if (pos % DISK_SECTOR || !len || user_touch(p, len, !write) < 0)
        return 0;
    return len;
}

static ssize_t through(struct disk *d, struct iter *it, u64 pos, u8 *buf, size_t want, bool write)
{
    u64 start = ROUND_DOWN(pos, DISK_SECTOR);
    size_t off = pos - start, n = MIN(want, BUFFER * PAGE_SIZE - off);
    size_t all = ROUND_UP(off + n, DISK_SECTOR);
    bool whole = !off && n == all;
    int err = write && whole ? 0 : disk_io(d, false, start, buf, all);
    if (err < 0)
        return err;
    ssize_t got = write ? iter_get(it, buf + off, n) : iter_put(it, buf + off, n);
    if (write && got > 0)
        err = disk_io(d, true, start, buf, ROUND_UP(off + (size_t)got, 512));
    return err < 0 ? err : got;
}

static ssize_t move(struct file *f, struct iter *it, loff_t *pos, bool write)
{
    struct disk *d = disk_in(f);
    u64 size = disk_size(d);
    size_t done = 0;
    ssize_t got = 0;
    if (*pos < 0)
        return -EINVAL;
    if (write && (u64)*pos >= size)
        return it->left ? -ENOSPC : 0;
    u8 *buf = mem_pages(BUFFER);
    if (!buf)
        return -ENOMEM;
    while (it->left && (u64)*pos < size) {
        size_t want = MIN(it->left, size - (u64)*pos), n;
        size_t piece = MIN(straight(it, (u64)*pos, write), ROUND_DOWN(want, DISK_SECTOR));
        void *p = iter_peek(it, &n);
        if (piece) {
            got = disk_io(d, write, (u64)*pos, p, piece);
            got = got < 0 ? got : (ssize_t)piece;
            if (got > 0)
                iter_skip(it, piece);
        } else {
            got = through(d, it, (u64)*pos, buf, want, write);
        }
        if (got <= 0)
            break;
        *pos += got;
        done += (size_t)got;
    }
    mem_pages_free(buf, BUFFER);
    if (write && done && f->flags & (O_DSYNC | __O_SYNC)) {
        int err = disk_flush(d);
        if (err < 0)
            return err;
    }
    return done ? (ssize_t)done : got;
}

static ssize_t disk_file_read(struct file *f, struct iter *it, loff_t *pos)
{
    return move(f, it, pos, false);
}

static ssize_t disk_file_write(struct file *f, struct iter *it, loff_t *pos)
{
    return move(f, it, pos, true);
}

static loff_t disk_file_seek(struct file *f, loff_t off, int whence)
{
    loff_t size = (loff_t)disk_size(disk_in(f));
    if (whence == SEEK_DATA || whence == SEEK_HOLE) {
        if (off < 0 || off >= size)
            return -ENXIO;
        off = whence == SEEK_HOLE ? size : off; /* all of it counts as data */
    } else if (__builtin_add_overflow(whence == SEEK_CUR   ? f->pos
                                      : whence == SEEK_END ? size
                                                           : 0,
                                      off, &off)) {
        return -EINVAL;
    }
    return off < 0 ? -EINVAL : (f->pos = off);
}

static int disk_file_fsync(struct file *f, bool data_only)
{
    (void)data_only;
    return disk_flush(disk_in(f));
}

static long put(unsigned long arg, u64 value, size_t size)
{
    return user_copy((void *)arg, &value, size);
}

static long clear(struct file *f, unsigned long arg, bool zero)
{
    u64 range[2];
    if (!file_writable(f))
        return -EBADF;
    if (user_copy(range, (void *)arg, sizeof(range)) < 0)
        return -EFAULT;
    if (range[0] > disk_size(disk_in(f)) || range[1] > disk_size(disk_in(f)) - range[0])
        return -EINVAL;
    return disk_clear(disk_in(f), range[0], range[1], zero);
}

static long disk_file_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
    struct disk *d = disk_in(f);
    switch (cmd) {
    case BLKGETSIZE64:
        return put(arg, disk_size(d), 8);
    case BLKGETSIZE:
        return put(arg, disk_size(d) / DISK_SECTOR, 8);
    case BLKSSZGET:
        return put(arg, DISK_SECTOR, 4);
    case BLKPBSZGET:
    case BLKBSZGET:
        return put(arg, PAGE_SIZE, 4);
    case BLKROGET:
        return put(arg, disk_read_only(d), 4);
    case BLKFLSBUF:
        return disk_flush(d);
    case BLKDISCARD:
        return clear(f, arg, false);
    case BLKZEROOUT:
        return clear(f, arg, true);
    default:
        return -ENOTTY;
    }
}

const struct file_ops disk_file_ops = {
    .read = disk_file_read,
    .write = disk_file_write,
    .seek = disk_file_seek,
    .stat = mem_device_stat,
    .fsync = disk_file_fsync,
    .ioctl = disk_file_ioctl,
};

static int open_disk(struct inode *i, struct file *f)
{
    struct disk *d = disk_get((unsigned)(i->rdev & 0xff) / MINORS);
    if (!d)
        return -ENXIO;
    if (file_writable(f) && disk_read_only(d))
        return -EACCES;
    if (file_writable(f) && disk_claimed(d))
        return -EBUSY;
    f->ops = &disk_file_ops;
    f->priv = d;
    return 0;
}

static struct inode_ops node_ops; /* of ramfs, but for opening */

const char *disk_name(const struct pith_device *d)
{
    static const char names[][9] = {"/dev/vda", "/dev/vdb", "/dev/vdc", "/dev/vdd",
                                    "/dev/vde", "/dev/vdf", "/dev/vdg", "/dev/vdh"};
    return names[disk_number(disk_of(d)) % ARRAY_SIZE(names)];
}

void disk_nodes(struct dentry *dev)
{
    char name[4] = "vda";
    node_ops = ramfs_special_ops;
    node_ops.open = open_disk;
    for (unsigned n = 0; disk_get(n); n++, name[2]++) {
        struct inode *i =
            ramfs_inode(dev->inode->super, S_IFBLK | 0660, MAJOR << 8 | n * MINORS, 0);
        if (!i)
            return; /* an absent node is an honest -ENOENT */
        i->ops = &node_ops;
        i->uid = i->gid = 0;
        if (ramfs_add(dev, name, 3, i) < 0)
            inode_put(i);
    }
}
