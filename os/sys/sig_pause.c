/* pause(2). */
#include "sys/sig.h"

static long wait(void)
{
    while (!signal_interrupts())
        sched_sleep(NEVER, true);
    return -EINTR;
}

long pith_sys_pause(void)
{
    SYS_RETURN(wait());
}
