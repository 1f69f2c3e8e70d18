/* What the host gives the guest of another hypervisor: volumes and interfaces.
 *
 * Both are opened by the monitor's own code, so that an option means the same as on the own
 * machines and fails with the same sentence: volumes by its file server, in a process that stands
 * behind the hypervisor's vhost-user devices (run_vm_vhost.h), interfaces by what opens them for
 * its own network device. The hypervisor gets descriptors. No privilege is needed that pith itself
 * would not need.
 */
#include "cli/run_vm.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/run_vm_vhost.h"
#include "monitor/fs_device.h"
#include "monitor/jail.h"
#include "monitor/net.h"
#include "monitor/run.h"

/* The system calls of run_vm_vhost.c, beside those of the file server. */
static const struct mon_jail_rule rules[] = {
    {SYS_recvmsg, MON_JAIL_ANY, 0, 0, "run_vm_vhost.c: receive"},
    {SYS_read, MON_JAIL_ANY, 0, 0, "run_vm_vhost.c: serve"},
    {SYS_write, MON_JAIL_ANY, 0, 0, "run_vm_vhost.c: answer, run_vm_ring.c: vhost_ring_serve"},
    {SYS_munmap, MON_JAIL_ANY, 0, 0, "run_vm_vhost.c: forget"},
    {0, 0, 0, 0, NULL},
};
/* A guest that is somebody else's: nothing of a machine of ours is there but its jail. */
static const struct mon_machine elsewhere = {.name = "vm", .jail = rules};
static struct mon_run run;
static struct mon_options options;
static struct mon host = {.machine = &elsewhere, .common = &run};

/* What the monitor is to open: nothing of the disks, which are the hypervisor's. */
static void describe(const struct run_vm *r)
{
    static struct mon_mount_options trees;
    const struct mon_mount_options *all = r->o->mounts;
    options = *r->o;
    options.mounts = &trees;
    run.options = &options;
    host.image.devices = r->devices;
    for (unsigned i = 0; i < all->n; i++)
        if (all->volumes[i].kind == MON_VOLUME_TREE)
            trees.volumes[trees.n++] = all->volumes[i];
}

/* What the server's process says when it has opened the volumes. */
struct opened {
    bool bad;
    bool file[MON_VOLUMES]; /* by number in the options */
    struct host_error err;
};

static const struct mon_mount *mount_of(const struct mon_volume *v)
{
    for (unsigned k = 0; k < run.nmounts; k++)
        if (run.mount[k].path == v->guest)
            return &run.mount[k];
    return NULL;
}

/* In the server's process, for its /proc is what the file server opens files by. */
static _Noreturn void serve(const struct run_vm *r, const int *links, int answer)
{
    static struct vhost list[MON_VOLUMES];
    static struct opened opened;
    const struct mon_mount_options *all = r->o->mounts;
    unsigned n = 0;
    describe(r);
    opened.bad = mon_fs_add(&host, &opened.err);
    for (unsigned i = 0; i < all->n && !opened.bad; i++)
        if (links[i] >= 0) {
            const struct mon_mount *mount = mount_of(&all->volumes[i]);
            vhost_open(&list[n++], links[i], run.device[mount->device].priv);
            opened.file[i] = mount->flags & PITH_MOUNT_FILE;
        }
    /* The modes of files are the guest's to choose. */
    umask(0);
    if (!opened.bad)
        opened.bad = mon_jail(&host, -1, &opened.err);
    bool told = write(answer, &opened, sizeof opened) == (ssize_t)sizeof opened;
    close(answer);
    if (opened.bad || !told)
        _exit(126);
    if (vhost_run(list, n))
        _exit(0);
    mon_say("pith: %s: it broke a volume's queue: %s\n", r->o->program, list[0].broken);
    _exit(128 + SIGABRT);
}

static int hear(struct run_vm *r, int answer, struct host_error *err)
{
    struct opened opened;
    ssize_t n;
    while ((n = read(answer, &opened, sizeof opened)) < 0 && errno == EINTR)
        continue;
    if (n != (ssize_t)sizeof opened)
        return host_fail(err, "the file server does not start");
    if (opened.bad)
        return host_fail(err, "%s", opened.err.text);
    memcpy(r->file, opened.file, sizeof r->file);
    return 0;
}

int run_vm_volumes(struct run_vm *r, struct host_error *err)
{
    const struct mon_mount_options *all = r->o->mounts;
    int links[MON_VOLUMES], answer[2], pair[2], none = -1;
    bool any = false;
    memset(links, -1, sizeof links);
    for (unsigned i = 0; i < all->n; i++) {
        if (!r->kind->files || all->volumes[i].kind != MON_VOLUME_TREE)
            continue;
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
            return host_fail(err, "no socket for a volume: %s", strerror(errno));
        links[i] = pair[0];
        r->volume[i] = pair[1];
        any = true;
    }
    if (!any)
        return 0;
    if (pipe2(answer, O_CLOEXEC))
        return host_fail(err, "no pipe for the file server: %s", strerror(errno));
    r->files = run_vm_fork(r, &none, 2);
    if (r->files < 0)
        return host_fail(err, "the file server cannot be started: %s", strerror(errno));
    if (r->files == 0) {
        for (unsigned i = 0; i < all->n; i++)
            if (r->volume[i] >= 0)
                close(r->volume[i]);
        close(r->image);
        close(answer[0]);
        serve(r, links, answer[1]);
    }
    for (unsigned i = 0; i < all->n; i++)
        if (links[i] >= 0)
            close(links[i]);
    close(answer[1]);
    int bad = hear(r, answer[0], err);
    close(answer[0]);
    return bad;
}

int run_vm_interfaces(struct run_vm *r, struct host_error *err)
{
    const struct mon_net_options *net = r->o->net;
    const struct mon_net *open;
    describe(r);
    if (!r->kind->interfaces || !(r->devices >> PITH_DEV_NET & 1))
        return 0;
    for (unsigned i = 0; i < net->nifs; i++)
        if (net->ifs[i].kind == MON_NET_PACKET) {
            host_fail(
                err,
                "--net packet: is for the machines kvm and process; for --on %s use slirp, or "
                "tap:NAME and a bridge on the host",
                r->kind->name);
            return MON_REFUSED;
        }
    if (mon_net_add(&host, err))
        return MON_REFUSED;
    for (; (open = mon_net_interface(r->ninterfaces)); r->ninterfaces++)
        r->interface[r->ninterfaces] = open->fd;
    return 0;
}
