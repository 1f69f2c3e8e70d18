/* What select and ppoll leave of their timeout, as Linux writes it back. */
#include "base/uaccess.h"
#include "sched/timer.h"
#include "vfs/pollset.h"

void poll_put_rest(void *user, nsec_t deadline, bool usec)
{
    nsec_t now = time_mono();
    nsec_t rest = deadline > now ? deadline - now : 0;
    u64 t[2] = {rest / NSEC_PER_SEC, rest % NSEC_PER_SEC / (usec ? 1000 : 1)};
    if (user && deadline != NEVER)
        (void)USER_PUT((u64(*)[2])user, &t); /* read-only memory is the program's own choice */
}
