/* exec: `pith VERB` in a unikernel's container is the monitor's own command line, as root of the
 * container, to whom its control socket belongs, and without any capability. Every other program,
 * and every other container, is the runtime's business. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "oci/commands.h"
#include "oci/json.h"
#include "oci/limits.h"
#include "oci/rewrite.h"
#include "oci/runtime.h"
#include "oci/say.h"

/* An anonymous file that the runtime finds by number. -1 with errno. */
static int anonymous(const char *text, size_t size)
{
    int low = memfd_create("process.json", MFD_CLOEXEC);
    if (low < 0)
        return -1;
    int fd = -1;
    if (write(low, text, size) == (ssize_t)size && (fd = fcntl(low, F_DUPFD, OCI_HIGH_FD)) < 0)
        fd = fcntl(low, F_DUPFD, 64); /* few descriptors are allowed here */
    close(low);
    return fd;
}

static bool set_root(cJSON *process)
{
    cJSON *user = cJSON_CreateObject(), *caps = cJSON_CreateObject();
    if (!user || !caps || !cJSON_AddNumberToObject(user, "uid", 0) ||
        !cJSON_AddNumberToObject(user, "gid", 0)) {
        cJSON_Delete(user);
        cJSON_Delete(caps);
        return false;
    }
    static const char *const sets[] = {"bounding", "effective", "inheritable", "permitted",
                                       "ambient"};
    bool done = true;
    for (unsigned i = 0; i < sizeof sets / sizeof *sets; i++)
        done = done && cJSON_AddArrayToObject(caps, sets[i]);
    cJSON_DeleteItemFromObjectCaseSensitive(process, "user");
    cJSON_DeleteItemFromObjectCaseSensitive(process, "capabilities");
    done = done && cJSON_AddItemToObject(process, "user", user);
    return done && cJSON_AddItemToObject(process, "capabilities", caps);
}

/* The process of --process FILE. 1: it is a verb of ours and *text the changed file; 0: it is not,
 * or cannot be read, which the runtime says; -1: memory is short. */
static int changed(const struct oci_call *call, char **text)
{
    char *read;
    size_t size;
    cJSON *process = NULL, *args = NULL;
    int result = 0;
    if (oci_json_file(AT_FDCWD, call->process, OCI_CONFIG_MAX, &read, &size, NULL))
        return 0;
    if (oci_json_parse(call->process, read, size, &process, NULL) == 0 && cJSON_IsObject(process) &&
        oci_json_member(process, "", "args", cJSON_Array, &args, NULL) == 0 && args &&
        cJSON_IsString(args->child) && !strcmp(args->child->valuestring, "pith") &&
        oci_runs_unikernel(call)) {
        cJSON *path = cJSON_CreateString(OCI_MONITOR);
        result = -1;
        if (path && cJSON_ReplaceItemInArray(args, 0, path) && set_root(process) &&
            (*text = cJSON_PrintUnformatted(process)))
            result = 1;
    }
    cJSON_Delete(process);
    free(read);
    return result;
}

/* exec --process FILE ID */
static int by_file(struct oci_call *call)
{
    char *text = NULL;
    int what = changed(call, &text);
    if (what == 0)
        return oci_runtime(call);
    int fd = what > 0 ? anonymous(text, strlen(text)) : -1;
    free(text);
    char path[64];
    snprintf(path, sizeof path, "--process=/proc/self/fd/%d", fd);
    if (fd < 0)
        return oci_refuse(call, "there is no memory for the verb of pith");
    /* The option is one argument (--process=FILE) or two. */
    int at = call->process_at;
    if (call->argv[at] == call->process) {
        memmove(call->argv + at - 1, call->argv + at,
                (size_t)(call->argc - at + 1) * sizeof *call->argv);
        at--;
    }
    call->argv[at] = path;
    return oci_runtime(call);
}

/* exec ID pith VERB... */
static int by_words(struct oci_call *call)
{
    int word = call->id_at + 1;
    if (!call->id || word >= call->argc)
        return oci_runtime(call);
    /* -- may stand between. */
    if (!strcmp(call->argv[word], "--"))
        word++;
    if (word >= call->argc || strcmp(call->argv[word], "pith") || !oci_runs_unikernel(call))
        return oci_runtime(call);
    char **argv = calloc((size_t)call->argc + 2, sizeof *argv);
    if (!argv)
        return oci_refuse(call, "memory is short");
    memcpy(argv, call->argv, (size_t)call->id_at * sizeof *argv);
    /* The last of several --user counts; crun's long options need a value of their own word. */
    argv[call->id_at] = "--user=0:0";
    memcpy(argv + call->id_at + 1, call->argv + call->id_at,
           (size_t)(call->argc - call->id_at + 1) * sizeof *argv);
    argv[word + 1] = OCI_MONITOR;
    call->argv = argv;
    call->argc++;
    return oci_runtime(call);
}

int oci_exec(struct oci_call *call)
{
    return call->process ? by_file(call) : by_words(call);
}
