/* The files of a container, from /proc/self/mountinfo (proc(5)): see container.h.
 *
 * The root is one volume, and what is mounted in it is seen through it, files that are mounted on
 * files included. Directories that something is mounted on are volumes of their own beside it, so
 * that they have a device number and a line in the guest's /proc/mounts; past VOLUMES of them the
 * rest is only seen through the root. The guest has a /proc, /sys and /dev of its own: what the
 * container has there is nobody's.
 */
#include "cli/container.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define VOLUMES 12

static const char *const own[] = {"/proc", "/sys", "/dev"};

static bool beneath(const char *path, const char *dir)
{
    size_t n = strlen(dir);
    return strncmp(path, dir, n) == 0 && (path[n] == 0 || path[n] == '/');
}

static bool guests_own(const char *path)
{
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (beneath(path, own[i]))
            return true;
    return false;
}

/* \040 and the like, in place. */
static void unescape(char *path)
{
    char *to = path;
    for (const char *at = path; *at; at++)
        if (at[0] == '\\' && at[1] >= '0' && at[1] <= '3' && at[2] >= '0' && at[2] <= '7' &&
            at[3] >= '0' && at[3] <= '7') {
            *to++ = (char)((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0'));
            at += 3;
        } else {
            *to++ = *at;
        }
    *to = 0;
}

/* Is `word` among the options "a,b,c"? */
static bool has(const char *options, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = options; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, word, n) == 0 && (at[n] == 0 || at[n] == ','))
            return true;
    }
    return false;
}

/* The volume at this path: a later mount covers an earlier one. */
static struct mon_volume *volume(struct mon_mount_options *mounts, const char *path)
{
    for (unsigned i = 0; i < mounts->n; i++)
        if (strcmp(mounts->volumes[i].guest, path) == 0)
            return &mounts->volumes[i];
    if (mounts->n == VOLUMES)
        return NULL;
    return &mounts->volumes[mounts->n++];
}

/* A later mount at `path` hides everything that was mounted beneath it before. */
static void hide(struct mon_mount_options *mounts, const char *path)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < mounts->n; i++)
        if (strcmp(path, "/") == 0 || strcmp(mounts->volumes[i].guest, path) == 0 ||
            !beneath(mounts->volumes[i].guest, path))
            mounts->volumes[kept++] = mounts->volumes[i];
    mounts->n = kept;
}

/* One line: "ID PARENT MAJ:MIN ROOT PATH OPTIONS [FIELD...] - TYPE SOURCE SUPER". */
static int take(struct mon_mount_options *mounts, char *line, struct host_error *err)
{
    char *field[6], *rest = NULL;
    struct stat st;
    for (unsigned i = 0; i < 6; i++)
        if (!(field[i] = strtok_r(i ? NULL : line, " ", &rest)))
            return 0;
    char *path = field[4], *super = rest ? strstr(rest, "- ") : NULL;
    for (unsigned i = 0; super && i < 3; i++) /* behind type and source */
        super = strchr(super, ' ') ? strchr(super, ' ') + 1 : NULL;
    unescape(path);
    bool root = strcmp(path, "/") == 0;
    /* Mounts may be covered or unreachable by now: what is there counts. */
    if (guests_own(path) || stat(path, &st) || !S_ISDIR(st.st_mode) || strlen(path) >= 4096)
        return 0;
    hide(mounts, path);
    struct mon_volume *v = volume(mounts, path);
    if (!v)
        return 0;
    char *kept = strdup(path);
    if (!kept)
        return host_fail(err, "memory is short");
    /* The kernel itself keeps a root from being written that holds volumes that may be. */
    bool read_only = has(field[5], "ro") || (super && has(super, "ro"));
    *v = (struct mon_volume){.kind = MON_VOLUME_TREE,
                             .option = kept,
                             .host = kept,
                             .guest = kept,
                             .read_only = read_only && !root,
                             .noexec = has(field[5], "noexec")};
    return 0;
}

static void bar(uint64_t barred[CONTAINER_BARRED + 1])
{
    struct stat root, st;
    unsigned n = 0;
    if (stat("/", &root))
        return;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (stat(own[i], &st) == 0 && st.st_dev != root.st_dev)
            barred[n++] = (uint64_t)major(st.st_dev) << 32 | minor(st.st_dev);
    barred[n] = 0;
}

int container_mounts(struct mon_mount_options *mounts, uint64_t barred[CONTAINER_BARRED + 1],
                     struct host_error *err)
{
    FILE *file = fopen("/proc/self/mountinfo", "re");
    char *line = NULL;
    size_t room = 0;
    int bad = 0;
    if (!file)
        return host_fail(err, "the container has no /proc, by which its mounts are known");
    for (ssize_t n; !bad && (n = getline(&line, &room, file)) >= 0;) {
        if (n && line[n - 1] == '\n')
            line[n - 1] = 0;
        bad = take(mounts, line, err);
    }
    free(line);
    fclose(file);
    bar(barred);
    /* Where the root is no mount of its own (chroot), it is what it is. */
    bool root = false;
    for (unsigned i = 0; i < mounts->n; i++)
        root |= strcmp(mounts->volumes[i].guest, "/") == 0;
    if (!bad && !root && mounts->n < MON_VOLUMES)
        mounts->volumes[mounts->n++] =
            (struct mon_volume){.kind = MON_VOLUME_TREE, .option = "/", .host = "/", .guest = "/"};
    return bad;
}
