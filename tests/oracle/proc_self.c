/* The /proc files that programs read: their shape, parsed as a program would. */
#include "t.h"
#include <dirent.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>

static char text[200000];

static ssize_t slurp(const char *path)
{
    int fd = open(path, O_RDONLY);
    ssize_t n = 0, r;

    if (fd < 0)
        return say("%s: %s", path, t_errno(errno)), -1;
    while ((r = read(fd, text + n, sizeof text - 1 - n)) > 0)
        n += r;
    text[n] = 0;
    close(fd);
    return n;
}

static const char *field(const char *name)
{
    static char value[200];
    char *p = strstr(text, name);

    value[0] = 0;
    if (p)
        sscanf(p + strlen(name), ": %199[^\n]", value);
    return value;
}

static int covers(void *addr, const char *perms)
{
    unsigned long lo, hi, at = (unsigned long)addr;
    char line[500], pr[8];
    FILE *f = fopen("/proc/self/maps", "r");
    int hit = 0;

    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "%lx-%lx %7s", &lo, &hi, pr) == 3 && at >= lo && at < hi)
            hit = !strcmp(pr, perms);
    fclose(f);
    return hit;
}

static void *named(void *arg)
{
    char buf[32] = "", path[60];
    FILE *f;

    pthread_setname_np(pthread_self(), "worker");
    snprintf(path, sizeof path, "/proc/self/task/%d/comm", gettid());
    f = fopen(path, "r");
    if (f && fgets(buf, sizeof buf, f))
        say("thread comm %s", strtok(buf, "\n"));
    return arg;
}

int main(int argc, char **argv)
{
    char buf[300], path[60];
    static int data = 1;
    int onstack;
    ssize_t n;

    n = readlink("/proc/self/exe", buf, sizeof buf - 1);
    buf[n > 0 ? n : 0] = 0;
    YES(buf[0] == '/' && strstr(buf, "proc_self"));
    R(access("/proc/self/exe", R_OK));
    n = slurp("/proc/self/cmdline");
    YES(n == (ssize_t)strlen(argv[0]) + 1 && !strcmp(text, argv[0]) && argc == 1);
    n = slurp("/proc/self/environ");
    YES(n >= 0 && (getenv("PATH") ? memmem(text, n, "PATH=", 5) != 0 : 1));
    slurp("/proc/self/comm");
    S(strtok(text, "\n"));
    R(prctl(PR_SET_NAME, "other"));
    slurp("/proc/self/comm");
    S(strtok(text, "\n"));

    slurp("/proc/self/status");
    S(field("Name"));
    YES(atoi(field("\nPid")) == getpid());
    YES(atoi(field("\nPPid")) == getppid());
    YES(atoi(field("Threads")) == 1);
    YES(atol(field("VmRSS")) > 0 && strstr(field("VmRSS"), " kB"));
    YES(atol(field("VmSize")) > 0);
    S(field("State")[0] == 'R' ? "running" : "?");
    YES((uid_t)atoi(field("Uid")) == getuid());
    slurp("/proc/self/stat");
    int pid = 0;
    char comm[40] = "", state = 0;
    YES(sscanf(text, "%d (%39[^)]) %c", &pid, comm, &state) == 3 && pid == getpid());
    say("%s %c", comm, state);
    int words = 0;
    for (char *p = strtok(strrchr(text, ')'), " "); p; p = strtok(0, " "))
        words++;
    V(words);
    n = slurp("/proc/self/statm");
    long size, resident;
    YES(sscanf(text, "%ld %ld", &size, &resident) == 2 && size > 0 && resident > 0);

    YES(covers((void *)(uintptr_t)main, "r-xp"));
    YES(covers(&data, "rw-p"));
    YES(covers(&onstack, "rw-p"));
    slurp("/proc/self/maps");
    YES(strstr(text, "[stack]"));
    void *m = mmap(0, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    YES(covers(m, "r--p"));
    munmap(m, 8192);
    YES(!covers(m, "r--p"));

    int fd = open("/dev/null", O_RDONLY);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    n = readlink(path, buf, sizeof buf - 1);
    buf[n > 0 ? n : 0] = 0;
    S(buf);
    t_scratch();
    t_put("file", "through proc");
    fd = open("file", O_RDONLY);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    n = readlink(path, buf, sizeof buf - 1);
    buf[n > 0 ? n : 0] = 0;
    YES(strstr(buf, "/file"));
    t_cat(path);
    int p[2];
    pipe(p);
    snprintf(path, sizeof path, "/proc/self/fd/%d", p[0]);
    n = readlink(path, buf, sizeof buf - 1);
    buf[n > 0 ? n : 0] = 0;
    YES(!strncmp(buf, "pipe:[", 6));
    DIR *d = opendir("/proc/self/fd");
    int entries = 0;
    for (struct dirent *e; d && (e = readdir(d));)
        entries += e->d_name[0] != '.';
    V(entries);
    R(open("/proc/self/fd/77", O_RDONLY));
    R(readlink("/proc/self/fd/77", buf, 10));

    YES(slurp("/proc/meminfo") > 0);
    YES(atol(field("MemTotal")) > 0 && atol(field("MemFree")) > 0);
    YES(slurp("/proc/cpuinfo") > 0 && strstr(text, "processor"));
    YES(slurp("/proc/stat") > 0 && !strncmp(text, "cpu ", 4));
    double up = 0;
    YES(slurp("/proc/uptime") > 0 && sscanf(text, "%lf", &up) == 1 && up > 0);
    YES(slurp("/proc/loadavg") > 0);
    YES(slurp("/proc/version") > 0);
    YES(slurp("/proc/mounts") > 0);
    YES(slurp("/proc/self/mounts") > 0);
    YES(slurp("/proc/self/limits") > 0 && strstr(text, "Max open files"));
    YES(slurp("/proc/sys/kernel/ostype") > 0 && !strcmp(text, "Linux\n"));
    YES(slurp("/proc/sys/vm/overcommit_memory") > 0);
    YES(slurp("/proc/filesystems") > 0);
    R(open("/proc/none", O_RDONLY));
    R(open("/proc/self/none", O_RDONLY));
    R(mkdir("/proc/x", 0755));
    R(open("/proc/self/maps", O_RDWR));
    struct stat st;
    R(stat("/proc/self", &st));
    YES(S_ISDIR(st.st_mode));
    R(stat("/proc/meminfo", &st));
    say("%o %ld", st.st_mode, (long)st.st_size);
    snprintf(path, sizeof path, "/proc/%d/exe", getpid());
    YES(readlink(path, buf, sizeof buf) > 0);
    pthread_t t;
    pthread_create(&t, 0, named, 0);
    pthread_join(t, 0);
    return 0;
}
