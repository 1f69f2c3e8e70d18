/* The system calls the process machine makes after the jail has closed. See jail.h. */
#include <sys/mman.h>
#include <sys/syscall.h>

#include "jail.h"
#include "process.h"

const struct mon_jail_rule process_jail_rules[] = {
    {SYS_mprotect, MON_JAIL_CLEAR, 2, PROT_EXEC, "process_memory.c"},
    {SYS_mprotect, MON_JAIL_JIT, 0, 0, "process_memory.c: code made at run time"},
    {SYS_madvise, MON_JAIL_ANY, 0, 0, "process_memory.c: huge pages, reserve_again"},
    {SYS_mremap, MON_JAIL_ANY, 0, 0, "process_memory.c: move_mapping"},
    {SYS_memfd_create, MON_JAIL_ANY, 0, 0, "process_frames.c: start"},
    {SYS_ftruncate, MON_JAIL_ANY, 0, 0, "process_frames.c: start"},
    {SYS_fallocate, MON_JAIL_ANY, 0, 0, "process_frames.c: process_frames_unmap"},
    {SYS_close, MON_JAIL_ANY, 0, 0, "process_frames.c: start, when it fails"},
    {0, 0, 0, 0, NULL},
};
