/* /proc/self: the process's own files. */
#include <linux/auxvec.h>
#include <linux/stat.h>

#include "base/host.h"
#include "base/string.h"
#include "mem/vma.h"
#include "vfs/mount.h"
#include "vfs/path.h"
#include "vfs/procfs.h"

/* Absolute, whatever the program was started as. */
const char *proc_exe(void)
{
    static char path[512];
    const char *name = (const char *)host_boot->execfn;
    if (*name == '/')
        return name;
    while (name[0] == '.' && name[1] == '/')
        name += 2;
    const char *cwd = (const char *)host_boot->cwd;
    str_format(path, sizeof(path), "%s%s%s", cwd, cwd[str_len(cwd) - 1] == '/' ? "" : "/", name);
    return path;
}

static int show_strings(struct text *t, u64 array)
{
    for (const char *const *p = (const char *const *)array; *p; p++)
        text_raw(t, *p, str_len(*p) + 1);
    return 0;
}

int proc_show_cmdline(struct text *t, long arg)
{
    (void)arg;
    return show_strings(t, host_boot->argv);
}

static int show_environ(struct text *t, long arg)
{
    (void)arg;
    return show_strings(t, host_boot->envp);
}

static int show_maps(struct text *t, long arg)
{
    (void)arg;
    char *line;
    u64 at = 0;
    while (!t->failed) {
        line = text_room(t, TEXT_LINE);
        at = vma_describe(at, line, TEXT_LINE);
        if (!at)
            break;
        text_added(t, str_nlen(line, TEXT_LINE));
    }
    return 0;
}

static int show_statm(struct text *t, long arg)
{
    (void)arg;
    unsigned long virt = vma_virtual_bytes() / PAGE_SIZE, rss = vma_resident_bytes() / PAGE_SIZE;
    unsigned long text = PAGE_UP(host_boot->image_end - host_boot->image_start) / PAGE_SIZE;
    text_add(t, "%lu %lu 0 %lu 0 %lu 0\n", virt, rss, text, virt - MIN(virt, text));
    return 0;
}

static int show_auxv(struct text *t, long arg)
{
    (void)arg;
    /* The auxiliary vector lies behind the environment on the initial stack; these are the
     * entries whose values do not lie there. */
    const u64 v[][2] = {
        {AT_HWCAP, host_boot->hwcap},
        {AT_PAGESZ, PAGE_SIZE},
        {AT_CLKTCK, 100},
        {AT_PHDR, host_boot->phdr},
        {AT_PHENT, 56},
        {AT_PHNUM, host_boot->phnum},
        {AT_UID, host_boot->uid},
        {AT_EUID, host_boot->euid},
        {AT_GID, host_boot->gid},
        {AT_EGID, host_boot->egid},
        {AT_HWCAP2, host_boot->hwcap2},
        {AT_EXECFN, host_boot->execfn},
        {AT_NULL, 0},
    };
    text_raw(t, v, sizeof(v));
    return 0;
}

static int show_zero(struct text *t, long arg)
{
    (void)arg;
    text_add(t, "0\n");
    return 0;
}

static int oom_adj;

static int show_oom_adj(struct text *t, long arg)
{
    (void)arg;
    text_add(t, "%d\n", oom_adj);
    return 0;
}

static int store_oom_adj(const char *text, size_t n, long arg)
{
    int value = 0, sign = 1;
    size_t i = 0;
    (void)arg;
    if (i < n && text[i] == '-') {
        sign = -1;
        i++;
    }
    for (; i < n && text[i] >= '0' && text[i] <= '9' && value <= 1000; i++)
        value = value * 10 + (text[i] - '0');
    if ((i < n && text[i] != '\n') || value > 1000 || i == 0)
        return -EINVAL;
    oom_adj = sign * value;
    return 0;
}

static int show_cgroup(struct text *t, long arg)
{
    (void)arg;
    text_add(t, "0::/\n");
    return 0;
}

static int show_exe(struct text *t, long arg)
{
    (void)arg;
    const char *p = proc_exe();
    text_raw(t, p, str_len(p));
    return 0;
}

static int follow_exe(struct walk *w, long arg)
{
    struct walk to;
    (void)arg;
    int r = walk_path(&to, proc_exe(), WALK_FOLLOW);
    if (r == 0) {
        w->dentry = to.dentry;
        to.dentry = 0;
    }
    walk_done(&to);
    return r;
}

static int show_dentry(struct text *t, struct dentry *d)
{
    char *buf = name_get();
    if (!buf)
        return -ENOMEM;
    const char *p = dentry_path(d, buf, PATH_SIZE, true, 0);
    if (p)
        text_raw(t, p, str_len(p));
    name_put(buf);
    return p ? 0 : -ENAMETOOLONG;
}

static int show_cwd(struct text *t, long arg)
{
    (void)arg;
    return show_dentry(t, path_cwd());
}

static int show_root(struct text *t, long arg)
{
    (void)arg;
    return show_dentry(t, path_root());
}

static int follow_cwd(struct walk *w, long arg)
{
    (void)arg;
    w->dentry = path_cwd();
    dentry_get(w->dentry);
    return 0;
}

static int follow_root(struct walk *w, long arg)
{
    (void)arg;
    w->dentry = path_root();
    dentry_get(w->dentry);
    return 0;
}

static int show_self(struct text *t, long arg)
{
    (void)arg;
    text_add(t, "%u", host_boot->pid);
    return 0;
}

static int show_thread_self(struct text *t, long arg)
{
    (void)arg;
    text_add(t, "%u/task/%d", host_boot->pid, sched_current()->tid);
    return 0;
}

const struct generated proc_pid_files[] = {
    {"self", S_IFLNK | 0777, show_self, 0, 0},
    {"thread-self", S_IFLNK | 0777, show_thread_self, 0, 0},
    {"PID/auxv", S_IFREG | 0400, show_auxv, 0, 0},
    {"PID/cgroup", S_IFREG | 0444, show_cgroup, 0, 0},
    {"PID/cmdline", S_IFREG | 0444, proc_show_cmdline, 0, 0},
    {"PID/comm", S_IFREG | 0644, proc_show_comm, proc_store_comm, 0},
    {"PID/cwd", S_IFLNK | 0777, show_cwd, 0, follow_cwd},
    {"PID/environ", S_IFREG | 0400, show_environ, 0, 0},
    {"PID/exe", S_IFLNK | 0777, show_exe, 0, follow_exe},
    {"PID/maps", S_IFREG | 0444, show_maps, 0, 0},
    {"PID/mountinfo", S_IFREG | 0444, mount_show_info, 0, 0},
    {"PID/mounts", S_IFREG | 0444, mount_show, 0, 0},
    {"PID/oom_score", S_IFREG | 0444, show_zero, 0, 0},
    {"PID/oom_score_adj", S_IFREG | 0644, show_oom_adj, store_oom_adj, 0},
    {"PID/root", S_IFLNK | 0777, show_root, 0, follow_root},
    {"PID/stat", S_IFREG | 0444, proc_show_stat, 0, 0},
    {"PID/statm", S_IFREG | 0444, show_statm, 0, 0},
    {"PID/status", S_IFREG | 0444, proc_show_status, 0, 0},
    {0},
};
