/* Giving out descriptors: the lowest free number, as POSIX demands, below the limit. */
#include "base/host.h"
#include "base/string.h"
#include "mem/alloc.h"
#include "vfs/file.h"

#define NOFILE 7 /* RLIMIT_NOFILE */

unsigned fd_limit = 1024;

/* The table is there, and the limit what the host told, unless it has been changed. */
void fd_limit_begin(void)
{
    static bool begun;
    fd_setup();
    if (!begun && host_boot->nrlimits > NOFILE)
        fd_limit = (unsigned)((const struct pith_rlimit *)host_boot->rlimits)[NOFILE].soft;
    begun = true;
}

static int fd_grow(unsigned fd)
{
    unsigned size = MAX(fd_size * 2, ROUND_UP(fd + 1, 64u));
    uintptr_t *t = mem_alloc(size * sizeof(*t));
    if (!t)
        return -ENOMEM;
    memcpy(t, fd_table, fd_size * sizeof(*t));
    static bool allocated;
    if (allocated)
        mem_free(fd_table);
    allocated = true;
    fd_table = t;
    fd_size = size;
    return 0;
}

int fd_install(struct file *f, int min, bool cloexec)
{
    fd_limit_begin();
    if (min < 0 || (unsigned)min >= fd_limit)
        return min ? -EINVAL : -EMFILE;
    unsigned from = MAX((unsigned)min, fd_lowest), fd = from;
    while (fd < fd_size && fd_table[fd])
        fd++;
    if (fd >= fd_limit)
        return -EMFILE;
    if (fd >= fd_size && fd_grow(fd) < 0)
        return -ENOMEM;
    fd_table[fd] = (uintptr_t)f | cloexec;
    if (from == fd_lowest)
        fd_lowest = fd + 1;
    return (int)fd;
}

int fd_room(void)
{
    fd_limit_begin();
    unsigned fd = fd_lowest;
    while (fd < fd_size && fd_table[fd])
        fd++;
    fd_lowest = fd;
    return fd >= fd_limit ? -EMFILE : 0;
}

int fd_publish(struct file *f, bool cloexec)
{
    if (!f)
        return -ENOMEM;
    int fd = fd_install(f, 0, cloexec);
    if (fd < 0)
        file_put(f);
    return fd;
}

int fd_replace(int fd, struct file *f, bool cloexec)
{
    fd_limit_begin();
    if (fd < 0 || (unsigned)fd >= fd_limit)
        return -EBADF;
    if ((unsigned)fd >= fd_size && fd_grow((unsigned)fd) < 0)
        return -ENOMEM;
    if (fd_table[fd])
        fd_close(fd);
    fd_table[fd] = (uintptr_t)f | cloexec;
    return fd;
}
