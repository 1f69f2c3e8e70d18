/* getuid(2). */
#include "sys/id.h"

long pith_sys_getuid(void)
{
    return id_cred ? id_cred()->user.real : host_boot->uid;
}
