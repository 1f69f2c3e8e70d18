/* umask(2). */
#include "sys/fs.h"
#include "vfs/path.h"

long pith_sys_umask(u32 mask)
{
    u32 old = path_umask();
    path_umask_set = (mask & 0777) + 1;
    return old;
}
