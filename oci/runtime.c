/* Finds and executes the runtime below. See runtime.h. */
#include "oci/runtime.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
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

int oci_runtime(const struct oci_call *call)
{
    /* Engines start runtimes with an empty environment now and then: musl looks in /usr/local/bin,
     * /bin and /usr/bin then, and Debian's are in /usr/sbin, too. */
    char path[OCI_PATH_MAX];
    struct host_error err;
    call->argv[0] = (char *)call->runtime;
    execvp(call->runtime, call->argv);
    if (errno == ENOENT && !strchr(call->runtime, '/') &&
        (size_t)snprintf(path, sizeof path, "/usr/sbin/%s", call->runtime) < sizeof path)
        execve(path, call->argv, environ);
    host_fail(&err, "the runtime %.100s cannot be executed: %s", call->runtime, strerror(errno));
    return oci_refuse(call, err.text);
}
