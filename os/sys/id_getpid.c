/* getpid(2): what the host chose at boot. */
#include "sys/id.h"

long pith_sys_getpid(void)
{
    return (long)host_boot->pid;
}
