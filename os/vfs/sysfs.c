/* /sys: the few files by which programs count processors. */
#include <linux/stat.h>

#include "base/string.h"
#include "vfs/tree.h"

static int show_cpus(struct text *t, long arg)
{
    (void)arg;
    text_add(t, "0\n"); /* one virtual CPU */
    return 0;
}

static const struct generated files[] = {
    {"devices/system/cpu/online", S_IFREG | 0444, show_cpus, 0, 0},
    {"devices/system/cpu/possible", S_IFREG | 0444, show_cpus, 0, 0},
    {"devices/system/cpu/present", S_IFREG | 0444, show_cpus, 0, 0},
    {0},
};
static const struct generated *const tables[] = {files, 0};

static struct genfs sysfs = {.super = {.dev = 20, .type = "sysfs"}, .tables = tables};

struct inode *sysfs_root(void)
{
    sysfs.start = __start_pith_set_sys;
    sysfs.stop = __stop_pith_set_sys;
    return genfs_root(&sysfs);
}
