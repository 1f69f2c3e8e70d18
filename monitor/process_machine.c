/* The process machine: probe, create, and the table. See process.h. */
#include <errno.h>
#include <string.h>
#include <sys/auxv.h>

#include "limits.h"
#include "process.h"

#define HWCAP2_FSGSBASE_BIT 2u /* asm/hwcap2.h of x86 */

static int probe(struct host_error *err)
{
    if (!(getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE_BIT))
        return host_fail(err, "this host does not let programs set their thread pointer "
                              "(FSGSBASE): Linux 5.9 or newer on a processor that has it is "
                              "needed");
    if (getauxval(AT_MINSIGSTKSZ) > MON_SIGNAL_STACK / 2)
        return host_fail(err, "this processor's signal frames are larger than pith knows");
    return 0;
}

static int create(struct mon *m, struct host_error *err)
{
    if (process_memory_create(m, err))
        return -1;
    m->hypercall = (uint64_t)(uintptr_t)process_hypercall;
    return 0;
}

const struct mon_machine mon_process = {
    .name = "process",
    .id = PITH_MACHINE_PROCESS,
    .probe = probe,
    .create = create,
    .map = process_map,
    .unmap = process_unmap,
    .protect = process_protect,
    .alias = process_alias,
    .move = process_move,
    .map_file = process_map_file,
    .host = process_host,
    .regs = process_regs,
    .run = process_run,
    .on_signal = process_on_signal,
    .jail = process_jail_rules,
};
