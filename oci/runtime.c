/* Finds and executes the runtime below. See runtime.h. */
#include "oci/runtime.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/error.h"
#include "oci/limits.h"
#include "oci/say.h"

extern char **environ;

int oci_beside(const char *name, char *path, unsigned long size)
{
    char self[OCI_PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0)
        return -1;
    self[n] = 0;
    char *slash = strrchr(self, '/');
    if (!slash)
        return -1;
    slash[1] = 0;
    return (unsigned long)snprintf(path, size, "%s%s", self, name) < size && !access(path, X_OK)
               ? 0
               : -1;
}

/* Is it a program, and not this one? (Whoever puts pith-oci in runc's place means the other runc.)
 */
static bool usable(const char *path)
{
    struct stat it, self;
    return !access(path, X_OK) && !stat(path, &it) && S_ISREG(it.st_mode) &&
           (stat("/proc/self/exe", &self) || it.st_ino != self.st_ino || it.st_dev != self.st_dev);
}

/* Looks for a name in PATH, then where Debian and others have it: engines start runtimes with an
 * empty environment now and then. */
static bool find(const char *name, char *path, size_t size)
{
    static const char usual[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    const char *lists[] = {getenv("PATH"), usual};
    for (unsigned i = 0; i < 2; i++)
        for (const char *dir = lists[i]; dir && *dir;) {
            size_t n = strcspn(dir, ":");
            if (n && (size_t)snprintf(path, size, "%.*s/%s", (int)n, dir, name) < size &&
                usable(path))
                return true;
            dir += n + (dir[n] == ':');
        }
    return false;
}

int oci_runtime(const struct oci_call *call)
{
    char found[OCI_PATH_MAX];
    struct host_error err;
    const char *name = call->runtime ? call->runtime : "runc", *path = name;
    if (!strchr(name, '/')) {
        bool there = find(name, found, sizeof found);
        if (!there && !call->runtime)
            there = find(name = "crun", found, sizeof found);
        if (!there) {
            host_fail(&err, "there is no %.100s that could create the container",
                      call->runtime ? call->runtime : "runc or crun");
            return oci_refuse(call, err.text);
        }
        path = found;
    }
    call->argv[0] = (char *)name;
    execve(path, call->argv, environ);
    host_fail(&err, "the runtime %.100s cannot be executed: %s", path, strerror(errno));
    return oci_refuse(call, err.text);
}
