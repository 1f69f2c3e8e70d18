/* getgroups(2), setgroups(2). At first they are those that the host tells. */
#include "base/uaccess.h"
#include "mem/alloc.h"
#include "sys/id.h"

#define NGROUPS_MAX 65536

static u32 *groups;
static int count;

/* The host's list stands in read-only memory and is never freed. */
static bool own;

static void begin(void)
{
    if (own)
        return;
    groups = (u32 *)host_boot->groups;
    count = (int)host_boot->ngroups;
}

bool id_in_group(u32 gid)
{
    begin();
    for (int i = 0; i < count; i++)
        if (groups[i] == gid)
            return true;
    return false;
}

long pith_sys_getgroups(int n, u32 *list)
{
    begin();
    if (n < 0 || (n && n < count))
        return -EINVAL;
    if (n && user_copy(list, groups, (size_t)count * sizeof(*list)))
        return -EFAULT;
    return count;
}

long pith_sys_setgroups(u64 n, const u32 *list)
{
    if (pith_sys_geteuid() != 0)
        return -EPERM;
    if (n > NGROUPS_MAX)
        return -EINVAL;
    u32 *copy = n ? mem_alloc(n * sizeof(*copy)) : NULL;
    if (n && !copy)
        return -ENOMEM;
    if (user_copy(copy, list, n * sizeof(*copy))) {
        mem_free(copy);
        return -EFAULT;
    }
    if (own)
        mem_free(groups);
    own = true;
    groups = copy;
    count = (int)n;
    return 0;
}
