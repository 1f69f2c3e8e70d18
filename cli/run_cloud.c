/* Cloud Hypervisor's command line. The guest's console is the serial line, which is its own stdin
 * and stdout; networks are taps, volumes are vhost-user file servers.
 */
#include "cli/run_vm.h"

#include <stdio.h>
#include <string.h>

#define CMDLINE_MAX 60000u

static int add_volumes(struct run_vm *r, struct run_vm_args *args, struct host_error *err)
{
    const struct mon_mount_options *mounts = r->o->mounts;
    bool disk = false;
    for (unsigned i = 0; i < mounts->n; i++) {
        const struct mon_volume *v = &mounts->volumes[i];
        if (v->kind == MON_VOLUME_TREE)
            return host_fail(err,
                             "%s: volumes are not wired up for Cloud Hypervisor; --disk is "
                             "possible",
                             v->option);
        if (v->kind != MON_VOLUME_DISK)
            continue;
        if (strpbrk(v->host, ",\"[]"))
            return host_fail(err, "%s: Cloud Hypervisor takes no such path", v->option);
        if (!disk)
            run_vm_arg(args, "--disk");
        disk = true;
        run_vm_arg(args, "path=%s,readonly=%s", v->host, v->read_only ? "on" : "off");
    }
    return 0;
}

static int add_interfaces(struct run_vm *r, struct run_vm_args *args, struct host_error *err)
{
    const struct mon_net_options *net = r->o->net;
    if (net->none || !(r->devices >> PITH_DEV_NET & 1))
        return 0;
    if (net->nforwards)
        return host_fail(err, "-p: Cloud Hypervisor has no user network; --net tap:NAME reaches "
                              "the guest at its own address");
    for (unsigned i = 0; i < net->nifs; i++) {
        const struct mon_net_if *want = &net->ifs[i];
        if (want->kind != MON_NET_TAP)
            return host_fail(err, "--net: Cloud Hypervisor takes tap:NAME alone");
        if (i == 0)
            run_vm_arg(args, "--net");
        if (want->has_mac)
            run_vm_arg(args, "tap=%s,mac=%02x:%02x:%02x:%02x:%02x:%02x", want->name, want->mac[0],
                       want->mac[1], want->mac[2], want->mac[3], want->mac[4], want->mac[5]);
        else
            run_vm_arg(args, "tap=%s", want->name);
    }
    return 0;
}

static int command(struct run_vm *r, struct run_vm_args *args, struct host_error *err)
{
    if (r->machine_type || r->accel)
        return host_fail(err, "--machine-type and --accel are for --on qemu");
    if (r->text_len > CMDLINE_MAX)
        return host_fail(err,
                         "the guest's arguments and environment take %zu bytes, the command "
                         "line has %u",
                         r->text_len, CMDLINE_MAX);
    for (char *c = r->words; *c; c++)
        if (*c == '\n')
            *c = ' ';
    run_vm_arg(args, "%s", r->binary);
    run_vm_arg(args, "--kernel");
    run_vm_arg(args, "/proc/self/fd/%d", r->image);
    run_vm_arg(args, "--cmdline");
    run_vm_arg(args, "%s", r->words);
    run_vm_arg(args, "--cpus");
    run_vm_arg(args, "boot=1");
    run_vm_arg(args, "--memory");
    run_vm_arg(args, "size=%lluM", (unsigned long long)((r->o->memory + (1u << 20) - 1) >> 20));
    run_vm_arg(args, "--serial");
    run_vm_arg(args, "tty");
    run_vm_arg(args, "--console");
    run_vm_arg(args, "off");
    int bad = add_volumes(r, args, err);
    return bad ? bad : add_interfaces(r, args, err);
}

const struct run_vm_kind run_cloud = {
    .name = "cloud-hypervisor",
    .binary = "cloud-hypervisor",
    .package = "from github.com/cloud-hypervisor/cloud-hypervisor",
    .command = command,
};
