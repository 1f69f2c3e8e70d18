/* The walk through a container's files. See find.h. */
#include "oci/find.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A canonical path while it is walked: "" is the root, else "/a/b". */
struct walk {
    char at[OCI_PATH_MAX];
    char rest[2 * OCI_PATH_MAX]; /* what is still to be walked */
};

/* Does `path` lie at or below `top` ("" or "/a/b", or with slashes at its end)? Gives what follows.
 */
static const char *below(const char *path, const char *top)
{
    size_t n = strlen(top);
    while (n && top[n - 1] == '/')
        n--;
    return strncmp(path, top, n) || (path[n] && path[n] != '/') ? NULL : path + n;
}

/* The mount in force at `at`: of several, the last one that covers it. NULL: the root file system.
 * A later mount on a folder above hides the earlier ones below. */
static const struct oci_mount *mount_at(const struct oci_spec *spec, const char *at,
                                        const char **rest)
{
    for (uint32_t i = spec->nmounts; i-- > 0;) {
        *rest = below(at, spec->mount[i].destination);
        if (*rest && spec->mount[i].destination[0] == '/')
            return &spec->mount[i];
    }
    *rest = at;
    return NULL;
}

/* Opens the canonical path as O_PATH, not following a link at its end. */
static int open_canonical(const struct oci_spec *spec, int bundle, const char *at)
{
    const char *rest;
    const struct oci_mount *mount = mount_at(spec, at, &rest);
    if (mount && !mount->bind) {
        errno = ENOENT;
        return -1;
    }
    int top = openat(bundle, mount ? mount->source : spec->rootfs, O_PATH | O_CLOEXEC);
    while (*rest == '/')
        rest++;
    if (top < 0 || !*rest)
        return top;
    struct open_how how = {.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    int fd = (int)syscall(SYS_openat2, top, rest, &how, sizeof how);
    int error = errno;
    close(top);
    errno = error;
    return fd;
}

/* Puts a link's text in front of what is left. */
static int follow(struct walk *w, int fd)
{
    char text[2 * OCI_PATH_MAX];
    ssize_t n = readlinkat(fd, "", text, sizeof text);
    if (n < 0)
        return -1;
    size_t left = strlen(w->rest);
    if ((size_t)n + left >= sizeof w->rest) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memmove(w->rest + n, w->rest, left + 1); /* empty, or it begins with a slash */
    memcpy(w->rest, text, (size_t)n);
    if (n && text[0] == '/')
        w->at[0] = 0;
    else
        *strrchr(w->at, '/') = 0; /* the link's own name */
    return 0;
}

int oci_find(const struct oci_spec *spec, int bundle, const char *path, struct oci_found *found)
{
    struct walk w = {.at = ""};
    found->fd = -1;
    if (strlen(path) >= sizeof w.at) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(w.rest, path, strlen(path) + 1);
    int fd = -1, links = 0;
    for (;;) {
        char *name = w.rest + strspn(w.rest, "/");
        size_t n = strcspn(name, "/"), used = strlen(w.at);
        if (!n)
            break;
        bool dots = (n == 1 && name[0] == '.') || (n == 2 && name[0] == '.' && name[1] == '.');
        if (dots && n == 2 && used)
            *strrchr(w.at, '/') = 0;
        if (!dots) {
            if (used + 1 + n >= sizeof w.at) {
                errno = ENAMETOOLONG;
                return -1;
            }
            w.at[used] = '/';
            memcpy(w.at + used + 1, name, n);
            w.at[used + 1 + n] = 0;
        }
        memmove(w.rest, name + n, strlen(name + n) + 1);
        if (dots)
            continue;
        fd = open_canonical(spec, bundle, w.at);
        struct stat st;
        if (fd < 0)
            return -1;
        if (fstat(fd, &st) == 0 && S_ISLNK(st.st_mode)) {
            int bad = follow(&w, fd);
            close(fd);
            if (bad)
                return -1;
            if (++links > OCI_LINKS_MAX) {
                errno = ELOOP;
                return -1;
            }
            continue;
        }
        close(fd);
        if (*w.rest && !S_ISDIR(st.st_mode)) {
            errno = ENOTDIR;
            return -1;
        }
    }
    found->fd = open_canonical(spec, bundle, w.at);
    snprintf(found->path, sizeof found->path, "%s", w.at[0] ? w.at : "/");
    return found->fd < 0 ? -1 : 0;
}

/* May the program's user execute it? Ids of another user namespace say nothing here. */
static bool executable(const struct oci_spec *spec, const struct stat *st)
{
    if (spec->uid == 0 || spec->user_namespace)
        return st->st_mode & 0111;
    if (st->st_uid == spec->uid)
        return st->st_mode & 0100;
    bool group = st->st_gid == spec->gid;
    for (uint32_t i = 0; i < spec->ngroups; i++)
        group |= st->st_gid == spec->groups[i];
    return st->st_mode & (group ? 0010 : 0001);
}

/* One candidate; EACCES and EISDIR rank before ENOENT in what is remembered in *why. */
static int candidate(const struct oci_spec *spec, int bundle, const char *path,
                     struct oci_found *found, int *why)
{
    struct stat st;
    if (oci_find(spec, bundle, path, found)) {
        if (errno == EACCES)
            *why = EACCES;
        return -1;
    }
    if (fstat(found->fd, &st) == 0 && S_ISREG(st.st_mode) && executable(spec, &st)) {
        snprintf(found->path, sizeof found->path, "%s", path);
        return 0;
    }
    *why = EACCES;
    close(found->fd);
    found->fd = -1;
    return -1;
}

/* The program as the mounts of *spec have it. -1 with errno. */
static int search(const struct oci_spec *spec, int bundle, struct oci_found *found)
{
    char path[OCI_PATH_MAX];
    const char *name = spec->program;
    int why = ENOENT;
    found->fd = -1;
    if (strchr(name, '/')) {
        int n = snprintf(path, sizeof path, "%s%s%s", *name == '/' ? "" : spec->cwd,
                         *name == '/' || !spec->cwd[1] ? "" : "/", name);
        if ((size_t)n < sizeof path && !candidate(spec, bundle, path, found, &why))
            return 0;
        errno = why;
        return -1;
    }
    /* Folders that are not absolute are not searched: runc refuses what it finds in them. */
    for (const char *dir = spec->path; *name && dir && *dir;) {
        size_t n = strcspn(dir, ":");
        if (*dir == '/' &&
            (size_t)snprintf(path, sizeof path, "%.*s%s%s", (int)n, dir,
                             dir[n - 1] == '/' ? "" : "/", name) < sizeof path &&
            !candidate(spec, bundle, path, found, &why))
            return 0;
        dir += n + (dir[n] == ':');
    }
    errno = why;
    return -1;
}

/* Destinations of bind mounts without the symbolic links of the image (/var/run/x is /run/x there),
 * each as the mounts before it have it: runc follows them, too. NULL: there are none. The caller
 * frees names and list. */
static struct oci_mount *straightened(const struct oci_spec *spec, int bundle)
{
    struct oci_spec before = *spec;
    struct oci_found found;
    bool any = false;
    if (spec->nmounts > OCI_MOUNTS_FEW)
        return NULL;
    before.mount = calloc((size_t)spec->nmounts + 1, sizeof *before.mount);
    for (uint32_t i = 0; before.mount && i < spec->nmounts; i++) {
        before.mount[i] = spec->mount[i];
        before.nmounts = i;
        const char *name = spec->mount[i].destination;
        if (spec->mount[i].bind && *name == '/' && !oci_find(&before, bundle, name, &found)) {
            close(found.fd);
            any |= strcmp(found.path, name) != 0;
            name = found.path;
        }
        if (!(before.mount[i].destination = strdup(name))) {
            any = false;
            break;
        }
    }
    if (before.mount && !any) {
        for (uint32_t i = 0; i < spec->nmounts; i++)
            free((char *)(uintptr_t)before.mount[i].destination);
        free(before.mount);
        return NULL;
    }
    return before.mount;
}

int oci_find_program(const struct oci_spec *spec, int bundle, struct oci_found *found)
{
    if (!search(spec, bundle, found))
        return 0;
    int error = errno;
    struct oci_spec straight = *spec;
    straight.mount = straightened(spec, bundle);
    if (!straight.mount) {
        errno = error;
        return -1;
    }
    int bad = search(&straight, bundle, found);
    error = errno;
    for (uint32_t i = 0; i < spec->nmounts; i++)
        free((char *)(uintptr_t)straight.mount[i].destination);
    free(straight.mount);
    errno = error;
    return bad;
}
