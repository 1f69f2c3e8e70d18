/* The one list of what happens before a guest runs, read top to bottom. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "container.h"
#include "control.h"
#include "fs_device.h"
#include "inside.h"
#include "jail.h"
#include "limits.h"
#include "net.h"
#include "run.h"

/* In the order they are tried. */
static const struct mon_machine *const machines[] = {&mon_kvm, &mon_process};
#define NMACHINES (sizeof machines / sizeof *machines)

const struct mon_machine *mon_machine_named(const char *name)
{
    for (unsigned i = 0; i < NMACHINES; i++)
        if (strcmp(machines[i]->name, name) == 0)
            return machines[i];
    return NULL;
}

/* The machine asked for must work; if none was, the first that does. */
static int choose(struct mon *m, const struct mon_options *o, struct host_error *err)
{
    struct host_error why;
    if (o->machine) {
        m->machine = o->machine;
        if (m->machine->probe(&why))
            return host_fail(err, "--on %s: %s", m->machine->name, why.text);
        return 0;
    }
    for (unsigned i = 0; i < NMACHINES; i++) {
        m->machine = machines[i];
        if (m->machine->probe(&why) == 0)
            return 0;
        /* Whoever reads a container's log should know what isolates it. */
        if (o->container && i + 1 < NMACHINES)
            mon_say("pith: it runs on %s, not on %s: %s\n", machines[i + 1]->name,
                    machines[i]->name, why.text);
    }
    return host_fail(err, "no machine works here; the last, %s, says: %s (see: pith doctor)",
                     m->machine->name, why.text);
}

/* Monitor and guest use 0 to 2; whatever else the caller left open is not the guest's. A closed one
 * of the three is taken by a descriptor that can neither read nor write, so that no file of the
 * monitor gets its number. */
static void close_inherited(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            open("/dev/null", O_PATH);
    syscall(SYS_close_range, 3, ~0u, 0);
}

/* The devices that the image has drivers for and this run offers. A driver whose device is not
 * offered finds none: a program with sockets runs without a network. */
static int add_devices(struct mon *m, struct host_error *err)
{
    const uint64_t known = 1ull << PITH_DEV_CONSOLE | 1ull << PITH_DEV_RNG | 1ull << PITH_DEV_NET |
                           1ull << PITH_DEV_BLK | 1ull << PITH_DEV_FS;
    uint64_t have = m->image.devices;
    if (have & ~known)
        return host_fail(err, "%s: it has a driver for device %d, which `pith run` does not serve",
                         m->common->options->program, __builtin_ctzll(have & ~known));
    if (have & 1ull << PITH_DEV_CONSOLE && mon_console_add(m, err))
        return -1;
    if (have & 1ull << PITH_DEV_RNG && mon_rng_add(m, err))
        return -1;
    const struct mon_net_options *net = m->common->options->net;
    if (!(have & 1ull << PITH_DEV_NET) && net && net->nforwards) {
        host_fail(err, "-p: %s opens no sockets", m->common->options->program);
        return MON_REFUSED;
    }
    bool taken = m->common->options->container && net && net->nifs;
    if (have & 1ull << PITH_DEV_NET && ((taken && mon_container_claim(err)) || mon_net_add(m, err)))
        return MON_REFUSED;
    if (mon_fs_add(m, err))
        return -1;
    return 0;
}

/* Made before the jail, which forbids making files; stays empty if the guest ends well. */
static int open_core(struct mon_run *run, struct host_error *err)
{
    run->core = -1;
    if (!run->options->core)
        return 0;
    run->core = open(run->options->core, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600);
    if (run->core < 0)
        return host_fail(err, "--core %s: %s", run->options->core, strerror(errno));
    return 0;
}

int mon_start(const struct mon_options *options, struct host_error *err)
{
    static struct mon mon;
    static struct mon_run run;
    struct mon *m = &mon;
    struct host_error why;
    m->common = &run;
    m->ram_bytes = options->memory & ~(uint64_t)(PITH_PAGE - 1);
    run.options = options;
    run.timer = -1;
    run.stamps[MON_AT_START] = options->started;
    run.began = options->control ? mon_now() : 0;

    close_inherited();
    if (options->container) {
        mon_container_start(m);
        mon_container_limit_open(m);
        m->ram_most = mon_container_memory(0);
    }
    /* The file, checked; nothing of it is mapped yet. */
    if (mon_image_open(&m->image, options->program, err))
        return -1;
    if (choose(m, options, err))
        return options->container ? MON_REFUSED : -1;
    int bad = add_devices(m, err);
    if (!bad && (options->control || options->container) &&
        inside_add(m, options->control != NULL, err))
        bad = -1;
    if (bad || mon_window_size(m, err))
        return bad ? bad : -1;
    /* The machine with the image in it, and the guest's first memory. */
    if (m->machine->create(m, err))
        return -1;
    if (mon_memory_start(m, &why))
        return host_fail(err, "%s: %s", options->program, why.text);
    /* What the guest finds at boot. */
    if (mon_window_fill(m, err))
        return -1;
    /* The modes of files in volumes are the guest's to choose: it has its own umask. */
    if (mon_fs_trees()->fd >= 0)
        umask(0);
    /* From here on faults and signals are the guest's. */
    if (mon_signals_start(m, err) || open_core(&run, err))
        return -1;
    if (options->control && mon_control_start(m, options->control, err))
        return -1;
    if (options->control)
        mon_resident_open();
    /* The container's root has done its part. */
    if (options->container && mon_container_become(options->container, err))
        return -1;
    if (options->time)
        run.stamps[MON_AT_READY] = mon_now();
    /* Nothing below opens, makes or asks for anything new. */
    if (mon_jail(m, run.core, err))
        return -1;
    m->machine->run(m);
    mon_finish(m);
}
