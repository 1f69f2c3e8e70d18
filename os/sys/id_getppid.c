/* getppid(2): the parent lies outside, as for the first process of a container. */
#include "sys/id.h"

long pith_sys_getppid(void)
{
    return 0;
}
