/* Firecracker: no command line to speak of, a configuration file instead (its documentation,
 * "Getting started", --no-api --config-file). The guest's only console is the serial line, which is
 * Firecracker's own stdin and stdout; networks are taps, disks are files, there are no volumes.
 */
#include "cli/run_vm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Firecracker's limit of the kernel command line, with what it adds itself. */
#define BOOT_ARGS_MAX 1900u

static void string(FILE *f, const char *text)
{
    fputc('"', f);
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            fprintf(f, "\\%c", *text);
        else if ((unsigned char)*text < ' ')
            fprintf(f, "\\u%04x", *text);
        else
            fputc(*text, f);
    fputc('"', f);
}

static int write_disks(FILE *f, const struct mon_mount_options *mounts, struct host_error *err)
{
    unsigned n = 0;
    for (unsigned i = 0; i < mounts->n; i++) {
        const struct mon_volume *v = &mounts->volumes[i];
        if (v->kind == MON_VOLUME_TREE)
            return host_fail(err, "%s: Firecracker has no volumes; --disk is possible", v->option);
        if (v->kind != MON_VOLUME_DISK)
            continue;
        fprintf(f, "%s{\"drive_id\":\"disk%u\",\"is_root_device\":false,\"is_read_only\":%s,",
                n++ ? "," : "", i, v->read_only ? "true" : "false");
        fputs("\"path_on_host\":", f);
        string(f, v->host);
        fputc('}', f);
    }
    return 0;
}

static int write_interfaces(FILE *f, const struct run_vm *r, struct host_error *err)
{
    const struct mon_net_options *net = r->o->net;
    unsigned n = 0;
    if (net->none || !(r->devices >> PITH_DEV_NET & 1))
        return 0;
    if (net->nforwards)
        return host_fail(err, "-p: Firecracker has no user network; --net tap:NAME reaches the "
                              "guest at its own address");
    for (unsigned i = 0; i < net->nifs; i++) {
        const struct mon_net_if *want = &net->ifs[i];
        if (want->kind != MON_NET_TAP)
            return host_fail(err, "--net: Firecracker takes tap:NAME alone");
        fprintf(f, "%s{\"iface_id\":\"eth%u\",\"host_dev_name\":", n++ ? "," : "", i);
        string(f, want->name);
        if (want->has_mac)
            fprintf(f, ",\"guest_mac\":\"%02x:%02x:%02x:%02x:%02x:%02x\"", want->mac[0],
                    want->mac[1], want->mac[2], want->mac[3], want->mac[4], want->mac[5]);
        fputc('}', f);
    }
    return 0;
}

static int command(struct run_vm *r, struct run_vm_args *args, struct host_error *err)
{
    if (r->machine_type || r->accel)
        return host_fail(err, "--machine-type and --accel are for --on qemu");
    if (r->text_len > BOOT_ARGS_MAX)
        return host_fail(err,
                         "the guest's arguments, environment and files of names take %zu "
                         "bytes, Firecracker's command line has %u: env -i helps",
                         r->text_len, BOOT_ARGS_MAX);
    FILE *f = fdopen(dup(r->text), "w");
    if (!f || ftruncate(r->text, 0) || lseek(r->text, 0, SEEK_SET))
        return host_fail(err, "the configuration cannot be written: %s", strerror(errno));
    for (char *c = r->words; *c; c++)
        if (*c == '\n')
            *c = ' ';
    fprintf(
        f, "{\"boot-source\":{\"kernel_image_path\":\"/proc/self/fd/%d\",\"boot_args\":", r->image);
    string(f, r->words);
    fprintf(f, "},\"machine-config\":{\"vcpu_count\":1,\"mem_size_mib\":%llu},\"drives\":[",
            (unsigned long long)((r->o->memory + (1u << 20) - 1) >> 20));
    int bad = write_disks(f, r->o->mounts, err);
    fputs("],\"network-interfaces\":[", f);
    if (!bad)
        bad = write_interfaces(f, r, err);
    fputs("]}\n", f);
    if (fclose(f) && !bad)
        bad = host_fail(err, "the configuration cannot be written");
    run_vm_arg(args, "%s", r->binary);
    run_vm_arg(args, "--no-api");
    run_vm_arg(args, "--config-file");
    run_vm_arg(args, "/proc/self/fd/%d", r->text);
    /* Its log goes to stdout otherwise, which is the guest's (from its version 1.5 on). */
    run_vm_arg(args, "--level");
    run_vm_arg(args, "Error");
    run_vm_arg(args, "--log-path");
    run_vm_arg(args, "/proc/self/fd/2");
    return bad;
}

const struct run_vm_kind run_firecracker = {
    .name = "firecracker",
    .binary = "firecracker",
    .package = "from github.com/firecracker-microvm/firecracker",
    .command = command,
};
