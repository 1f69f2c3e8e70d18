/* /proc/self/limits. The values are the limit calls' own where those are linked; until then they
 * are what a process begins with here. */
#include <linux/resource.h>
#include <linux/stat.h>

#include "base/string.h"
#include "vfs/procfs.h"

/* Of os/sys; 0 in a program that asks for no limit. */
long pith_sys_getrlimit(unsigned resource, void *user) WEAK;

static const struct {
    const char *name, *unit;
    unsigned resource;
} rows[] = {
    {"Max cpu time", "seconds", RLIMIT_CPU},
    {"Max file size", "bytes", RLIMIT_FSIZE},
    {"Max data size", "bytes", RLIMIT_DATA},
    {"Max stack size", "bytes", RLIMIT_STACK},
    {"Max core file size", "bytes", RLIMIT_CORE},
    {"Max resident set", "bytes", RLIMIT_RSS},
    {"Max processes", "processes", RLIMIT_NPROC},
    {"Max open files", "files", RLIMIT_NOFILE},
    {"Max locked memory", "bytes", RLIMIT_MEMLOCK},
    {"Max address space", "bytes", RLIMIT_AS},
    {"Max file locks", "locks", RLIMIT_LOCKS},
    {"Max pending signals", "signals", RLIMIT_SIGPENDING},
    {"Max msgqueue size", "bytes", RLIMIT_MSGQUEUE},
    {"Max nice priority", "", RLIMIT_NICE},
    {"Max realtime priority", "", RLIMIT_RTPRIO},
    {"Max realtime timeout", "us", RLIMIT_RTTIME},
};

static void get(unsigned resource, u64 value[2])
{
    value[0] = value[1] = ~0ull;
    if (pith_sys_getrlimit && pith_sys_getrlimit(resource, value) == 0)
        return;
    if (resource == RLIMIT_NOFILE) {
        value[0] = fd_limit;
        value[1] = 1 << 20;
    } else if (resource == RLIMIT_STACK) {
        value[0] = 8 << 20;
    } else if (resource == RLIMIT_CORE || resource == RLIMIT_NICE || resource == RLIMIT_RTPRIO) {
        value[0] = 0;
    }
}

static const char *show_value(u64 value, char buf[24])
{
    if (value == ~0ull)
        return "unlimited";
    str_format(buf, 24, "%lu", (unsigned long)value);
    return buf;
}

static int show_limits(struct text *t, long arg)
{
    (void)arg;
    text_add(t, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        u64 value[2];
        char soft[24], hard[24];
        get(rows[i].resource, value);
        text_add(t, "%-25s %-20s %-20s %-10s\n", rows[i].name, show_value(value[0], soft),
                 show_value(value[1], hard), rows[i].unit);
    }
    return 0;
}

const struct generated proc_limits_files[] = {
    {"PID/limits", S_IFREG | 0444, show_limits, 0, 0},
    {0},
};
