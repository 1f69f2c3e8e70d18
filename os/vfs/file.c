/* Making and ending open files. */
#include "mem/alloc.h"
#include "vfs/epoll.h"
#include "vfs/file.h"
#include "vfs/lock.h"

struct file *file_new(const struct file_ops *ops, u32 flags, void *priv)
{
    struct file *f = mem_alloc(sizeof(*f));
    if (!f)
        return 0;
    f->ops = ops;
    f->flags = flags;
    f->refs = 1;
    f->priv = priv;
    f->drop = file_drop;
    list_init(&f->epolls);
    return f;
}

void file_drop(struct file *f)
{
    if (!list_empty(&f->epolls) && epoll_forget)
        epoll_forget(f);
    if (lock_file_closed)
        lock_file_closed(f);
    if (f->ops->release)
        f->ops->release(f);
    mem_free(f);
}
