/* `pith container [OPTION...] -- PROGRAM [ARG...]`: boot the unikernel inside a program as the
 * first process of a container. Made for the runtime pith-oci, which writes this command line.
 *
 *     --machine auto|kvm|process   auto: kvm where it works, else process, which the log tells
 *     --user UID:GID[:G,...]       whom the program runs as; the process itself begins as root
 *     --memory BYTES               the limit of all memory of the container
 *     --argv0 NAME                 the program's own name for itself
 *     --caps HEX                   the capabilities that the program would have
 *     --control PATH|none          where the verbs of `docker exec` reach it
 *
 * Everything else is found: the root and its mounts, every interface, environment, working
 * directory, limits, host name. Returns only if the guest could not be started: 127 if there is no
 * such program, 126 if it cannot run, 125 for everything else.
 */
#include "cli/cli.h"
#include "cli/container.h"
#include "monitor/container.h"
#include "monitor/limits.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONTROL "/dev/.pith/control"

extern char **environ;

static int refused(const char *what, const char *value)
{
    fprintf(stderr, "pith container: %s '%s'; see `pith help container`\n", what, value);
    return 125;
}

/* A number up to `max` in this base, ended by `end`; *rest is left behind it. */
static bool number(const char *text, int base, uint64_t max, const char *ends, uint64_t *value,
                   const char **rest)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(text, &end, base);
    bool digit = base == 16 ? strchr("0123456789abcdefABCDEF", *text) && *text
                            : *text >= '0' && *text <= '9';
    if (errno || !digit || n > max || !strchr(ends, *end))
        return false;
    *value = n;
    *rest = end;
    return true;
}

static bool take_user(const char *text, struct mon_container *c)
{
    const uint64_t most = UINT32_MAX - 1; /* -1 is nobody's */
    uint64_t n;
    if (!number(text, 10, most, ":", &n, &text) || !*text)
        return false;
    c->uid = (uint32_t)n;
    if (!number(text + 1, 10, most, ":", &n, &text))
        return false;
    c->gid = (uint32_t)n;
    while (*text) {
        if (c->ngroups == MON_GROUPS || !number(text + 1, 10, most, ",", &n, &text))
            return false;
        c->groups[c->ngroups++] = (uint32_t)n;
    }
    return true;
}

struct wanted {
    struct mon_options o;
    struct mon_container c;
    const char *argv0;
};

static int take(struct wanted *w, const char *name, const char *value)
{
    const char *rest;
    if (strcmp(name, "--machine") == 0) {
        w->o.machine = mon_machine_named(value);
        return w->o.machine || strcmp(value, "auto") == 0
                   ? 0
                   : refused("--machine takes auto, kvm or process, not", value);
    }
    if (strcmp(name, "--user") == 0)
        return take_user(value, &w->c) ? 0
                                       : refused("--user takes UID:GID[:GROUP,...], not", value);
    if (strcmp(name, "--memory") == 0)
        return number(value, 10, INT64_MAX, "", &w->c.limit, &rest)
                   ? 0
                   : refused("--memory takes bytes, not", value);
    if (strcmp(name, "--caps") == 0)
        return number(value, 16, UINT64_MAX, "", &w->c.capabilities, &rest)
                   ? 0
                   : refused("--caps takes a mask in hexadecimal digits, not", value);
    if (strcmp(name, "--argv0") == 0)
        w->argv0 = value;
    else if (strcmp(name, "--control") == 0)
        w->o.control = strcmp(value, "none") == 0 ? NULL : value;
    else
        return refused("there is no option", name);
    return 0;
}

/* The program's arguments, out of the command line, which is about to be written over. */
static char **arguments(const struct wanted *w, int argc, char **argv)
{
    char **list = calloc((size_t)argc + 1, sizeof *list);
    for (int i = 0; list && i < argc; i++)
        if (!(list[i] = strdup(i || !w->argv0 ? argv[i] : w->argv0))) {
            free(list);
            return NULL;
        }
    return list;
}

static int start(struct wanted *w, int argc, char **argv, int first)
{
    static struct mon_net_options net;
    static struct mon_mount_options mounts;
    static uint64_t barred[CONTAINER_BARRED + 1];
    struct host_error err;
    struct mon_options *o = &w->o;
    o->memory = mon_container_memory(w->c.limit);
    if (o->memory == 0) {
        fprintf(stderr, "pith container: %llu KiB of memory are not enough for the monitor alone\n",
                (unsigned long long)(w->c.limit >> 10));
        return 125;
    }
    if (container_mounts(&mounts, barred, &err) || container_interfaces(&net, &err)) {
        fprintf(stderr, "pith container: %s\n", err.text);
        return 125;
    }
    w->c.barred = barred;
    o->container = &w->c;
    o->net = &net;
    o->mounts = &mounts;
    o->env = environ;
    o->argc = argc - first;
    o->argv = arguments(w, o->argc, argv + first);
    o->program = strdup(argv[first]);
    if (o->control)
        o->control = strdup(o->control);
    if (!o->argv || !o->program) {
        fputs("pith container: memory is short\n", stderr);
        return 125;
    }
    container_title(argc + 1, argv - 1, o->argc, o->argv); /* main's own argv */
    int bad = mon_start(o, &err);
    fprintf(stderr, "pith container: %s\n", err.text);
    if (access(o->program, F_OK))
        return 127;
    return bad == MON_REFUSED ? 125 : 126;
}

int cmd_container(int argc, char **argv)
{
    static struct wanted w; /* the guest's until the end of this process */
    int i;
    w.o.control = CONTROL;
    for (i = 1; i < argc && strcmp(argv[i], "--"); i += 2) {
        if (strncmp(argv[i], "--", 2))
            return refused("'--' must stand before", argv[i]);
        if (i + 1 >= argc)
            return refused("a value is missing behind", argv[i]);
        int bad = take(&w, argv[i], argv[i + 1]);
        if (bad)
            return bad;
    }
    if (i + 1 >= argc) {
        fputs("pith container: no program is given; see `pith help container`\n", stderr);
        return 125;
    }
    return start(&w, argc, argv, i + 1);
}
