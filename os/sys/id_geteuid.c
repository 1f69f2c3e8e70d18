/* geteuid(2). */
#include "sys/id.h"

long pith_sys_geteuid(void)
{
    return id_cred ? id_cred()->user.effective : host_boot->euid;
}
