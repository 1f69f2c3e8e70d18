/* Who may do what with an inode: the classic nine bits. Root passes, except for executing what
 * nobody may execute. */
#include <linux/stat.h>

#include "vfs/cred.h"
#include "vfs/inode.h"

int inode_permission_as(struct inode *i, int mask, u32 uid, u32 gid)
{
    if ((mask & MAY_WRITE) && i->super->read_only &&
        (S_ISREG(i->mode) || S_ISDIR(i->mode) || S_ISLNK(i->mode)))
        return -EROFS;
    if (uid == 0) {
        if ((mask & MAY_EXEC) && !S_ISDIR(i->mode) && !(i->mode & 0111))
            return -EACCES;
        return 0;
    }
    u32 bits = i->mode;
    if (uid == i->uid)
        bits >>= 6;
    else if (gid == i->gid || (id_in_group && id_in_group(i->gid)))
        bits >>= 3;
    return ((u32)mask & ~bits & 7) ? -EACCES : 0;
}

int inode_permission(struct inode *i, int mask)
{
    return inode_permission_as(i, mask, cred_uid(), cred_gid());
}

int inode_owner_check(struct inode *i)
{
    u32 uid = cred_uid();
    return uid == 0 || uid == i->uid ? 0 : -EPERM;
}
