/* What a run has cost (`pith run --stats`): one line for what the guest left its machine for, one
 * for each volume. Names are those of the ABI and of linux/fuse.h. */
#include <linux/fuse.h>
#include <stdio.h>

#include "fs.h"
#include "run.h"

static const char *const call_name[PITH_HC_LISTENING + 1] = {
    [0] = "unknown",
    [PITH_HC_WAIT] = "wait",
    [PITH_HC_MEM] = "mem",
    [PITH_HC_EXIT] = "exit",
    [PITH_HC_DIE] = "die",
    [PITH_HC_TIMER] = "timer",
    [PITH_HC_CLOCK] = "clock",
    [PITH_HC_SIGNALS] = "signals",
    [PITH_HC_TTY] = "tty",
    [PITH_HC_STAMP] = "stamp",
    [PITH_HC_STOP] = "stop",
    [PITH_HC_CPUTIME] = "cputime",
    [PITH_HC_LISTENING] = "listening",
};

#define NAME(op) [FUSE_##op] = #op
static const char *const request_name[FS_OPCODES] = {
    NAME(LOOKUP),        NAME(FORGET),      NAME(GETATTR),         NAME(SETATTR),
    NAME(READLINK),      NAME(SYMLINK),     NAME(MKNOD),           NAME(MKDIR),
    NAME(UNLINK),        NAME(RMDIR),       NAME(RENAME),          NAME(LINK),
    NAME(OPEN),          NAME(READ),        NAME(WRITE),           NAME(STATFS),
    NAME(RELEASE),       NAME(FSYNC),       NAME(SETXATTR),        NAME(GETXATTR),
    NAME(LISTXATTR),     NAME(REMOVEXATTR), NAME(FLUSH),           NAME(INIT),
    NAME(OPENDIR),       NAME(READDIR),     NAME(RELEASEDIR),      NAME(FSYNCDIR),
    NAME(GETLK),         NAME(SETLK),       NAME(SETLKW),          NAME(ACCESS),
    NAME(CREATE),        NAME(INTERRUPT),   NAME(DESTROY),         NAME(BATCH_FORGET),
    NAME(FALLOCATE),     NAME(READDIRPLUS), NAME(RENAME2),         NAME(LSEEK),
    NAME(SYNCFS),        NAME(TMPFILE),     NAME(COPY_FILE_RANGE), NAME(SETUPMAPPING),
    NAME(REMOVEMAPPING),
};

/* ", NAME N" behind what is in the line already. */
static void add(char *line, size_t size, size_t *at, const char *name, uint64_t n)
{
    if (n == 0 || *at >= size)
        return;
    *at += (size_t)snprintf(line + *at, size - *at, "%s%s %llu", *at ? ", " : "",
                            name ? name : "others", (unsigned long long)n);
}

void mon_stats(const struct mon *m)
{
    const struct mon_run *run = m->common;
    const struct mon_counts *n = &run->counts;
    uint64_t all = n->faults + n->interrupts;
    char line[1024] = "";
    size_t at = 0;
    for (unsigned i = 0; i <= PITH_HC_LISTENING; i++) {
        all += n->calls[i];
        add(line, sizeof line, &at, call_name[i], n->calls[i]);
    }
    add(line, sizeof line, &at, "fault", n->faults);
    add(line, sizeof line, &at, "interrupt", n->interrupts);
    mon_say("pith: exits %llu: %s\n", (unsigned long long)all, line);
    for (unsigned i = 0; i < run->ndevices; i++) {
        if (run->device[i].type != PITH_DEV_FS)
            continue;
        const uint64_t *requests = fs_requests(run->device[i].priv);
        line[0] = 0;
        all = at = 0;
        for (unsigned op = 0; op < FS_OPCODES; op++) {
            all += requests[op];
            add(line, sizeof line, &at, request_name[op], requests[op]);
        }
        mon_say("pith: volume %u, requests %llu: %s\n", i, (unsigned long long)all, line);
    }
}
