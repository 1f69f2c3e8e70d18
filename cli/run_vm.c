/* Starting and ending a guest on another hypervisor. See run_vm.h. */
#include "cli/run_vm.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/image_elf.h"
#include "cli/program.h"
#include "monitor/image.h"
#include "monitor/run.h"

extern char **environ;

static const struct run_vm_kind *const kinds[] = {&run_qemu, &run_firecracker, &run_cloud};

const struct run_vm_kind *run_vm_named(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}

static _Noreturn void short_of_memory(void)
{
    fputs("pith run: memory is short\n", stderr);
    _exit(126);
}

void run_vm_arg(struct run_vm_args *args, const char *fmt, ...)
{
    va_list list;
    char *text;
    va_start(list, fmt);
    if (vasprintf(&text, fmt, list) < 0)
        short_of_memory();
    va_end(list);
    char **more = realloc(args->list, (args->n + 2) * sizeof *more);
    if (!more)
        short_of_memory();
    args->list = more;
    args->list[args->n++] = text;
    args->list[args->n] = NULL;
}

char *run_vm_commas(const char *text)
{
    char *out = malloc(2 * strlen(text) + 1), *to = out;
    if (!out)
        short_of_memory();
    for (; *text; text++) {
        if (*text == ',')
            *to++ = ',';
        *to++ = *text;
    }
    *to = 0;
    return out;
}

/* Where the shell would find it; NULL: nowhere. */
static char *in_path(const char *name)
{
    const char *path = getenv("PATH");
    char *all = strdup(path ? path : "/usr/local/bin:/usr/bin:/bin"), *rest = NULL;
    if (!all)
        short_of_memory();
    for (char *dir = strtok_r(all, ":", &rest); dir; dir = strtok_r(NULL, ":", &rest)) {
        char *full;
        if (asprintf(&full, "%s/%s", dir, name) < 0)
            short_of_memory();
        if (access(full, X_OK) == 0) {
            free(all);
            return full;
        }
        free(full);
    }
    free(all);
    return NULL;
}

static int sockets(struct run_vm *r, struct host_error *err)
{
    int *const ours[] = {&r->control, &r->out, &r->err, &r->serial};
    int *const theirs[] = {&r->vm_control, &r->vm_out, &r->vm_err, &r->vm_serial};
    int pair[2];
    for (unsigned i = r->kind->link ? 0 : 3; i < 4; i++) {
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
            return host_fail(err, "no sockets for the guest: %s", strerror(errno));
        *ours[i] = pair[0];
        *theirs[i] = pair[1];
    }
    if (pipe2(pair, O_CLOEXEC))
        return host_fail(err, "no pipe for the hypervisor: %s", strerror(errno));
    r->noise = pair[0];
    r->vm_noise = pair[1];
    return 0;
}

pid_t run_vm_fork(struct run_vm *r, const int *keep, int stderr_fd)
{
    pid_t us = getpid(), pid = fork();
    if (pid) {
        if (pid > 0 && r->nchildren < RUN_VM_CHILDREN)
            r->child[r->nchildren++] = pid;
        return pid;
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    /* Its own group: what the terminal sends is for us, who decide. */
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != us)
        _exit(126);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(stderr_fd, 2) < 0)
        _exit(126);
    for (; *keep >= 0; keep++)
        fcntl(*keep, F_SETFD, 0);
    return 0;
}

static int start(struct run_vm *r, struct run_vm_args *args, struct host_error *err)
{
    int keep[8 + MON_VOLUMES + MON_NET_IFS], n = 0;
    const int own[] = {r->image, r->text, r->vm_control, r->vm_out, r->vm_err};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (own[i] >= 0)
            keep[n++] = own[i];
    for (unsigned i = 0; i < r->o->mounts->n; i++)
        if (r->volume[i] >= 0)
            keep[n++] = r->volume[i];
    for (unsigned i = 0; i < r->ninterfaces; i++)
        keep[n++] = r->interface[i];
    if (r->vm_serial >= 0)
        keep[n++] = r->vm_serial;
    keep[n] = -1;
    if (r->verbose) {
        fputs("pith run:", stderr);
        for (size_t i = 0; i < args->n; i++)
            fprintf(stderr, " %s", args->list[i]);
        fputc('\n', stderr);
    }
    r->vm = run_vm_fork(r, keep, r->vm_noise);
    if (r->vm < 0)
        return host_fail(err, "%s cannot be started: %s", r->binary, strerror(errno));
    if (r->vm == 0) {
        /* Where the serial line is all there is, it is the hypervisor's own stdin and stdout. */
        if (!r->kind->link && (dup2(r->vm_serial, 0) < 0 || dup2(r->vm_serial, 1) < 0))
            _exit(126);
        execv(r->binary, args->list);
        dprintf(2, "%s: %s\n", r->binary, strerror(errno));
        _exit(126);
    }
    for (int i = 0; i < n; i++)
        close(keep[i]);
    close(r->vm_noise);
    if (r->o->time)
        r->stamps[MON_AT_READY] = mon_now();
    return 0;
}

void run_vm_clean(struct run_vm *r)
{
    for (unsigned i = 0; i < r->nchildren; i++)
        if (r->child[i] > 0)
            kill(r->child[i], SIGKILL);
    for (unsigned i = 0; i < r->nchildren; i++)
        if (r->child[i] > 0)
            waitpid(r->child[i], NULL, 0);
    r->nchildren = 0;
}

/* Base and image, in memory. */
static int join(struct run_vm *r, struct host_error *err)
{
    struct cli_program p;
    struct elf_bytes joined = {0};
    if (cli_open("run", r->o->program, false, &p))
        return host_fail(err, "%s cannot be read", r->o->program);
    int bad = cli_image_elf(r->o->program, &p.image, &joined, err);
    cli_close(&p);
    if (bad)
        return -1;
    r->image = memfd_create("image", MFD_CLOEXEC);
    for (uint64_t at = 0; r->image >= 0 && at < joined.size;) {
        ssize_t n = write(r->image, joined.data + at, joined.size - at);
        if (n <= 0)
            return host_fail(err, "the image cannot be written to memory: %s", strerror(errno));
        at += (uint64_t)n;
    }
    free((void *)(uintptr_t)joined.data);
    return r->image < 0 ? host_fail(err, "no memory file: %s", strerror(errno)) : 0;
}

/* What no hypervisor here can do. */
static int check(struct run_vm *r, struct host_error *err)
{
    static struct mon_image image;
    const struct mon_options *o = r->o;
    if (mon_image_open(&image, o->program, err))
        return -1;
    r->devices = image.devices;
    const char *own = o->core                     ? "--core"
                      : o->stats                  ? "--stats"
                      : o->control                ? "--control"
                      : o->time && !r->kind->link ? "--time"
                                                  : NULL;
    if (own)
        return host_fail(
            err,
            "%s is for the machines kvm and process, which see into the guest: use --on "
            "kvm or --on process with it",
            own);
    /* The base lies at 1 MiB; firmware with less would look for it for ever. */
    if (o->memory < 2u << 20)
        return host_fail(err, "-m: a machine of %s has 2M at least", r->kind->name);
    if (o->net->nforwards && !(r->devices >> PITH_DEV_NET & 1)) {
        host_fail(err, "-p: %s opens no sockets", o->program);
        return MON_REFUSED;
    }
    return 0;
}

int run_vm(struct run_vm *r, struct host_error *err)
{
    struct run_vm_args args = {0};
    r->image = r->text = -1;
    r->stamps[MON_AT_START] = r->o->started;
    r->control = r->out = r->err = r->serial = r->noise = -1;
    r->vm_control = r->vm_out = r->vm_err = r->vm_serial = r->vm_noise = -1;
    for (unsigned i = 0; i < MON_VOLUMES; i++)
        r->volume[i] = -1;
    int bad = check(r, err);
    if (bad)
        return bad;
    /* What the caller closed stays closed for the guest: no file of ours takes its number. */
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/", O_PATH) != fd)
            return host_fail(err, "descriptor %d cannot be held", fd);
    r->binary = in_path(r->kind->binary);
    if (!r->binary)
        return host_fail(err, "--on %s: %s is not in PATH (%s)", r->kind->name, r->kind->binary,
                         r->kind->package);
    run_vm_signals_start();
    /* The file server before all that it is not to inherit. */
    bad = join(r, err) || run_vm_volumes(r, err) ? -1 : run_vm_interfaces(r, err);
    if (!bad)
        bad = run_vm_text(r, err) || sockets(r, err) ? -1 : r->kind->command(r, &args, err);
    if (!bad)
        bad = start(r, &args, err);
    if (!bad && r->kind->started)
        bad = r->kind->started(r, err);
    if (bad) {
        run_vm_clean(r);
        return bad;
    }
    run_vm_relay(r);
}
