/* clock_getres(2). All clocks tell nanoseconds; the coarse ones are not coarser here, but a
 * program may wait for a tick of them, so they promise what Linux (CONFIG_HZ=250) does. */
#include "base/uaccess.h"
#include "sys/time.h"

#include <linux/time.h>

long pith_sys_clock_getres(int clock, struct time_spec *user)
{
    u64 ns;
    int err = time_clock(clock, &ns);
    if (err)
        return err;
    bool coarse = clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE;
    struct time_spec t = {0, coarse ? 4000000 : 1};
    return user ? USER_PUT(user, &t) : 0;
}
