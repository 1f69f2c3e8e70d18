/* One file in a tmpfs of its own, bound over the engine's config.json. See cover.h.
 *
 * The namespace is the runtime's alone: containers made in it get a copy, pivot away from all that
 * is in it, and it is gone with the runtime's process, however that ends. Propagation becomes
 * slave: what a traditional container may pass on to the host by a shared volume, mounts of its
 * own, a unikernel has not.
 *
 *   1. a tmpfs that is mounted nowhere, with the file in it
 *   2. the file bound to a descriptor; before Linux 6.15 that takes a tmpfs that is mounted
 *      somewhere, for which the bundle's folder serves for a moment (and a millisecond)
 *   3. the file laid over config.json
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
#define FSOPEN_CLOEXEC 1
#define FSMOUNT_CLOEXEC 1
#define FSCONFIG_CMD_CREATE 6
#define MOUNT_ATTRS (2 | 4 | 8) /* nosuid, nodev, noexec */

static int put_file(int folder, const char *name, const char *text, size_t size)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
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

/* A tmpfs that is mounted nowhere: its root. -1 with errno. */
static int new_tmpfs(void)
{
    int fs = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
    if (fs < 0)
        return -1;
    int root = syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0)
                   ? -1
                   : (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTRS);
    int error = errno;
    close(fs);
    errno = error;
    return root;
}

/* The file in the tmpfs as a mount of its own. -1 with errno. */
static int bind_file(int root, const char *name, const char *folder)
{
    int tree = (int)syscall(SYS_open_tree, root, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (tree >= 0 || errno != EINVAL)
        return tree;
    if (syscall(SYS_move_mount, root, "", AT_FDCWD, folder, MOVE_MOUNT_F_EMPTY_PATH))
        return -1;
    tree = (int)syscall(SYS_open_tree, root, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (umount2(folder, MNT_DETACH) && tree >= 0) {
        close(tree);
        tree = -1;
    }
    return tree;
}

int oci_cover(const char *bundle, const char *name, const char *text, size_t size,
              struct host_error *err)
{
    char path[OCI_PATH_MAX];
    if ((size_t)snprintf(path, sizeof path, "%s%s%s", *name == '/' ? "" : bundle,
                         *name == '/' ? "" : "/", name) >= sizeof path)
        return host_fail(err, "the path of the bundle is too long");
    if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL))
        return host_fail(err, "a mount namespace for the runtime cannot be made: %s",
                         strerror(errno));
    int root = new_tmpfs(), tree = -1, bad = -1;
    if (root >= 0 && !put_file(root, "config.json", text, size))
        tree = bind_file(root, "config.json", bundle);
    if (tree >= 0)
        bad = (int)syscall(SYS_move_mount, tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH);
    if (bad)
        host_fail(err, "the configuration of the bundle cannot be changed for the runtime: %s",
                  strerror(errno));
    if (tree >= 0)
        close(tree);
    if (root >= 0)
        close(root);
    return bad;
}
