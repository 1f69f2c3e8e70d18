/* /proc's files about the whole machine: memory, processor, uptime, load. */
#include <linux/stat.h>

#include "base/host.h"
#include "base/string.h"
#include "mem/alloc.h"
#include "vfs/procfs.h"

static int show_meminfo(struct text *t, long arg)
{
    (void)arg;
    unsigned long total = mem_total() >> 10;
    unsigned long free = (mem_free_bytes() + mem_idle_bytes()) >> 10;
    text_add(t, "MemTotal:       %8lu kB\nMemFree:        %8lu kB\nMemAvailable:   %8lu kB\n",
             total, free, free);
    text_add(t, "Buffers:               0 kB\nCached:                0 kB\n"
                "SwapCached:            0 kB\n");
    text_add(t, "SwapTotal:             0 kB\nSwapFree:              0 kB\n"
                "Shmem:                 0 kB\n");
    return 0;
}

static void cpu_name(char out[49])
{
    u32 *r = (u32 *)(void *)out;
    memset(out, 0, 49);
    u32 max, b, c, d;
    __asm__("cpuid" : "=a"(max), "=b"(b), "=c"(c), "=d"(d) : "a"(0x80000000u), "c"(0));
    if (max < 0x80000004u)
        return;
    for (u32 i = 0; i < 3; i++, r += 4)
        __asm__("cpuid"
                : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3])
                : "a"(0x80000002u + i), "c"(0));
}

static int show_cpuinfo(struct text *t, long arg)
{
    (void)arg;
    u32 a, v[3];
    char vendor[13] = "";
    __asm__("cpuid" : "=a"(a), "=b"(v[0]), "=d"(v[1]), "=c"(v[2]) : "a"(0), "c"(0));
    memcpy(vendor, v, 12);
    __asm__("cpuid" : "=a"(a), "=b"(v[0]), "=d"(v[1]), "=c"(v[2]) : "a"(1), "c"(0));
    u32 family = a >> 8 & 15, model = a >> 4 & 15;
    if (family == 6 || family == 15)
        model |= (a >> 16 & 15) << 4;
    if (family == 15)
        family += a >> 20 & 255;
    text_add(t, "processor\t: 0\nvendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\n", vendor,
             family, model);
    char name[49] __attribute__((aligned(4)));
    cpu_name(name);
    text_add(t, "model name\t: %s\nstepping\t: %u\nphysical id\t: 0\nsiblings\t: 1\n", name,
             a & 15);
    text_add(t,
             "core id\t\t: 0\ncpu cores\t: 1\nfpu\t\t: yes\ncpuid level\t: 13\n"
             "flags\t\t: fpu tsc msr cx8 sep cmov mmx fxsr sse sse2 syscall nx lm constant_tsc\n");
    text_add(t, "clflush size\t: 64\ncache_alignment\t: 64\n"
                "address sizes\t: 46 bits physical, 48 bits virtual\n\n");
    return 0;
}

/* Time since the first look at the tree is not what uptime means; the host's clock is. */
static void show_seconds(struct text *t, nsec_t ns)
{
    text_add(t, "%lu.%02lu", (unsigned long)(ns / NSEC_PER_SEC),
             (unsigned long)(ns / (NSEC_PER_SEC / 100) % 100));
}

static int show_uptime(struct text *t, long arg)
{
    (void)arg;
    show_seconds(t, time_mono());
    text_add(t, " ");
    show_seconds(t, 0);
    text_add(t, "\n");
    return 0;
}

static int show_stat(struct text *t, long arg)
{
    (void)arg;
    unsigned long used = (u64)host_call(PITH_HC_CPUTIME, 0, 0, 0, 0) / (NSEC_PER_SEC / 100);
    text_add(t, "cpu  %lu 0 0 0 0 0 0 0 0 0\ncpu0 %lu 0 0 0 0 0 0 0 0 0\n", used, used);
    text_add(t, "intr 0\nctxt 0\nbtime %lu\nprocesses 1\nprocs_running 1\nprocs_blocked 0\n",
             (unsigned long)((time_real() - time_mono()) / NSEC_PER_SEC));
    return 0;
}

static int show_loadavg(struct text *t, long arg)
{
    unsigned running = 0;
    (void)arg;
    list_foreach(it, &sched_threads) running +=
        list_entry(it, struct thread, all)->state != THREAD_SLEEPING;
    text_add(t, "0.00 0.00 0.00 %u/%u %u\n", running, sched_count, host_boot->pid);
    return 0;
}

static int show_version(struct text *t, long arg)
{
    (void)arg;
    text_add(t, "Linux version 6.1.0-pith (pith) #1 pith\n");
    return 0;
}

static int show_filesystems(struct text *t, long arg)
{
    (void)arg;
    text_add(t, "nodev\ttmpfs\nnodev\tdevtmpfs\nnodev\tproc\nnodev\tsysfs\n");
    return 0;
}

static int show_mounts_link(struct text *t, long arg)
{
    (void)arg;
    text_add(t, "self/mounts");
    return 0;
}

const struct generated proc_system_files[] = {
    {"cpuinfo", S_IFREG | 0444, show_cpuinfo, 0, 0},
    {"filesystems", S_IFREG | 0444, show_filesystems, 0, 0},
    {"loadavg", S_IFREG | 0444, show_loadavg, 0, 0},
    {"meminfo", S_IFREG | 0444, show_meminfo, 0, 0},
    {"mounts", S_IFLNK | 0777, show_mounts_link, 0, 0},
    {"stat", S_IFREG | 0444, show_stat, 0, 0},
    {"uptime", S_IFREG | 0444, show_uptime, 0, 0},
    {"version", S_IFREG | 0444, show_version, 0, 0},
    {0},
};
