/* mmap (Linux mmap(2)). */
#include "mem/vma.h"
#include "sys/mem.h"
#include "vfs/file.h"

#include <asm-generic/fcntl.h>
#include <asm-generic/mman-common.h>
#include <linux/mman.h>

#define TYPE(flags) ((flags)&0x0f)

static long map_file(u64 addr, u64 len, u32 prot, u32 flags, int fd, u64 offset)
{
    struct file *f = fd_file(fd);
    if (!f || f->flags & O_PATH)
        return -EBADF;
    u32 access = f->flags & O_ACCMODE;
    if (access == O_WRONLY)
        return -EACCES;
    if (TYPE(flags) != MAP_PRIVATE && prot & PROT_WRITE && access != O_RDWR)
        return -EACCES;
    if (!f->ops->mmap)
        return -ENODEV;
    if (TYPE(flags) != MAP_PRIVATE && access != O_RDWR)
        flags |= MAP_DENYWRITE;
    struct mem_object *object;
    int err = f->ops->mmap(f, &object);
    return err ? err : vma_map_object(addr, len, prot, flags, object, offset);
}

long pith_sys_mmap(u64 addr, u64 len, u32 prot, u32 flags, int fd, u64 offset)
{
    if (offset & ~PAGE_MASK)
        return -EINVAL;
    u32 type = TYPE(flags);
    if (!(flags & MAP_ANONYMOUS)) {
        struct file *f = fd_file(fd);
        if (!f)
            return -EBADF;
    }
    if (!len)
        return -EINVAL;
    if (type != MAP_SHARED && type != MAP_PRIVATE && type != MAP_SHARED_VALIDATE)
        return -EINVAL;
    if (offset + PAGE_UP(len) < offset)
        return -EOVERFLOW;
    if (flags & MAP_HUGETLB)
        return -ENOMEM; /* as on a Linux with no huge pages set aside */
    if (prot & PROT_EXEC && vma_exec() < 0)
        return -EACCES;           /* data is never executable */
    flags &= ~(u32)MAP_DENYWRITE; /* ignored by Linux; vma_map's sign of a read-only file */
    if (type == MAP_SHARED_VALIDATE)
        flags = (flags & ~0x0fu) | MAP_SHARED;
    if (!(flags & MAP_ANONYMOUS))
        return map_file(addr, len, prot, flags, fd, offset);
    return vma_map(addr, len, prot, flags, NULL, 0);
}
