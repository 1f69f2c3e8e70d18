/* QEMU's command line (7.2 and later): a machine with nothing but what the guest uses.
 *
 * microvm has virtio-mmio, q35 and pc have PCI; the same devices differ in the end of their names.
 * Values that may hold a comma are doubled as QEMU wants them. Everything that can be is handed
 * over as a descriptor, so that no file is left behind.
 */
#include "cli/run_vm.h"

#include <stdio.h>
#include <string.h>

#include "monitor/net.h"

/* Transports of microvm without ACPI, the console's among them. */
#define MICROVM_DEVICES 8u

struct qemu {
    struct run_vm *r;
    struct run_vm_args *args;
    const char *bus;  /* "device" or "pci" */
    const char *more; /* what every PCI device says */
    unsigned devices;
};

static void machine(struct qemu *q, const char *type, const char *accel)
{
    struct run_vm_args *a = q->args;
    bool micro = strcmp(type, "microvm") == 0, shared = false;
    unsigned long long kib = q->r->o->memory >> 10;
    for (unsigned i = 0; i < q->r->o->mounts->n; i++)
        shared |= q->r->volume[i] >= 0;
    run_vm_arg(a, "-M");
    run_vm_arg(a, "%s,accel=%s%s%s", type, accel, micro ? ",acpi=off" : ",hpet=off",
               shared ? ",memory-backend=ram" : "");
    run_vm_arg(a, "-m");
    run_vm_arg(a, "%lluK", kib);
    if (shared) { /* with the file servers */
        run_vm_arg(a, "-object");
        run_vm_arg(a, "memory-backend-memfd,id=ram,size=%lluK,share=on", kib);
    }
    run_vm_arg(a, "-cpu");
    run_vm_arg(a, "%s", strcmp(accel, "kvm") == 0 ? "host" : "max");
    static const char *const rest[] = {"-nodefaults",
                                       "-no-user-config",
                                       "-no-reboot",
                                       "-display",
                                       "none",
                                       "-global",
                                       "virtio-mmio.force-legacy=false",
                                       "-device",
                                       "isa-debug-exit,iobase=0xf4,iosize=4"};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        run_vm_arg(a, "%s", rest[i]);
    run_vm_arg(a, "-kernel");
    run_vm_arg(a, "/proc/self/fd/%d", q->r->image);
    run_vm_arg(a, "-append");
    run_vm_arg(a, "pith.exit=0xf4 pith.fw_cfg");
    run_vm_arg(a, "-fw_cfg");
    run_vm_arg(a, "name=opt/pith/boot,file=/proc/self/fd/%d", q->r->text);
}

static void chardev(struct qemu *q, const char *id, int fd)
{
    run_vm_arg(q->args, "-chardev");
    run_vm_arg(q->args, "socket,id=%s,fd=%d", id, fd);
}

static void device(struct qemu *q, const char *name, const char *rest)
{
    /* This one never had a legacy interface, and no switch for it. */
    bool modern = strcmp(name, "vhost-user-fs") == 0;
    run_vm_arg(q->args, "-device");
    run_vm_arg(q->args, "%s-%s%s%s", name, q->bus, modern ? "" : q->more, rest);
    q->devices++;
}

static void consoles(struct qemu *q)
{
    static const char *const names[] = {"control", "stdout", "stderr"};
    const int fds[] = {q->r->vm_control, q->r->vm_out, q->r->vm_err};
    chardev(q, "serial", q->r->vm_serial);
    run_vm_arg(q->args, "-serial");
    run_vm_arg(q->args, "chardev:serial");
    device(q, "virtio-serial", ",max_ports=4");
    for (unsigned i = 0; i < 3; i++) {
        chardev(q, names[i], fds[i]);
        run_vm_arg(q->args, "-device");
        run_vm_arg(q->args, "virtserialport,nr=%u,chardev=%s,name=pith.%s", i + 1, names[i],
                   names[i]);
    }
}

/* Ours already (run_vm_host.c): QEMU moves frames between the device and a descriptor. */
static void interfaces(struct qemu *q)
{
    for (unsigned i = 0; i < q->r->ninterfaces; i++) {
        const struct mon_net *net = mon_net_interface(i);
        const struct pith_net_config *c = &net->config;
        char options[128];
        run_vm_arg(q->args, "-netdev");
        run_vm_arg(q->args,
                   net->file ? "tap,id=net%u,fd=%d" : "dgram,id=net%u,local.type=fd,local.str=%d",
                   i, net->fd);
        snprintf(options, sizeof options,
                 ",netdev=net%u,mac=%02x:%02x:%02x:%02x:%02x:%02x,host_mtu=%u%s", i, c->mac[0],
                 c->mac[1], c->mac[2], c->mac[3], c->mac[4], c->mac[5], c->mtu,
                 *q->more ? ",romfile=" : "");
        device(q, "virtio-net", options);
    }
}

static void volumes(struct qemu *q)
{
    const struct mon_mount_options *mounts = q->r->o->mounts;
    char id[32], options[64];
    for (unsigned i = 0; i < mounts->n; i++) {
        const struct mon_volume *v = &mounts->volumes[i];
        if (q->r->volume[i] >= 0) {
            snprintf(id, sizeof id, "fs%u", i);
            chardev(q, id, q->r->volume[i]);
            /* Room for a request of 1 MiB whose pages lie anywhere. */
            snprintf(options, sizeof options, ",chardev=fs%u,tag=pith%u,queue-size=1024", i, i);
            device(q, "vhost-user-fs", options);
        } else if (v->kind == MON_VOLUME_DISK && q->r->devices >> PITH_DEV_BLK & 1) {
            char *file = run_vm_commas(v->host);
            run_vm_arg(q->args, "-drive");
            run_vm_arg(q->args, "if=none,id=disk%u,format=raw,discard=unmap,read-only=%s,file=%s",
                       i, v->read_only ? "on" : "off", file);
            snprintf(options, sizeof options, ",drive=disk%u", i);
            device(q, "virtio-blk", options);
        }
    }
}

static int command(struct run_vm *r, struct run_vm_args *args, struct host_error *err)
{
    const char *type = r->machine_type ? r->machine_type : "microvm";
    bool micro = strcmp(type, "microvm") == 0;
    struct qemu q = {r, args, micro ? "device" : "pci", micro ? "" : ",disable-legacy=on", 0};
    if (!micro && strcmp(type, "q35") != 0 && strcmp(type, "pc") != 0)
        return host_fail(err, "--machine-type takes microvm, q35 or pc, not '%s'", type);
    const char *accel = r->accel ? r->accel : run_qemu_accel(r);
    if (r->verbose)
        fprintf(stderr, "pith run: %s, machine %s, %s\n", r->binary, type, accel);
    run_vm_arg(args, "%s", r->binary);
    machine(&q, type, accel);
    consoles(&q);
    interfaces(&q);
    volumes(&q);
    if (micro && q.devices > MICROVM_DEVICES)
        return host_fail(err,
                         "QEMU's microvm has %u devices, this guest wants %u: use "
                         "--machine-type q35",
                         MICROVM_DEVICES, q.devices);
    return 0;
}

const struct run_vm_kind run_qemu = {
    .name = "qemu",
    .binary = "qemu-system-x86_64",
    .package = "Debian: apt-get install qemu-system-x86",
    .link = true,
    .files = true,
    .interfaces = true,
    .command = command,
};
