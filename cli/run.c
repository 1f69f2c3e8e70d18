/* `pith run [OPTION...] PROGRAM [ARG...]`: boot the unikernel inside a program.
 *
 * The guest gets our environment, changed by -e and --env-file in their order (a later one wins),
 * and our working directory unless -w names another. Returns only if the guest could not be
 * started: 2 for a misused command line, 127 if there is no such program, 126 if it cannot run
 * (as shells do), 125 if the host refuses the network asked for (a port in use).
 */
#include "cli/cli.h"
#include "cli/run_mounts.h"
#include "cli/run_net.h"
#include "cli/run_size.h"
#include "cli/run_vm.h"
#include "monitor/limits.h"
#include "monitor/monitor.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* One growing environment; until the first change it is our own and nothing is allocated. */
struct env {
    char **list;
    size_t count;
    bool own;
};

static int misused(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static int misused(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fputs("pith run: ", stderr);
    vfprintf(stderr, fmt, args);
    fputs("; see `pith help run`\n", stderr);
    va_end(args);
    return 2;
}

/* Length of NAME in "NAME=VALUE", 0 if it is not of that form. */
static size_t name_length(const char *setting)
{
    const char *equals = strchr(setting, '=');
    return equals ? (size_t)(equals - setting) : 0;
}

/* Sets K=V; keeps the pointer. -1 if memory is short. */
static int env_set(struct env *env, char *setting)
{
    size_t n = name_length(setting);
    if (!env->own) {
        while (environ[env->count])
            env->count++;
    }
    char **list = env->own ? realloc(env->list, (env->count + 2) * sizeof *list)
                           : malloc((env->count + 2) * sizeof *list);
    if (!list)
        return -1;
    if (!env->own)
        memcpy(list, environ, env->count * sizeof *list);
    env->list = list;
    env->own = true;
    for (size_t i = 0; i < env->count; i++)
        if (strncmp(list[i], setting, n + 1) == 0) {
            list[i] = setting;
            return 0;
        }
    list[env->count++] = setting;
    list[env->count] = NULL;
    return 0;
}

/* -e: K=V, or K alone for our own value. */
static int env_option(struct env *env, char *setting)
{
    if (*setting == '=' || *setting == 0)
        return misused("-e takes NAME=VALUE, not '%s'", setting);
    if (!strchr(setting, '=')) {
        const char *value = getenv(setting);
        if (!value)
            return 0; /* not set here, not set there */
        size_t size = strlen(setting) + strlen(value) + 2;
        char *made = malloc(size);
        if (!made)
            return misused("memory is short");
        snprintf(made, size, "%s=%s", setting, value);
        setting = made;
    }
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the environment keeps it */
    return env_set(env, setting) ? misused("memory is short") : 0;
}

/* --env-file: a K=V (or K) a line; empty lines and lines that start with # are skipped. */
static int env_file(struct env *env, const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return misused("--env-file %s: %s", path, strerror(errno));
    char *line = NULL;
    size_t room = 0;
    int bad = 0;
    for (ssize_t n; !bad && (n = getline(&line, &room, file)) >= 0;) {
        if (n && line[n - 1] == '\n')
            line[n - 1] = 0;
        if (!*line || *line == '#')
            continue;
        char *kept = strdup(line);
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the environment keeps it */
        bad = kept ? env_option(env, kept) : misused("memory is short");
    }
    free(line);
    fclose(file);
    return bad;
}

/* The value of option argv[*i]: the rest of a long one behind '=', or the next argument. */
static char *value_of(int argc, char **argv, int *i)
{
    char *equals = argv[*i][1] == '-' ? strchr(argv[*i], '=') : NULL;
    if (equals)
        return equals + 1;
    return *i + 1 < argc ? argv[++*i] : NULL;
}

static bool is(const char *argument, const char *name)
{
    size_t n = strlen(name);
    return strncmp(argument, name, n) == 0 &&
           (argument[n] == 0 || (name[1] == '-' && argument[n] == '='));
}

/* Another hypervisor, where one was named (run_vm.h). */
static struct run_vm vm;

/* One option that has a value. */
static int take(struct mon_options *o, struct env *env, const char *name, char *value)
{
    if (is(name, "--on")) {
        o->machine = mon_machine_named(value);
        vm.kind = run_vm_named(value);
        return o->machine || vm.kind ? 0
                                     : misused("--on takes kvm, process, qemu, firecracker or "
                                               "cloud-hypervisor, not '%s'",
                                               value);
    }
    if (is(name, "--machine-type"))
        return vm.machine_type = value, 0;
    if (is(name, "--accel")) {
        vm.accel = value;
        return !strcmp(value, "kvm") || !strcmp(value, "tcg")
                   ? 0
                   : misused("--accel takes kvm or tcg, not '%s'", value);
    }
    if (is(name, "-m"))
        return run_size(value, &o->memory) && o->memory
                   ? 0
                   : misused("-m takes a size such as 64M (at most %lluT), not '%s'",
                             MON_MEMORY_MAX >> 40, value);
    if (is(name, "-e"))
        return env_option(env, value);
    if (is(name, "--env-file"))
        return env_file(env, value);
    if (is(name, "-w"))
        o->directory = value;
    else if (is(name, "--control"))
        o->control = value;
    else
        o->core = value;
    return 0;
}

static bool has_value(const char *name)
{
    static const char *const with[] = {
        "--on", "-m", "-e", "--env-file", "-w", "--core", "--control", "--machine-type", "--accel"};
    for (size_t i = 0; i < sizeof with / sizeof *with; i++)
        if (is(name, with[i]))
            return true;
    return false;
}

/* CLOCK_MONOTONIC in ns. */
static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int cmd_run(int argc, char **argv)
{
    struct mon_options o = {.memory = MON_MEMORY_DEFAULT};
    static struct env env; /* the guest's until the end of this process */
    static struct mon_net_options net;
    static struct mon_mount_options mounts;
    struct host_error err;
    env.list = environ;
    int i;
    for (i = 1; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        char *name = argv[i];
        if (strcmp(name, "--") == 0) {
            i++;
            break;
        }
        if (strcmp(name, "--time") == 0) {
            o.time = true;
            o.started = now();
            continue;
        }
        if (strcmp(name, "--stats") == 0) {
            o.stats = true;
            continue;
        }
        if (strcmp(name, "--verbose") == 0) {
            vm.verbose = true;
            continue;
        }
        if (strcmp(name, "--read-only") == 0) {
            mounts.read_only = true;
            continue;
        }
        bool network = run_net_is(name), files = run_mounts_is(name);
        if (!network && !files && !has_value(name))
            return misused("there is no option '%s'", name);
        char *value = value_of(argc, argv, &i);
        if (!value)
            return misused("%s needs a value", name);
        if ((network && run_net_take(&net, name, value, &err)) ||
            (files && run_mounts_take(&mounts, name, value, &err)))
            return misused("%s", err.text);
        int bad = network || files ? 0 : take(&o, &env, name, value);
        if (bad)
            return bad;
    }
    if (i >= argc)
        return misused("no program is given");
    if (run_net_check(&net, &err) || run_mounts_check(&mounts, &err))
        return misused("%s", err.text);
    o.net = &net;
    o.mounts = &mounts;
    o.program = argv[i];
    o.argc = argc - i;
    o.argv = argv + i;
    o.env = env.list;
    vm.o = &o;
    if (!vm.kind && (vm.machine_type || vm.accel))
        return misused("--machine-type and --accel are for --on qemu");
    int bad = vm.kind ? run_vm(&vm, &err) : mon_start(&o, &err);
    fprintf(stderr, "pith run: %s\n", err.text);
    if (access(o.program, F_OK))
        return 127;
    return bad == MON_REFUSED ? 125 : 126;
}
