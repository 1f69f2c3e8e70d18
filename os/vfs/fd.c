/* The table of descriptors, and descriptors 0 to 2: all that a program needs that only reads and
 * writes its console.
 *
 * The table begins as a small static array and is filled at first use from what the host has
 * open; fd_install.c makes it grow. The three console files are static: they are never freed.
 */
#include <linux/fcntl.h>

#include "base/host.h"
#include "vfs/file.h"

#define FD_INITIAL 16

static uintptr_t fd_initial[FD_INITIAL];
static struct file fd_console[3];

uintptr_t *fd_table;
unsigned fd_size;
unsigned fd_lowest;

void fd_setup(void)
{
    if (fd_size)
        return;
    fd_table = fd_initial;
    fd_size = FD_INITIAL;
    for (unsigned i = 0; i < 3; i++) {
        struct file *f = &fd_console[i];
        u32 how = host_boot->stdio[i].flags & (PITH_STDIO_READ | PITH_STDIO_WRITE);
        if (!host_boot->stdio[i].mode)
            continue;
        f->ops = &console_ops;
        f->flags = how == PITH_STDIO_READ ? O_RDONLY : how == PITH_STDIO_WRITE ? O_WRONLY : O_RDWR;
        f->refs = 1;
        f->priv = (void *)(uintptr_t)i;
        list_init(&f->epolls);
        fd_table[i] = (uintptr_t)f;
    }
}

struct file *fd_file(int fd)
{
    if (unlikely((unsigned)fd >= fd_size)) {
        fd_setup();
        if ((unsigned)fd >= fd_size)
            return 0;
    }
    return (struct file *)(fd_table[fd] & ~(uintptr_t)1);
}

struct file *fd_open_file(int fd)
{
    struct file *f = fd_file(fd);
    return f && !(f->flags & O_PATH) ? f : 0;
}
