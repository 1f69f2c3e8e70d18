/* One file in a tmpfs of its own, bound over the engine's config.json. See cover.h.
 *
 * The namespace is the runtime's alone: containers made in it get a copy, pivot away from all that
 * is in it, and it is gone with the runtime's process, however that ends. Propagation becomes
 * slave: what a traditional container may pass on to the host by a shared volume, mounts of its
 * own, a unikernel has not.
 *
 *   1. a tmpfs with the file, attached to the bundle's folder (a detached one cannot be bound)
 *   2. the file bound to a descriptor
 *   3. the tmpfs taken away from the folder
 *   4. the file laid over config.json
 */
#include "oci/cover.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "oci/limits.h"

/* linux/mount.h and sys/mount.h do not go together in one file. */
#define OPEN_TREE_CLONE 1
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#define MOVE_MOUNT_F_EMPTY_PATH 4

static int put_file(const char *path, const char *text, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    while (size) {
        ssize_t n = write(fd, text, size);
        if (n < 0 && errno != EINTR)
            break;
        if (n > 0) {
            text += n;
            size -= (size_t)n;
        }
    }
    close(fd);
    return size ? -1 : 0;
}

int oci_cover(const char *bundle, const char *name, const char *text, size_t size,
              struct host_error *err)
{
    char path[OCI_PATH_MAX], inside[OCI_PATH_MAX];
    const char *last = strrchr(name, '/');
    int n = *name == '/' ? snprintf(path, sizeof path, "%s", name)
                         : snprintf(path, sizeof path, "%s/%s", bundle, name);
    int m = snprintf(inside, sizeof inside, "%s/%s", bundle, last ? last + 1 : name);
    if ((size_t)n >= sizeof path || (size_t)m >= sizeof inside)
        return host_fail(err, "the path of the bundle is too long");
    if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL))
        return host_fail(err, "a mount namespace for the runtime cannot be made: %s",
                         strerror(errno));
    /* Room for the page of the file's end and for its name. */
    char size_option[48];
    snprintf(size_option, sizeof size_option, "mode=700,size=%zu", size + 65536);
    int fd = -1;
    if (mount("tmpfs", bundle, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, size_option) ||
        put_file(inside, text, size) ||
        (fd = (int)syscall(SYS_open_tree, AT_FDCWD, inside, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)) <
            0 ||
        umount2(bundle, MNT_DETACH) ||
        syscall(SYS_move_mount, fd, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH)) {
        host_fail(err, "the configuration of the bundle cannot be changed for the runtime: %s",
                  strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    close(fd);
    return 0;
}
