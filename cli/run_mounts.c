/* -v HOST:GUEST[:OPTION,...], --root DIR[:OPTION,...], --tmpfs PATH[:OPTION,...],
 * --disk FILE[:GUEST][:OPTION,...], --read-only.
 *
 *   tree options    ro, rw, fixed (it does not change while the guest runs)
 *   disk options    ro, rw
 *   tmpfs options   size=N[KMGT], mode=OCTAL, ro, rw, noexec, exec; nosuid and nodev, which hold
 *                   for every mount, are taken as Docker's users write them
 *
 * GUEST begins at the first ":/" so that HOST may be relative. Options are checked against the host
 * later (monitor/fs_mount.c); here a path of the guest becomes plain.
 */
#include "cli/run_mounts.h"

#include <stdlib.h>
#include <string.h>

#include "cli/run_size.h"

static bool is(const char *argument, const char *name)
{
    size_t n = strlen(name);
    return strncmp(argument, name, n) == 0 &&
           (argument[n] == 0 || (name[1] == '-' && argument[n] == '='));
}

bool run_mounts_is(const char *option)
{
    return is(option, "-v") || is(option, "--volume") || is(option, "--root") ||
           is(option, "--tmpfs") || is(option, "--disk");
}

/* Makes an absolute path plain, in place: one slash between components, none at the end. */
static int plain(char *path, const char *option, struct host_error *err)
{
    char *to = path;
    if (*path != '/')
        return host_fail(err, "%s: the path in the guest must be absolute", option);
    if (strlen(path) >= 4096)
        return host_fail(err, "%.40s...: the path in the guest is too long", option);
    for (const char *at = path; *at;) {
        while (*at == '/')
            at++;
        size_t n = strcspn(at, "/");
        if ((n == 1 && *at == '.') || (n == 2 && at[0] == '.' && at[1] == '.'))
            return host_fail(err, "%s: the path in the guest may not hold '.' or '..'", option);
        if (n > 255)
            return host_fail(err, "%.40s...: a name in the guest's path is too long", option);
        if (n == 0)
            break;
        *to++ = '/';
        memmove(to, at, n);
        to += n;
        at += n;
    }
    if (to == path)
        *to++ = '/';
    *to = 0;
    return 0;
}

static int tmpfs_option(struct mon_volume *v, const char *option)
{
    if (strncmp(option, "size=", 5) == 0)
        return run_size(option + 5, &v->size) && v->size ? 0 : -1;
    if (strncmp(option, "mode=", 5) == 0) {
        char *end;
        unsigned long mode = strtoul(option + 5, &end, 8);
        v->mode = (uint32_t)mode;
        return option[5] >= '0' && option[5] <= '7' && !*end && mode <= 07777 ? 0 : -1;
    }
    if (strcmp(option, "noexec") == 0 || strcmp(option, "exec") == 0) {
        v->noexec = *option == 'n';
        return 0;
    }
    return strcmp(option, "nosuid") == 0 || strcmp(option, "nodev") == 0 ? 0 : -1;
}

/* The list behind the last colon. */
static int take_options(struct mon_volume *v, char *list, struct host_error *err)
{
    for (char *next, *option = list; option; option = next) {
        next = strchr(option, ',');
        if (next)
            *next++ = 0;
        if (strcmp(option, "ro") == 0)
            v->read_only = true;
        else if (strcmp(option, "rw") == 0)
            v->read_only = false;
        else if (v->kind == MON_VOLUME_TREE && strcmp(option, "fixed") == 0)
            v->fixed = true;
        else if (v->kind != MON_VOLUME_TMPFS || tmpfs_option(v, option))
            return host_fail(err, "%s: there is no option '%s'", v->option, option);
    }
    return 0;
}

int run_mounts_take(struct mon_mount_options *mounts, const char *option, char *value,
                    struct host_error *err)
{
    if (mounts->n == MON_VOLUMES)
        return host_fail(err, "there are more than %d volumes", MON_VOLUMES);
    struct mon_volume *v = &mounts->volumes[mounts->n++];
    char *kept = strdup(value), *options, *guest = NULL;
    if (!kept)
        return host_fail(err, "memory is short");
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the messages of the run keep it */
    *v = (struct mon_volume){.kind = MON_VOLUME_TREE, .option = kept, .host = value};
    if (is(option, "--tmpfs")) {
        v->kind = MON_VOLUME_TMPFS;
        v->mode = 01777;
        options = strchr(value, ':');
        guest = value;
    } else if (is(option, "--disk")) {
        char *colon = strstr(value, ":/");
        v->kind = MON_VOLUME_DISK;
        options = colon ? strchr(colon + 1, ':') : strrchr(value, ':');
        if (colon)
            *colon = 0;
        guest = colon ? colon + 1 : NULL;
        if (!colon && options && strchr(options, '/'))
            options = NULL;
    } else if (is(option, "--root")) {
        options = strrchr(value, ':');
        if (options && strchr(options, '/')) /* a part of the path */
            options = NULL;
        v->guest = "/";
    } else {
        char *colon = strstr(value, ":/");
        if (!colon)
            return host_fail(err, "-v takes HOST:GUEST[:ro] with an absolute path GUEST, not '%s'",
                             value);
        *colon = 0;
        guest = colon + 1;
        options = strchr(guest, ':');
    }
    if (guest)
        v->guest = guest;
    if (options)
        *options++ = 0;
    if (v->kind != MON_VOLUME_TMPFS && !*value)
        return host_fail(err, "%s: the path on the host is empty", kept);
    if (guest && plain(guest, kept, err))
        return -1;
    return options ? take_options(v, options, err) : 0;
}

int run_mounts_check(struct mon_mount_options *mounts, struct host_error *err)
{
    for (unsigned i = 0; i < mounts->n; i++) {
        struct mon_volume *v = &mounts->volumes[i];
        for (unsigned k = 0; k < i; k++)
            if (v->guest && mounts->volumes[k].guest &&
                strcmp(v->guest, mounts->volumes[k].guest) == 0)
                return host_fail(err, "%s and %s are both mounted at %s", mounts->volumes[k].option,
                                 v->option, v->guest);
        if (mounts->read_only && v->guest && strcmp(v->guest, "/") == 0)
            v->read_only = true;
    }
    return 0;
}
