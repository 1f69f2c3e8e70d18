/* mount(2), umount2(2), pivot_root(2): the tree's shape is the link's and the monitor's to say;
 * the program is to it as a user without CAP_SYS_ADMIN. */
#include "sys/fs.h"

long pith_sys_mount(void)
{
    return -EPERM;
}

long pith_sys_umount2(void)
{
    return -EPERM;
}

long pith_sys_pivot_root(void)
{
    return -EPERM;
}

/* name_to_handle_at(2): these file systems have no handles. */
long pith_sys_name_to_handle_at(void)
{
    return -EOPNOTSUPP;
}
