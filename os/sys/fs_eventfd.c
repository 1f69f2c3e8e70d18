/* eventfd(2), eventfd2(2). */
#include "sys/fs.h"
#include "vfs/eventfd.h"

long pith_sys_eventfd2(unsigned count, unsigned flags)
{
    if (flags & ~(unsigned)(EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC))
        return -EINVAL;
    return fd_publish(eventfd_new(count, flags), flags & EFD_CLOEXEC);
}

long pith_sys_eventfd(unsigned count)
{
    return pith_sys_eventfd2(count, 0);
}
