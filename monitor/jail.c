/* Closes the jail, in view: each step gives something up. See jail.h. */
#include "jail.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "machine.h"
#include "net.h"

#define FILTER_MAX 256

/* File system rights by Landlock version, newest first: a kernel refuses bits it does not know.
 * Version 3 (6.2) added TRUNCATE, 2 (5.19) REFER, 5 (6.10) IOCTL_DEV. */
static const uint64_t landlock_rights[] = {(1ull << 16) - 1, (1ull << 15) - 1, (1ull << 14) - 1,
                                           (1ull << 13) - 1};

/* No file can be opened, made, moved or removed any more, by whatever call. Not there before
 * Linux 5.13 or when switched off: the filter alone forbids the same. */
static int no_files(struct host_error *err)
{
    for (unsigned i = 0; i < sizeof landlock_rights / sizeof *landlock_rights; i++) {
        uint64_t attr = landlock_rights[i];
        long fd = syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
        if (fd < 0 && errno == EINVAL)
            continue;
        if (fd < 0)
            return 0;
        if (syscall(SYS_landlock_restrict_self, fd, 0))
            return host_fail(err, "Landlock refuses: %s", strerror(errno));
        /* Closing it would cost 5 us; the filter lets nobody use it. */
        return 0;
    }
    return 0;
}

static int no_calls(struct mon *m, int core, struct host_error *err)
{
    struct sock_filter filter[FILTER_MAX];
    struct mon_jail_run run = {.pid = (uint32_t)getpid(),
                               .core = core,
                               .jit = m->image.jit,
                               .net = mon_net_descriptors(false),
                               .tap = mon_net_descriptors(true)};
    size_t n = mon_jail_filter(filter, FILTER_MAX, mon_jail_rules, m->machine->jail, &run);
    struct sock_fprog program = {.len = (unsigned short)n, .filter = filter};
    if (n == 0)
        return host_fail(err, "the system call filter does not fit");
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
        return host_fail(err, "the system call filter is refused: %s", strerror(errno));
    return 0;
}

int mon_jail(struct mon *m, int core, struct host_error *err)
{
    /* No set-uid program or capability can raise what we have; the next two need it. */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return host_fail(err, "no_new_privs is refused: %s", strerror(errno));
    /* No new file. */
    if (no_files(err))
        return -1;
    /* No system call but those of the tables. */
    return no_calls(m, core, err);
}
