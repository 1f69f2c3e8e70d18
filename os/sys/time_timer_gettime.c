/* timer_gettime(2), timer_getoverrun(2). */
#include "base/uaccess.h"
#include "sys/time_posix_timer.h"

long pith_sys_timer_gettime(int id, struct time_ispec *user)
{
    struct posix_timer *t = posix_timer(id);
    struct time_ispec now;
    if (!t)
        return -EINVAL;
    periodic_get(&t->periodic, &now);
    return USER_PUT(user, &now);
}

long pith_sys_timer_getoverrun(int id)
{
    struct posix_timer *t = posix_timer(id);
    return t ? t->overrun : -EINVAL;
}
