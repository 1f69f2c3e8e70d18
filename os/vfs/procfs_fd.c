/* /proc/self/fd and fdinfo: the open descriptors as links to what they are open on. */
#include <linux/stat.h>

#include "base/string.h"
#include "vfs/path.h"
#include "vfs/procfs.h"

static int show_link(struct text *t, long fd)
{
    struct file *f = fd_file((int)fd);
    if (!f)
        return -ENOENT;
    if (f->dentry) {
        char *buf = name_get();
        if (!buf)
            return -ENOMEM;
        const char *p = dentry_path(f->dentry, buf, PATH_SIZE, true, 0);
        if (p)
            text_raw(t, p, str_len(p));
        name_put(buf);
        return p ? 0 : -ENAMETOOLONG;
    }
    char name[64] = "anon_inode:[file]";
    if (f->ops == &console_ops)
        str_format(name, sizeof(name), "/dev/std%s",
                   f->priv == 0           ? "in"
                   : f->priv == (void *)1 ? "out"
                                          : "err");
    else if (f->ops->describe)
        f->ops->describe(f, name, sizeof(name));
    text_raw(t, name, str_len(name));
    return 0;
}

static int follow(struct walk *w, long fd)
{
    struct file *f = fd_file((int)fd);
    if (!f)
        return -ENOENT;
    if (f->dentry) {
        dentry_get(f->dentry);
        w->dentry = f->dentry;
    } else {
        file_get(f);
        w->file = f;
    }
    return 0;
}

static int show_info(struct text *t, long fd)
{
    struct file *f = fd_file((int)fd);
    if (!f)
        return -ENOENT;
    text_add(t, "pos:\t%ld\nflags:\t0%o\nmnt_id:\t1\n", (long)f->pos,
             f->flags | (fd_cloexec((int)fd) ? 02000000u : 0));
    return 0;
}

const struct generated proc_fd_files[] = {
    {"PID/fd/N", S_IFLNK | 0700, show_link, 0, follow},
    {"PID/fdinfo/N", S_IFREG | 0444, show_info, 0, 0},
    {0},
};
