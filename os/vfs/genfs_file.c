/* An open generated file: its text is made when it is read from the start, and kept so that the
 * reads after the first see one state. */
#include <asm/stat.h>

#include "base/string.h"
#include "mem/alloc.h"
#include "vfs/genfs.h"

int genfs_stat(struct file *f, struct stat *st)
{
    inode_stat(f->dentry->inode, st);
    return 0;
}

static int make_text(struct file *f)
{
    const struct gen_inode *n = gen_inode(f->dentry->inode);
    struct text *t = f->priv;
    if (!n->entry->show)
        return -EINVAL;
    if (!t)
        t = f->priv = mem_alloc(sizeof(*t));
    if (!t)
        return -ENOMEM;
    t->len = 0;
    t->failed = false;
    int r = n->entry->show(t, n->arg);
    return t->failed ? -ENOMEM : r;
}

static ssize_t gen_read(struct file *f, struct iter *it, loff_t *pos)
{
    if (*pos == 0 || !f->priv) {
        int r = make_text(f);
        if (r < 0)
            return r;
    }
    struct text *t = f->priv;
    if (*pos >= (loff_t)t->len)
        return 0;
    ssize_t got = iter_put(it, t->buf + *pos, MIN(it->left, t->len - (size_t)*pos));
    if (got > 0)
        *pos += got;
    return got;
}

static ssize_t gen_write(struct file *f, struct iter *it, loff_t *pos)
{
    const struct gen_inode *n = gen_inode(f->dentry->inode);
    if (!n->entry->store)
        return -EINVAL;
    char *buf = mem_pages(1);
    if (!buf)
        return -ENOMEM;
    ssize_t got = iter_get(it, buf, MIN(it->left, PAGE_SIZE - 1));
    int r = got < 0 ? 0 : n->entry->store(buf, (size_t)got, n->arg);
    mem_pages_free(buf, 1);
    if (r < 0)
        return r;
    if (got > 0)
        *pos += got;
    return got;
}

static loff_t gen_seek(struct file *f, loff_t off, int whence)
{
    if (whence == 1)
        off += f->pos;
    else if (whence != 0)
        return -EINVAL;
    if (off < 0)
        return -EINVAL;
    f->pos = off;
    return off;
}

static int gen_truncate(struct file *f, loff_t size)
{
    (void)f;
    (void)size;
    return 0; /* O_TRUNC of `echo 1 > file` */
}

static void gen_release(struct file *f)
{
    struct text *t = f->priv;
    if (t)
        mem_free(t->buf);
    mem_free(t);
}

const struct file_ops genfs_leaf_fops = {
    .read = gen_read,
    .write = gen_write,
    .seek = gen_seek,
    .stat = genfs_stat,
    .truncate = gen_truncate,
    .release = gen_release,
};
