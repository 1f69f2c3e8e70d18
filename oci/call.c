/* Reads the command line of runc and of crun. See call.h. */
#include "oci/call.h"

#include <stdlib.h>
#include <string.h>

/* Options with a value, by the command before which or behind which they stand. */
static const char *const global_values[] = {
    "root", "log", "log-format", "criu", "rootless", "cgroup-manager", NULL,
};
static const char *const create_values[] = {
    "b", "bundle", "f", "config", "console-socket", "pid-file", "preserve-fds", NULL,
};
static const char *const exec_values[] = {
    "console-socket",
    "cwd",
    "e",
    "env",
    "u",
    "user",
    "g",
    "additional-gids",
    "p",
    "process",
    "pid-file",
    "process-label",
    "apparmor",
    "c",
    "cap",
    "preserve-fds",
    "cgroup",
    NULL,
};
static const char *const checkpoint_values[] = {
    "image-path",          "work-path", "parent-path", "page-server",       "status-fd",
    "manage-cgroups-mode", "empty-ns",  "lsm-profile", "lsm-mount-context", NULL,
};
static const char *const no_values[] = {NULL};

static const char *const *values_of(const char *command)
{
    if (!strcmp(command, "create") || !strcmp(command, "run"))
        return create_values;
    if (!strcmp(command, "exec"))
        return exec_values;
    return strcmp(command, "checkpoint") ? no_values : checkpoint_values;
}

/* An option without its dashes, and its value if it has one: *at moves to the argument that holds
 * it. False if argv[*at] is a word. */
static bool option(const struct oci_call *call, const char *const *with_value, int *at,
                   const char **name, size_t *length, const char **value)
{
    const char *text = call->argv[*at];
    if (text[0] != '-' || !text[1])
        return false;
    text += text[1] == '-' ? 2 : 1;
    const char *equals = strchr(text, '=');
    *name = text;
    *length = equals ? (size_t)(equals - text) : strlen(text);
    *value = equals ? equals + 1 : NULL;
    for (; !equals && *with_value; with_value++)
        if (strlen(*with_value) == *length && !memcmp(*with_value, text, *length) &&
            *at + 1 < call->argc) {
            *value = call->argv[++*at];
            break;
        }
    return true;
}

static bool is(const char *name, size_t length, const char *what)
{
    return strlen(what) == length && !memcmp(name, what, length);
}

static void take_global(struct oci_call *call, const char *name, size_t n, const char *value)
{
    if (is(name, n, "root"))
        call->root = value;
    else if (is(name, n, "log"))
        call->log = value;
    else if (is(name, n, "log-format"))
        call->log_json = value && !strcmp(value, "json");
}

static void take(struct oci_call *call, int at, const char *name, size_t n, const char *value)
{
    bool exec = !strcmp(call->command, "exec");
    if (!exec && (is(name, n, "b") || is(name, n, "bundle")))
        call->bundle = value;
    else if (!exec && (is(name, n, "f") || is(name, n, "config")))
        call->config = value;
    else if (exec && (is(name, n, "p") || is(name, n, "process"))) {
        call->process = value;
        call->process_at = at;
    }
}

/* Takes --pith-runtime X, wherever it stands before the command, out of argv. */
static bool take_ours(struct oci_call *call, int *at)
{
    static const char ours[] = "--pith-runtime";
    const char *text = call->argv[*at];
    size_t n = sizeof ours - 1;
    int words = 0;
    if (!strncmp(text, ours, n) && text[n] == '=') {
        call->runtime = text + n + 1;
        words = 1;
    } else if (!strcmp(text, ours) && *at + 1 < call->argc) {
        call->runtime = call->argv[*at + 1];
        words = 2;
    }
    if (!words)
        return false;
    memmove(call->argv + *at, call->argv + *at + words,
            (size_t)(call->argc - *at - words + 1) * sizeof *call->argv);
    call->argc -= words;
    --*at;
    return true;
}

bool oci_call_read(struct oci_call *call, int argc, char **argv)
{
    *call = (struct oci_call){.argc = argc, .name = argv[0]};
    call->argv = malloc(((size_t)argc + 1) * sizeof *call->argv);
    if (!call->argv)
        return false;
    memcpy(call->argv, argv, (size_t)argc * sizeof *argv);
    call->argv[argc] = NULL;

    const char *name, *value;
    size_t n;
    int at = 1;
    for (; at < call->argc; at++) {
        if (take_ours(call, &at))
            continue;
        if (!option(call, global_values, &at, &name, &n, &value))
            break;
        take_global(call, name, n, value);
    }
    if (at >= call->argc)
        return true;
    call->command = call->argv[at];
    call->command_at = at;

    /* Behind the container's name come the words of exec, which are not ours to read. Elsewhere
     * options may follow it. */
    const char *const *with_value = values_of(call->command);
    for (at++; at < call->argc; at++) {
        if (!strcmp(call->argv[at], "--")) {
            at++;
            break;
        }
        if (option(call, with_value, &at, &name, &n, &value)) {
            take(call, at, name, n, value);
            continue;
        }
        if (!call->id) {
            call->id = call->argv[at];
            call->id_at = at;
        }
        if (!strcmp(call->command, "exec"))
            return true;
    }
    if (!call->id && at < call->argc) {
        call->id = call->argv[at];
        call->id_at = at;
    }
    return true;
}
