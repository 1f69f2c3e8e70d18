/* process_vm_readv(2), process_vm_writev(2): of the process's own memory, which programs read so
 * to find out without a fault whether it is there. */
#include "base/uaccess.h"
#include "sys/id.h"
#include "sys/misc_process.h"
#include "vfs/rw.h"

static long copy(struct iter *dst, struct iter *src)
{
    ssize_t done = 0;
    while (dst->left && src->left) {
        size_t n;
        void *piece = iter_peek(src, &n);
        ssize_t moved = iter_put(dst, piece, MIN(n, dst->left));
        if (moved <= 0)
            return done ? done : moved;
        iter_skip(src, (size_t)moved);
        done += moved;
    }
    return done;
}

static long move(const void *to, u64 nto, const void *from, u64 nfrom)
{
    struct iter dst, src;
    struct iovec_copy dst_copy, src_copy;
    long ret = iovec_import(&dst, &dst_copy, to, nto);
    if (ret)
        return ret;
    ret = iovec_import(&src, &src_copy, from, nfrom);
    if (!ret) {
        ret = copy(&dst, &src);
        iovec_done(&src_copy);
    }
    iovec_done(&dst_copy);
    return ret;
}

static long check(int pid, u64 flags)
{
    if (flags)
        return -EINVAL;
    return pid > 0 && id_is_self(pid) ? 0 : -ESRCH;
}

long pith_sys_process_vm_readv(int pid, const void *local, u64 nlocal, const void *remote,
                               u64 nremote, u64 flags)
{
    long err = check(pid, flags);
    return err ? err : move(local, nlocal, remote, nremote);
}

long pith_sys_process_vm_writev(int pid, const void *local, u64 nlocal, const void *remote,
                                u64 nremote, u64 flags)
{
    long err = check(pid, flags);
    return err ? err : move(remote, nremote, local, nlocal);
}
