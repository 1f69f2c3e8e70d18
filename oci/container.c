/* Finds out whether a running container is a unikernel's: by what lies in its /dev. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "oci/commands.h"
#include "oci/json.h"
#include "oci/limits.h"
#include "oci/rewrite.h"

/* The first process of the container as the runtime's own record names it; 0: unknown. `record` is
 * the file's name, `member` the number in it: runc's and crun's differ. */
static uint64_t first_process(const char *root, const char *id, const char *record,
                              const char *member)
{
    char path[OCI_PATH_MAX], *text;
    size_t size;
    cJSON *tree = NULL, *number;
    uint64_t pid = 0;
    if ((size_t)snprintf(path, sizeof path, "%s/%s/%s", root, id, record) >= sizeof path ||
        oci_json_file(AT_FDCWD, path, OCI_STATE_MAX, &text, &size, NULL))
        return 0;
    if (oci_json_parse(record, text, size, &tree, NULL) == 0 && cJSON_IsObject(tree) &&
        oci_json_member(tree, "", member, cJSON_Number, &number, NULL) == 0 && number &&
        oci_json_u64(number, member, &pid, NULL, NULL))
        pid = 0;
    cJSON_Delete(tree);
    free(text);
    return pid;
}

/* Where a runtime keeps its records unless it is told otherwise. */
static const char *default_root(const char *runtime, char *path, size_t size)
{
    const char *mine = getenv("XDG_RUNTIME_DIR");
    snprintf(path, size, "%s/%s", geteuid() && mine ? mine : "/run", runtime);
    return path;
}

bool oci_runs_unikernel(const struct oci_call *call)
{
    static const struct {
        const char *runtime, *record, *member;
    } records[] = {{"runc", "state.json", "init_process_pid"}, {"crun", "status", "pid"}};
    char path[OCI_PATH_MAX];
    if (!call->id || strchr(call->id, '/') || call->id[0] == '.')
        return false;
    uint64_t pid = 0;
    for (unsigned i = 0; !pid && i < sizeof records / sizeof *records; i++) {
        const char *root =
            call->root ? call->root : default_root(records[i].runtime, path, sizeof path);
        pid = first_process(root, call->id, records[i].record, records[i].member);
    }
    if (!pid)
        return false;
    snprintf(path, sizeof path, "/proc/%llu/root", (unsigned long long)pid);
    int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return false;
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
    int fd = (int)syscall(SYS_openat2, root, OCI_MONITOR, &how, sizeof how);
    close(root);
    if (fd < 0)
        return false;
    close(fd);
    return true;
}
