/* clock_gettime(2). */
#include "base/uaccess.h"
#include "sys/time.h"

long pith_sys_clock_gettime(int clock, struct time_spec *user)
{
    u64 ns;
    int err = time_clock(clock, &ns);
    if (err)
        return err;
    struct time_spec t = time_to_spec(ns);
    return USER_PUT(user, &t);
}
