/* The file servers behind -v and --root: one virtiofsd for each, on a socket without a name on
 * disk. Read-only volumes are read-only mounts of the server's own, so that a guest cannot write
 * whatever it says. */
#include "cli/run_vm.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char *const servers[] = {"/usr/libexec/virtiofsd", "/usr/lib/qemu/virtiofsd",
                                      "/usr/lib/virtiofsd"};

static const char *server(void)
{
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++)
        if (access(servers[i], X_OK) == 0)
            return servers[i];
    return NULL;
}

/* A listening socket with a name the kernel chose, and a connection to it. */
static int connected(int *listening, int *client, struct host_error *err)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    socklen_t len = sizeof name.sun_family;
    *listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*listening < 0 || *client < 0 || bind(*listening, (void *)&name, len))
        return host_fail(err, "no socket for a volume: %s", strerror(errno));
    len = sizeof name;
    if (listen(*listening, 1) || getsockname(*listening, (void *)&name, &len) ||
        connect(*client, (void *)&name, len))
        return host_fail(err, "no socket for a volume: %s", strerror(errno));
    return 0;
}

static _Noreturn void serve(const char *binary, const char *path, bool read_only, int fd)
{
    char socket_option[32], source[PATH_MAX + 16];
    if (read_only && (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
                      mount(path, path, NULL, MS_BIND | MS_REC, NULL) ||
                      mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL))) {
        dprintf(2, "pith: %s cannot be made read-only for the guest: %s\n", path, strerror(errno));
        _exit(126);
    }
    snprintf(socket_option, sizeof socket_option, "--fd=%d", fd);
    snprintf(source, sizeof source, "source=%s", path);
    /* It opens a file for writing to lock it: on a read-only volume locks are the guest's own. */
    execl(binary, binary, socket_option, "-o", source, "-o", "cache=none", "-o",
          read_only ? "no_posix_lock,no_flock,xattr" : "posix_lock,flock,xattr", "-o",
          "log_level=err", (char *)NULL);
    dprintf(2, "pith: %s: %s\n", binary, strerror(errno));
    _exit(126);
}

static int add(struct run_vm *r, unsigned i, struct host_error *err)
{
    const struct mon_volume *v = &r->o->mounts->volumes[i];
    const char *binary = server();
    char path[PATH_MAX];
    struct stat st;
    int listening;
    if (!binary)
        return host_fail(err, "%s: virtiofsd is not installed (Debian 12: qemu-system-common)",
                         v->option);
    if (geteuid() != 0)
        return host_fail(err, "%s: virtiofsd needs root to enter the volume", v->option);
    if (!realpath(v->host, path) || stat(path, &st))
        return host_fail(err, "%s: %s", v->option, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return host_fail(err, "%s: on %s a volume is a directory", v->option, r->kind->name);
    if (strchr(path, ','))
        return host_fail(err, "%s: virtiofsd takes no path with a comma", v->option);
    if (connected(&listening, &r->volume[i], err))
        return -1;
    const int keep[] = {listening, -1};
    pid_t pid = run_vm_fork(r, keep, r->vm_noise); /* it complains when its guest ends */
    if (pid == 0)
        serve(binary, path, v->read_only, listening);
    close(listening);
    return pid < 0 ? host_fail(err, "%s cannot be started: %s", binary, strerror(errno)) : 0;
}

int run_vm_volumes(struct run_vm *r, struct host_error *err)
{
    for (unsigned i = 0; i < r->o->mounts->n; i++)
        if (r->devices >> PITH_DEV_FS & 1 && r->o->mounts->volumes[i].kind == MON_VOLUME_TREE &&
            add(r, i, err))
            return -1;
    return 0;
}
