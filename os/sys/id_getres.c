/* getresuid(2), getresgid(2). */
#include "base/uaccess.h"
#include "sys/id.h"

static long put(u32 real, u32 effective, u32 saved, u32 *r, u32 *e, u32 *s)
{
    if (USER_PUT(r, &real) || USER_PUT(e, &effective) || USER_PUT(s, &saved))
        return -EFAULT;
    return 0;
}

long pith_sys_getresuid(u32 *ruid, u32 *euid, u32 *suid)
{
    if (id_cred) {
        struct id_set *u = &id_cred()->user;
        return put(u->real, u->effective, u->saved, ruid, euid, suid);
    }
    return put(host_boot->uid, host_boot->euid, host_boot->euid, ruid, euid, suid);
}

long pith_sys_getresgid(u32 *rgid, u32 *egid, u32 *sgid)
{
    if (id_cred) {
        struct id_set *g = &id_cred()->group;
        return put(g->real, g->effective, g->saved, rgid, egid, sgid);
    }
    return put(host_boot->gid, host_boot->egid, host_boot->egid, rgid, egid, sgid);
}
