/* getrandom(2): never blocks, so GRND_NONBLOCK changes nothing. */
#include "base/uaccess.h"
#include "dev/random.h"
#include "sys/misc.h"

#include <linux/random.h>

long pith_sys_getrandom(void *buf, size_t n, unsigned flags)
{
    if (flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE))
        return -EINVAL;
    if ((flags & (GRND_RANDOM | GRND_INSECURE)) == (GRND_RANDOM | GRND_INSECURE))
        return -EINVAL;
    n = MIN(n, 0x7ffffffful);
    size_t done = random_fill_user(buf, n);
    return done || !n ? (long)done : -EFAULT;
}
