/* membarrier(2). With one virtual CPU every switch of threads orders all memory accesses; the
 * expedited kinds must be registered first, as on Linux. */
#include "sys/misc.h"

#include <linux/membarrier.h>

#define GLOBALS (MEMBARRIER_CMD_GLOBAL | MEMBARRIER_CMD_GLOBAL_EXPEDITED)
#define REGISTERS                                                                                  \
    (MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED |        \
     MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE)
#define PRIVATES (MEMBARRIER_CMD_PRIVATE_EXPEDITED | MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE)

long pith_sys_membarrier(int cmd, unsigned flags, int cpu)
{
    static int registered;
    (void)cpu;
    if (flags)
        return -EINVAL;
    if (cmd == MEMBARRIER_CMD_QUERY)
        return GLOBALS | REGISTERS | PRIVATES;
    if (cmd == MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED ||
        cmd == MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE)
        registered |= cmd >> 1; /* the command it allows */
    else if (cmd == MEMBARRIER_CMD_PRIVATE_EXPEDITED ||
             cmd == MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE)
        return registered & cmd ? 0 : -EPERM;
    else if (cmd != MEMBARRIER_CMD_GLOBAL && cmd != MEMBARRIER_CMD_GLOBAL_EXPEDITED &&
             cmd != MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED)
        return -EINVAL;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return 0;
}
