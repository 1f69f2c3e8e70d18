/* Boot parameters for the base of the machine `vm`: words separated by newlines, odd bytes as %XX
 * (docs/vm.md, "Boot parameters"). What the common monitor writes into the boot window is told
 * here, so that the same options mean the same.
 */
#include "cli/run_vm.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "monitor/limits.h"
#include "monitor/net.h"
#include "monitor/run.h"

void run_vm_encode(FILE *f, const char *text, size_t n)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
    if (n == 0)
        fputc('%', f); /* an empty word */
    for (size_t i = 0; i < n; i++)
        if (text[i] && strchr(plain, text[i]))
            fputc(text[i], f);
        else
            fprintf(f, "%%%02X", (unsigned char)text[i]);
}

static void word(FILE *f, const char *name, const char *text)
{
    fprintf(f, "%s=", name);
    run_vm_encode(f, text, strlen(text));
    fputc('\n', f);
}

static int directory(FILE *f, const char *wanted, struct host_error *err)
{
    char own[4096];
    if (wanted && wanted[0] != '/')
        return host_fail(err, "-w %s: the working directory must be absolute", wanted);
    if (!wanted && getcwd(own, sizeof own))
        wanted = own;
    word(f, "pith.cwd", wanted && wanted[0] == '/' ? wanted : "/");
    return 0;
}

static void process(FILE *f)
{
    mode_t mask = umask(0);
    umask(mask);
    fprintf(f, "pith.umask=%o\npith.uid=%u:%u:%u:%u\n", mask, getuid(), getgid(), geteuid(),
            getegid());
    fputs("pith.stdio=", f);
    for (int fd = 0; fd < 3; fd++) {
        struct stat st;
        int flags = fcntl(fd, F_GETFL);
        unsigned mode = 0, what = 0;
        if (flags >= 0 && !(flags & O_PATH) && fstat(fd, &st) == 0) {
            mode = st.st_mode;
            what = ((flags & O_ACCMODE) != O_WRONLY ? PITH_STDIO_READ : 0) |
                   ((flags & O_ACCMODE) != O_RDONLY ? PITH_STDIO_WRITE : 0) |
                   (S_ISCHR(mode) && isatty(fd) ? PITH_STDIO_TTY : 0);
        }
        fprintf(f, "%s0x%x:0x%x", fd ? "," : "", mode, what);
    }
    fputc('\n', f);
}

static const char *show(const struct pith_net_addr *a, char text[INET6_ADDRSTRLEN])
{
    return inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->addr, text, INET6_ADDRSTRLEN);
}

/* Of interface i; each route stands behind the first address of its family that has none yet. */
static void addresses(FILE *f, unsigned i, const struct pith_net_addr *addrs, unsigned naddrs,
                      const struct pith_net_route *routes, unsigned nroutes)
{
    char text[INET6_ADDRSTRLEN];
    unsigned done = 0;
    for (unsigned k = 0; k < naddrs; k++) {
        fprintf(f, "pith.ip=eth%u:%s/%u", i, show(&addrs[k], text), addrs[k].prefix);
        for (unsigned r = 0; r < nroutes; r++)
            if (!(done >> r & 1) && routes[r].family == addrs[k].family) {
                struct pith_net_addr via = {.family = routes[r].family};
                memcpy(via.addr, routes[r].via, sizeof via.addr);
                fprintf(f, ",gw=%s", show(&via, text));
                done |= 1u << r;
                break;
            }
        fputc('\n', f);
    }
}

/* Those that we opened, and of which the device tells the rest; or, where the hypervisor opens
 * them, what was asked for. */
static void interfaces(FILE *f, const struct run_vm *r)
{
    const struct mon_net_options *net = r->o->net;
    for (unsigned i = 0; i < r->ninterfaces; i++) {
        const struct pith_net_config *c = mon_net_config(i);
        addresses(f, i, c->addrs, c->naddrs, c->routes, c->nroutes);
        if (c->flags & PITH_NET_DHCP)
            fprintf(f, "pith.ip=eth%u:dhcp\n", i);
    }
    for (unsigned i = 0; i < net->nifs && !r->kind->interfaces; i++) {
        const struct mon_net_if *want = &net->ifs[i];
        if (want->mtu)
            fprintf(f, "pith.mtu=eth%u:%u\n", i, want->mtu);
        addresses(f, i, want->addrs, want->naddrs, want->routes, want->nroutes);
        if (want->dhcp)
            fprintf(f, "pith.ip=eth%u:dhcp\n", i);
    }
}

static void options(FILE *f, const struct mon_volume *v, bool file)
{
    fputs(v->read_only ? ":ro" : ":rw", f);
    if (file)
        fputs(",file", f);
    if (v->noexec)
        fputs(",noexec", f);
    if (v->kind == MON_VOLUME_TMPFS)
        fprintf(f, ",mode=%o,size=%llu", v->mode, (unsigned long long)v->size);
    fputc('\n', f);
}

static int volumes(struct run_vm *r, FILE *f, struct host_error *err)
{
    static const char *const words[] = {"pith.mount", "pith.tmpfs", "pith.disk"};
    const struct mon_mount_options *mounts = r->o->mounts;
    bool has_root = false;
    for (unsigned i = 0; i < mounts->n; i++) {
        const struct mon_volume *v = &mounts->volumes[i];
        unsigned driver = v->kind == MON_VOLUME_TREE   ? PITH_DEV_FS
                          : v->kind == MON_VOLUME_DISK ? PITH_DEV_BLK
                                                       : 0;
        if (driver == PITH_DEV_FS && !(r->devices >> driver & 1))
            return host_fail(err, "%s: the program has no use for it: no part of it opens files",
                             v->option);
        if (driver == PITH_DEV_BLK && !(r->devices >> driver & 1))
            return host_fail(err,
                             "%s: the program has no driver for disks: link it with pith-cc %s",
                             v->option, v->guest ? "--pith-ext4" : "--pith-disk");
        has_root |= v->guest && strcmp(v->guest, "/") == 0;
        fprintf(f, "%s=", words[v->kind]);
        if (v->kind == MON_VOLUME_TREE)
            fprintf(f, "pith%u:", i);
        if (v->guest)
            run_vm_encode(f, v->guest, strlen(v->guest));
        options(f, v, r->file[i]);
    }
    if (mounts->read_only && !has_root)
        fputs("pith.tmpfs=/:ro,mode=755\n", f);
    return 0;
}

static void files(FILE *f, const struct mon_net_options *net)
{
    struct mon_file list[MON_NET_TEXTS];
    unsigned n = mon_net_texts(net, list);
    for (unsigned i = 0; i < n; i++) {
        fputs("pith.file=", f);
        run_vm_encode(f, list[i].path, strlen(list[i].path));
        fprintf(f, ":%o:", list[i].mode);
        run_vm_encode(f, list[i].data, list[i].len);
        fputc('\n', f);
    }
}

int run_vm_text(struct run_vm *r, struct host_error *err)
{
    const struct mon_options *o = r->o;
    struct utsname own;
    FILE *f = open_memstream(&r->words, &r->text_len);
    if (!f)
        return host_fail(err, "memory is short");
    word(f, "pith.name", o->program);
    word(f, "pith.hostname",
         o->net->hostname   ? o->net->hostname
         : uname(&own) == 0 ? own.nodename
                            : "localhost");
    if (directory(f, o->directory, err))
        return fclose(f), -1;
    process(f);
    if (!r->kind->link)
        fputs("pith.status=serial\npith.console=raw\n", f);
    if (r->devices >> PITH_DEV_NET & 1)
        interfaces(f, r);
    if (o->time)
        fputs("pith.stamps\n", f);
    if (volumes(r, f, err))
        return fclose(f), -1;
    files(f, o->net);
    for (char **e = o->env; *e; e++)
        word(f, "pith.env", *e);
    if (o->argc)
        word(f, "pith.argv0", o->argv[0]);
    fputs("--\n", f);
    for (int i = 1; i < o->argc; i++) {
        run_vm_encode(f, o->argv[i], strlen(o->argv[i]));
        fputc('\n', f);
    }
    if (fclose(f) || !r->words)
        return host_fail(err, "memory is short");
    if (r->text_len > MON_STRINGS_MAX)
        return host_fail(err, "arguments and environment take %zu bytes, more than %llu",
                         r->text_len, MON_STRINGS_MAX);
    r->text = memfd_create("boot parameters", 0);
    if (r->text < 0 || write(r->text, r->words, r->text_len) != (ssize_t)r->text_len)
        return host_fail(err, "the boot parameters cannot be written: %s", strerror(errno));
    return 0;
}
