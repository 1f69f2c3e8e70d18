/* capget(2), capset(2). Inside the guest root has every capability, as far as there is something
 * to be capable of; what it drops it does not get back. */
#include "base/string.h"
#include "base/uaccess.h"
#include "sys/id.h"

#include <linux/capability.h>

#define ALL ((1ull << (CAP_LAST_CAP + 1)) - 1)

struct caps {
    u64 effective, permitted, inheritable;
};
static struct caps now;
static bool known;

static struct caps *caps(void)
{
    if (!known && pith_sys_geteuid() == 0)
        now.effective = now.permitted = ALL;
    known = true;
    return &now;
}

/* The number of 32-bit words of the version the program speaks, or -errno. */
static int words(struct __user_cap_header_struct *h, void *header, bool null_data)
{
    u32 newest = _LINUX_CAPABILITY_VERSION_3;
    if (USER_GET(h, (struct __user_cap_header_struct *)header))
        return -EFAULT;
    if (h->version == _LINUX_CAPABILITY_VERSION_1)
        return 1;
    if (h->version == _LINUX_CAPABILITY_VERSION_2 || h->version == _LINUX_CAPABILITY_VERSION_3)
        return 2;
    if (user_copy(header, &newest, sizeof(newest)))
        return -EFAULT;
    return null_data ? 0 : -EINVAL;
}

long pith_sys_capget(void *header, void *data)
{
    struct __user_cap_header_struct h;
    struct __user_cap_data_struct d[2];
    int n = words(&h, header, !data);
    if (n <= 0 || !data)
        return MIN(n, 0);
    if (h.pid < 0)
        return -EINVAL;
    if (!id_is_self(h.pid))
        return -ESRCH;
    struct caps *c = caps();
    for (int i = 0; i < 2; i++) {
        d[i].effective = (u32)(c->effective >> (32 * i));
        d[i].permitted = (u32)(c->permitted >> (32 * i));
        d[i].inheritable = (u32)(c->inheritable >> (32 * i));
    }
    return user_copy(data, d, (size_t)n * sizeof(d[0]));
}

long pith_sys_capset(void *header, const void *data)
{
    struct __user_cap_header_struct h;
    struct __user_cap_data_struct d[2];
    int n = words(&h, header, false);
    if (n < 0)
        return n;
    if (!id_is_self(h.pid))
        return -EPERM;
    memset(d, 0, sizeof(d));
    if (user_copy(d, data, (size_t)n * sizeof(d[0])))
        return -EFAULT;
    struct caps *c = caps();
    struct caps want = {(d[0].effective | (u64)d[1].effective << 32) & ALL,
                        (d[0].permitted | (u64)d[1].permitted << 32) & ALL,
                        (d[0].inheritable | (u64)d[1].inheritable << 32) & ALL};
    if (want.permitted & ~c->permitted || want.effective & ~want.permitted ||
        want.inheritable & ~(c->inheritable | c->permitted))
        return -EPERM;
    *c = want;
    return 0;
}
