/* stat, status and comm of the process and of its threads: proc(5). What is not measured here
 * (faults, context switches) is 0. */
#include "base/host.h"
#include "base/string.h"
#include "mem/vma.h"
#include "vfs/cred.h"
#include "vfs/path.h"
#include "vfs/procfs.h"

#define TICK (NSEC_PER_SEC / 100)

static const struct thread *thread_of(long tid)
{
    if (tid == 0 || tid == (long)host_boot->pid)
        return &sched_main;
    list_foreach(it, &sched_threads)
    {
        const struct thread *t = list_entry(it, struct thread, all);
        if (t->tid == tid)
            return t;
    }
    return 0;
}

/* A thread without a name has the program's. */
static void name_of(const struct thread *t, char out[16])
{
    const char *name = t->name;
    if (!*name) {
        name = proc_exe();
        for (const char *p = name; *p; p++)
            if (*p == '/' && p[1])
                name = p + 1;
    }
    str_copy(out, name, 16);
}

static char state_of(const struct thread *t)
{
    return t->state == THREAD_SLEEPING ? 'S' : t->state == THREAD_DEAD ? 'Z' : 'R';
}

int proc_show_comm(struct text *t, long tid)
{
    const struct thread *th = thread_of(tid);
    char name[16];
    if (!th)
        return -ESRCH;
    name_of(th, name);
    text_add(t, "%s\n", name);
    return 0;
}

int proc_store_comm(const char *text, size_t n, long tid)
{
    struct thread *th = (struct thread *)thread_of(tid);
    if (!th)
        return -ESRCH;
    if (n && text[n - 1] == '\n')
        n--;
    n = MIN(n, sizeof(th->name) - 1);
    memcpy(th->name, text, n);
    th->name[n] = 0;
    return 0;
}

int proc_show_stat(struct text *t, long tid)
{
    const struct thread *th = thread_of(tid);
    char name[16];
    if (!th)
        return -ESRCH;
    name_of(th, name);
    u64 cpu = (u64)host_call(PITH_HC_CPUTIME, 0, 0, 0, 0);
    if (tid && tid != (long)host_boot->pid)
        cpu = th->cpu_ns;
    int id = tid ? (int)tid : (int)host_boot->pid, pid = (int)host_boot->pid;
    text_add(t, "%d (%s) %c 0 %d %d 0 -1 4194304 0 0 0 0 %lu 0 0 0 20 %d %u 0 0 ", id, name,
             state_of(th), pid, pid, (unsigned long)(cpu / TICK), th->nice, sched_count);
    text_add(t, "%lu %lu 18446744073709551615 %lu %lu %lu 0 0 %lu %lu 0 0 0 0 0 17 0 0 0 0 0 0 ",
             (unsigned long)vma_virtual_bytes(), (unsigned long)(vma_resident_bytes() / PAGE_SIZE),
             (unsigned long)host_boot->image_start, (unsigned long)host_boot->image_end,
             (unsigned long)PITH_STACK_TOP, (unsigned long)th->sig.pending,
             (unsigned long)th->sig.mask);
    text_add(t, "0 0 0 0 0 0 0 0\n");
    return 0;
}

static void show_memory(struct text *t)
{
    unsigned long virt = vma_virtual_bytes() >> 10, rss = vma_resident_bytes() >> 10;
    unsigned long image = (host_boot->image_end - host_boot->image_start) >> 10;
    text_add(t, "VmPeak:\t%8lu kB\nVmSize:\t%8lu kB\nVmLck:\t       0 kB\nVmPin:\t       0 kB\n",
             virt, virt);
    text_add(t, "VmHWM:\t%8lu kB\nVmRSS:\t%8lu kB\nVmData:\t%8lu kB\nVmStk:\t     132 kB\n", rss,
             rss, virt);
    text_add(t, "VmExe:\t%8lu kB\nVmLib:\t       0 kB\nVmPTE:\t       0 kB\nVmSwap:\t       0 kB\n",
             image);
}

int proc_show_status(struct text *t, long tid)
{
    const struct thread *th = thread_of(tid);
    char name[16];
    if (!th)
        return -ESRCH;
    name_of(th, name);
    int id = tid ? (int)tid : (int)host_boot->pid;
    char state = state_of(th);
    u32 uid = cred_uid(), gid = cred_gid();
    text_add(t, "Name:\t%s\nUmask:\t%04o\nState:\t%c (%s)\n", name, path_umask(), state,
             state == 'R'   ? "running"
             : state == 'S' ? "sleeping"
                            : "zombie");
    text_add(t, "Tgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t0\nTracerPid:\t0\n", (int)host_boot->pid,
             id);
    text_add(t, "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\nFDSize:\t%u\nGroups:\t \n", uid, uid,
             uid, uid, gid, gid, gid, gid, fd_size);
    show_memory(t);
    text_add(t, "Threads:\t%u\nSigPnd:\t%016lx\nSigBlk:\t%016lx\n", sched_count,
             (unsigned long)th->sig.pending, (unsigned long)th->sig.mask);
    text_add(t, "NoNewPrivs:\t1\nSeccomp:\t0\nCpus_allowed:\t1\nCpus_allowed_list:\t0\n");
    return 0;
}
