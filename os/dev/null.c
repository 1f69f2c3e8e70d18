/* /dev/null, /dev/zero, /dev/full: see null(4), zero(4), full(4). */
#include <asm/stat.h>
#include <linux/stat.h>

#include "dev/mem_devices.h"
#include "vfs/inode.h"

int mem_device_stat(struct file *f, struct stat *st)
{
    inode_stat(f->dentry->inode, st);
    return 0;
}

loff_t mem_device_seek(struct file *f, loff_t off, int whence)
{
    (void)off;
    (void)whence;
    return f->pos = 0;
}

ssize_t mem_device_swallow(struct file *f, struct iter *it, loff_t *pos)
{
    (void)f;
    size_t n = it->left;
    if (n)
        iter_skip(it, n);
    *pos = 0;
    return (ssize_t)n;
}

static ssize_t read_nothing(struct file *f, struct iter *it, loff_t *pos)
{
    (void)f;
    (void)it;
    (void)pos;
    return 0;
}

static ssize_t read_zeros(struct file *f, struct iter *it, loff_t *pos)
{
    (void)f;
    (void)pos;
    return iter_zero(it, it->left);
}

static ssize_t write_full(struct file *f, struct iter *it, loff_t *pos)
{
    (void)f;
    (void)pos;
    (void)it;
    return -ENOSPC;
}

static const struct file_ops null_ops = {
    .read = read_nothing,
    .write = mem_device_swallow,
    .seek = mem_device_seek,
    .stat = mem_device_stat,
};
static const struct file_ops zero_ops = {
    .read = read_zeros,
    .write = mem_device_swallow,
    .seek = mem_device_seek,
    .stat = mem_device_stat,
    .mmap = mem_device_mmap_zero,
    .release = mem_device_release_zero,
};
static const struct file_ops full_ops = {
    .read = read_zeros,
    .write = write_full,
    .seek = mem_device_seek,
    .stat = mem_device_stat,
};

const struct chrdev dev_null = {"null", 1, 3, 0666, &null_ops, 0};
const struct chrdev dev_zero = {"zero", 1, 5, 0666, &zero_ops, 0};
const struct chrdev dev_full = {"full", 1, 7, 0666, &full_ops, 0};
