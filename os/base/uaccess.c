/* Checked access to the program's memory: see base/uaccess.h. The instructions that may fault are
 * in uaccess_copy.S. */
#include "base/uaccess.h"

size_t user_copy_raw(void *dst, const void *src, size_t n);
size_t user_zero_raw(void *dst, size_t n);
int user_probe_raw(const void *p, int write);

/* Addresses beyond the canonical lower half raise a general protection fault, which names no
 * address; they are refused here instead. */
#define USER_END 0x0000800000000000ull

static bool beyond(const void *p, size_t n)
{
    return n > USER_END || (u64)p > USER_END - n;
}

size_t user_copy_partial(void *dst, const void *src, size_t n)
{
    if (beyond(dst, n) || beyond(src, n))
        return 0;
    return n - user_copy_raw(dst, src, n);
}

int user_copy(void *dst, const void *src, size_t n)
{
    return user_copy_partial(dst, src, n) == n ? 0 : -EFAULT;
}

int user_zero(void *dst, size_t n)
{
    return !beyond(dst, n) && user_zero_raw(dst, n) == 0 ? 0 : -EFAULT;
}

int user_touch(const void *p, size_t n, bool write)
{
    if (beyond(p, n))
        return -EFAULT;
    u64 end = (u64)p + n;
    for (u64 at = (u64)p; at < end; at = ROUND_DOWN(at, PAGE_SIZE) + PAGE_SIZE)
        if (user_probe_raw((const void *)at, write))
            return -EFAULT;
    return 0;
}
