/* Who the program is, as permission checks of files see it: what the host said at boot, unless
 * the identity calls (setuid, setgroups, ...) are linked and say otherwise. */
#ifndef PITH_VFS_CRED_H
#define PITH_VFS_CRED_H

#include "base/host.h"

/* Of the identity calls; 0 in a program that never changes who it is. */
u32 id_fsuid(void) WEAK;
u32 id_fsgid(void) WEAK;
bool id_in_group(u32 gid) WEAK; /* one of the supplementary groups */

static inline u32 cred_uid(void)
{
    return id_fsuid ? id_fsuid() : host_boot->euid;
}
static inline u32 cred_gid(void)
{
    return id_fsgid ? id_fsgid() : host_boot->egid;
}
static inline bool cred_in_group(u32 gid)
{
    return gid == cred_gid() || (id_in_group && id_in_group(gid));
}

#endif
