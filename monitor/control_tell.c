/* What the monitor itself knows, as text: memory, interfaces, mounts, and all of it as numbers for
 * Prometheus (its text format, version 0.0.4). See control.h. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "container.h"
#include "control.h"
#include "net.h"

#define KIB(n) ((unsigned long long)(n) >> 10)

void mon_tell_mem(struct mon *m, struct mon_text *t)
{
    const struct mon_run *run = m->common;
    uint64_t resident = mon_resident();
    if (mon_container_limit(m))
        mon_text(t, "container  %10llu KiB  limit of the container\n", KIB(mon_container_limit(m)));
    mon_text(t, "limit      %10llu KiB  of the guest\n", KIB(m->ram_bytes));
    mon_text(t, "committed  %10llu KiB  image, heap, stacks, caches\n", KIB(run->used));
    mon_text(t, "free       %10llu KiB  of the guest's limit\n", KIB(m->ram_bytes - run->used));
    if (run->packed)
        mon_text(t, "packed     %10llu KiB  of what is committed, while the guest rests\n",
                 KIB(run->packed));
    if (resident)
        mon_text(t, "resident   %10llu KiB  of guest and monitor together\n", KIB(resident));
}

static void tell_address(struct mon_text *t, const struct pith_net_addr *a)
{
    char text[INET6_ADDRSTRLEN];
    inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->addr, text, sizeof text);
    mon_text(t, "  %s %s/%u\n", a->family == 4 ? "inet" : "inet6", text, a->prefix);
}

void mon_tell_net(struct mon *m, struct mon_text *t)
{
    const struct mon_net *net;
    mon_text(t, "lo\n  inet 127.0.0.1/8\n  inet6 ::1/128\n");
    for (unsigned i = 0; (net = mon_net_interface(i)); i++) {
        const struct pith_net_config *c = &net->config;
        mon_text(t, "%s mtu %u mac %02x:%02x:%02x:%02x:%02x:%02x\n", c->name, c->mtu, c->mac[0],
                 c->mac[1], c->mac[2], c->mac[3], c->mac[4], c->mac[5]);
        for (unsigned k = 0; k < c->naddrs; k++)
            tell_address(t, &c->addrs[k]);
        mon_text(t, "  received %lu frames, %llu bytes; sent %lu frames, %llu bytes; dropped %lu\n",
                 net->frames[0], (unsigned long long)net->bytes[0], net->frames[1],
                 (unsigned long long)net->bytes[1], net->dropped);
    }
    mon_tell_sockets(m, t);
}

void mon_tell_mounts(struct mon *m, struct mon_text *t)
{
    const struct mon_run *run = m->common;
    static const char *const kinds[] = {
        [PITH_MOUNT_FS] = "virtiofs", [PITH_MOUNT_TMPFS] = "tmpfs", [PITH_MOUNT_DISK] = "disk"};
    if (run->nmounts == 0)
        mon_text(t, "nothing is mounted: the guest's files are in its own memory\n");
    for (unsigned i = 0; i < run->nmounts; i++) {
        const struct mon_mount *mount = &run->mount[i];
        mon_text(t, "%-8s %s %s\n", kinds[mount->type],
                 mount->flags & PITH_MOUNT_READ_ONLY ? "ro" : "rw", mount->path);
    }
}

static void metric(struct mon_text *t, const char *name, const char *type, const char *help,
                   double value)
{
    mon_text(t, "# HELP pith_%s %s\n# TYPE pith_%s %s\npith_%s %.17g\n", name, help, name, type,
             name, value);
}

static void net_metric(struct mon_text *t, const char *name, const char *help, unsigned which,
                       bool bytes)
{
    const struct mon_net *net;
    mon_text(t, "# HELP pith_%s %s\n# TYPE pith_%s counter\n", name, help, name);
    for (unsigned i = 0; (net = mon_net_interface(i)); i++)
        mon_text(t, "pith_%s{interface=\"%s\"} %llu\n", name, net->config.name,
                 (unsigned long long)(which == 2 ? net->dropped
                                      : bytes    ? net->bytes[which]
                                                 : net->frames[which]));
}

void mon_tell_metrics(struct mon *m, struct mon_text *t)
{
    const struct mon_run *run = m->common;
    unsigned threads[2];
    metric(t, "memory_limit_bytes", "gauge", "Memory the guest may use.", (double)m->ram_bytes);
    metric(t, "memory_committed_bytes", "gauge", "Memory the guest uses.", (double)run->used);
    metric(t, "memory_packed_bytes", "gauge", "Memory of the guest that is packed while it rests.",
           (double)run->packed);
    metric(t, "resident_memory_bytes", "gauge", "Resident memory of guest and monitor.",
           (double)mon_resident());
    metric(t, "cpu_seconds_total", "counter", "Processor time of guest and monitor.",
           (double)mon_cputime() / 1e9);
    metric(t, "up_seconds", "gauge", "Time since the guest was started.",
           (double)(mon_now() - run->began) / 1e9);
    metric(t, "hypercalls_total", "counter", "Calls of the guest into the monitor.",
           (double)run->calls);
    if (mon_count_threads(m, threads)) {
        mon_text(t, "# HELP pith_threads Threads of the guest.\n# TYPE pith_threads gauge\n");
        mon_text(t, "pith_threads{state=\"runnable\"} %u\npith_threads{state=\"sleeping\"} %u\n",
                 threads[0], threads[1]);
    }
    net_metric(t, "net_received_frames_total", "Frames that came.", 0, false);
    net_metric(t, "net_received_bytes_total", "Bytes that came.", 0, true);
    net_metric(t, "net_sent_frames_total", "Frames that went.", 1, false);
    net_metric(t, "net_sent_bytes_total", "Bytes that went.", 1, true);
    net_metric(t, "net_dropped_frames_total", "Frames the host did not take.", 2, false);
}

/* Opened before the jail. */
static int statm = -1;

void mon_resident_open(void)
{
    statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
}

int mon_resident_fd(void)
{
    return statm;
}

uint64_t mon_resident(void)
{
    char text[128], *rest;
    long n = statm < 0 ? -1 : syscall(SYS_pread64, statm, text, sizeof text - 1, 0);
    if (n <= 0)
        return 0;
    text[n] = 0;
    strtoull(text, &rest, 10);
    return strtoull(rest, NULL, 10) * PITH_PAGE;
}
