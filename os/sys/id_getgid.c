/* getgid(2). */
#include "sys/id.h"

long pith_sys_getgid(void)
{
    return id_cred ? id_cred()->group.real : host_boot->gid;
}
