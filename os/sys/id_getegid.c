/* getegid(2). */
#include "sys/id.h"

long pith_sys_getegid(void)
{
    return id_cred ? id_cred()->group.effective : host_boot->egid;
}
