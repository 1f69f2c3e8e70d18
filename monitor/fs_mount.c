/* Which volumes a guest has, and where. See fs_device.h.
 *
 * Mounts happen in the order of their depth, "/" first, so that a volume may lie inside another.
 * The descriptors that the process may have are shared among the volumes in equal parts.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "blk.h"
#include "fs_device.h"
#include "limits.h"
#include "mount_options.h"
#include "run.h"

/* Descriptors for everything else: streams, the machine, interfaces, the jail. */
#define OTHERS 64u
/* More than this many of one volume save nothing any more. */
#define ENOUGH 16384u

static struct mon_fs_tree trees[MON_VOLUMES + 1] = {{.fd = -1}};

const struct mon_fs_tree *mon_fs_trees(void)
{
    return trees;
}

static unsigned depth(const char *path)
{
    unsigned n = 0;
    if (!path) /* a disk that is not mounted */
        return 0;
    for (; *path; path++)
        n += *path == '/' && path[1];
    return n;
}

/* The guest may have more open files than a shell gives its children: as many as the host lets us
 * have. */
static unsigned descriptors(unsigned volumes)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit))
        return 0;
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
        getrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur < OTHERS + 64ull * volumes)
        return 0;
    uint64_t each = (limit.rlim_cur - OTHERS) / volumes;
    return each < ENOUGH ? (unsigned)each : ENOUGH;
}

static int map(void *ctx, int fd, uint64_t offset, uint64_t len, uint64_t at, unsigned prot)
{
    return mon_map_file(ctx, fd, offset, len, at, prot);
}

static int add_tree(struct mon *m, const struct mon_volume *v, unsigned share,
                    struct mon_mount *mount, struct host_error *err)
{
    static struct pith_fs_config config[MON_VOLUMES];
    static unsigned n;
    struct host_error why;
    struct fs *fs;
    struct rlimit size;
    /* A bound of the user's own would be met when nobody waits for the answer any more. */
    const bool behind = m->machine->lingers && !v->read_only && !getrlimit(RLIMIT_FSIZE, &size) &&
                        size.rlim_cur == RLIM_INFINITY;
    const struct mon_container *in = m->common->options->container;
    const struct fs_options options = {.read_only = v->read_only,
                                       .other_user = in != NULL,
                                       .uid = in ? in->uid : 0,
                                       .gid = in ? in->gid : 0,
                                       .barred = in ? in->barred : NULL,
                                       .fixed = v->fixed,
                                       .strict = m->machine == &mon_process,
                                       .behind = behind,
                                       .descriptors = share,
                                       .map = m->machine->map_file ? map : NULL,
                                       .ctx = m};
    if (fs_open(&fs, v->host, &options, &why))
        return host_fail(err, "%s: %s", v->option, why.text);
    snprintf(config[n].tag, sizeof config[n].tag, "pith%u", n);
    config[n].num_request_queues = 1;
    config[n].flags = (m->machine->map_file ? PITH_FS_MAP : 0) | (behind ? PITH_FS_BEHIND : 0);
    const struct mon_device device = {
        .ops = &mon_fs_ops,
        .type = PITH_DEV_FS,
        .nqueues = PITH_FS_QUEUES,
        .queue_size = {PITH_FS_QUEUE_SIZE, PITH_FS_QUEUE_SIZE},
        .config = &config[n],
        .config_len = sizeof config[n],
        .priv = fs,
    };
    trees[n] = (struct mon_fs_tree){fs_root(fs), fs_is_file(fs), !v->read_only};
    trees[++n].fd = -1;
    mount->type = PITH_MOUNT_FS;
    mount->device = mon_device_add(m, &device, err);
    mount->flags |= fs_is_file(fs) ? PITH_MOUNT_FILE : 0;
    if (fs_is_file(fs) && strcmp(v->guest, "/") == 0)
        return host_fail(err, "%s: the root must be a directory", v->option);
    return mount->device < 0 ? -1 : 0;
}

static int add_disk(struct mon *m, const struct mon_volume *v, int *device, struct host_error *err)
{
    struct host_error why;
    if (!(m->image.devices & 1ull << PITH_DEV_BLK))
        return host_fail(err, "%s: the program has no driver for disks: link it with pith-cc %s",
                         v->option, v->guest ? "--pith-ext4" : "--pith-disk");
    *device = mon_blk_add(m, v->host, v->read_only, &why);
    return *device < 0 ? host_fail(err, "%s: %s", v->option, why.text) : 0;
}

static int add(struct mon *m, const struct mon_volume *v, unsigned share, struct host_error *err)
{
    struct mon_run *run = m->common;
    int device = -1;
    if (v->kind == MON_VOLUME_DISK && add_disk(m, v, &device, err))
        return -1;
    if (!v->guest)
        return 0;
    if (run->nmounts == MON_MOUNTS)
        return host_fail(err, "%s: there are more than %d mounts", v->option, MON_MOUNTS);
    struct mon_mount *mount = &run->mount[run->nmounts++];
    *mount = (struct mon_mount){
        .path = v->guest,
        .type = v->kind == MON_VOLUME_DISK ? PITH_MOUNT_DISK : PITH_MOUNT_TMPFS,
        .device = device,
        .flags = (v->read_only ? PITH_MOUNT_READ_ONLY : 0) | (v->noexec ? PITH_MOUNT_NOEXEC : 0),
        .mode = v->mode,
        .size = v->size};
    return v->kind == MON_VOLUME_TREE ? add_tree(m, v, share, mount, err) : 0;
}

int mon_fs_add(struct mon *m, struct host_error *err)
{
    const struct mon_mount_options *o = m->common->options->mounts;
    static const struct mon_volume memory_root = {.kind = MON_VOLUME_TMPFS,
                                                  .option = "--read-only",
                                                  .guest = "/",
                                                  .read_only = true,
                                                  .mode = 0755};
    bool has_root = false;
    unsigned volumes = 0, share = 0, deepest = 0;
    if (!o || (o->n == 0 && !o->read_only))
        return 0;
    /* A container has a root, whether its program looks or not. */
    if (m->common->options->container && !(m->image.devices & 1ull << PITH_DEV_FS))
        return 0;
    for (unsigned i = 0; i < o->n; i++) {
        const struct mon_volume *v = &o->volumes[i];
        volumes += v->kind == MON_VOLUME_TREE;
        has_root |= v->guest && strcmp(v->guest, "/") == 0;
        if (depth(v->guest) > deepest)
            deepest = depth(v->guest);
        if (v->kind == MON_VOLUME_TREE && !(m->image.devices & 1ull << PITH_DEV_FS))
            return host_fail(err, "%s: the program has no use for it: no part of it opens files",
                             v->option);
    }
    if (volumes && (share = descriptors(volumes)) == 0)
        return host_fail(err, "%u volumes need more open files than the host allows (ulimit -n)",
                         volumes);
    if (o->read_only && !has_root && add(m, &memory_root, 0, err))
        return -1;
    for (unsigned d = 0; d <= deepest; d++)
        for (unsigned i = 0; i < o->n; i++)
            if (depth(o->volumes[i].guest) == d && add(m, &o->volumes[i], share, err))
                return -1;
    return 0;
}
