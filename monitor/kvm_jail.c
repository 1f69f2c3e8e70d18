/* The system calls the kvm machine makes after the jail has closed. See jail.h. Its ioctls stand
 * with the other ioctls in jail_rules.c. */
#include <sys/mman.h>
#include <sys/syscall.h>

#include "kvm.h"

const struct mon_jail_rule kvm_jail_rules[] = {
    {SYS_madvise, MON_JAIL_ANY, 0, 0, "kvm_frames.c, kvm_memory.c"},
    {SYS_mprotect, MON_JAIL_CLEAR, 2, PROT_EXEC, "kvm_frames.c: kvm_zap"},
    {SYS_munmap, MON_JAIL_ANY, 0, 0, "kvm_run.c: close_down"},
    {SYS_close, MON_JAIL_ANY, 0, 0, "kvm_run.c: close_down"},
    {0, 0, 0, 0, NULL},
};
