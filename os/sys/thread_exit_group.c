/* exit_group (Linux exit_group(2)): the end of the guest. */
#include "base/host.h"
#include "sys/thread.h"

void pith_sys_exit_group(int status)
{
    host_exit(status);
}
