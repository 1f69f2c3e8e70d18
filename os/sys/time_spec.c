/* From struct timespec to nanoseconds: see sys/time.h. */
#include "sys/time.h"

int time_from_spec(const struct time_spec *t, u64 *ns)
{
    if (t->sec < 0 || (u64)t->nsec >= NSEC_PER_SEC)
        return -EINVAL;
    if ((u64)t->sec >= NEVER / 2 / NSEC_PER_SEC)
        *ns = NEVER / 2;
    else
        *ns = (u64)t->sec * NSEC_PER_SEC + (u64)t->nsec;
    return 0;
}
