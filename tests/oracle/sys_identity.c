/* Identity, limits, uname, sysinfo, scheduling calls, usage: shapes and refusals. */
#include "t.h"
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <sys/utsname.h>

int main(void)
{
    struct utsname u;
    struct sysinfo si;
    struct rlimit r;
    struct rusage ru;
    uid_t a, b, c;
    char buf[300];

    YES(getpid() > 0 && getppid() >= 0 && gettid() == getpid());
    YES(getpgrp() > 0 || getpgrp() == 0);
    R(getpgid(0) == getpgrp());
    R(getsid(0) >= 0);
    R(getpgid(-5));
    V(getuid()), V(geteuid()), V(getgid()), V(getegid());
    R(getresuid(&a, &b, &c));
    YES(a == getuid() && b == geteuid());
    R(setuid(getuid()));
    R(setgid(getgid()));
    R(seteuid(geteuid()));
    R(setresuid(-1, -1, -1));
    R(setreuid(-1, -1));
    YES(getgroups(0, 0) >= 0);
    R(getgroups(-1, 0));
    R(uname(&u));
    S(u.sysname), S(u.machine);
    YES(u.release[0] >= '3' && strchr(u.release, '.'));
    YES(u.nodename[0] && u.version[0]);
    R(gethostname(buf, sizeof buf));
    YES(!strcmp(buf, u.nodename));
    R(gethostname(buf, 1));
    R(uname(t_wild));
    R(sysinfo(&si));
    YES(si.totalram > 0 && si.freeram > 0 && si.freeram <= si.totalram && si.mem_unit > 0 &&
        si.procs > 0 && si.uptime > 0);
    R(sysinfo(t_wild));

    for (int i = 0; i < RLIM_NLIMITS; i++) {
        int e = getrlimit(i, &r);
        say("limit %d: %d %s", i, e, r.rlim_cur <= r.rlim_max ? "fine" : "odd");
    }
    R(getrlimit(99, &r));
    R(getrlimit(-1, &r));
    getrlimit(RLIMIT_NOFILE, &r);
    r.rlim_cur = 100;
    R(setrlimit(RLIMIT_NOFILE, &r));
    getrlimit(RLIMIT_NOFILE, &r);
    V(r.rlim_cur);
    struct rlimit bad = {10, 5};
    R(setrlimit(RLIMIT_NOFILE, &bad));
    R(setrlimit(99, &r));
    r.rlim_cur = r.rlim_max = 50;
    R(setrlimit(RLIMIT_NOFILE, &r));
    getrlimit(RLIMIT_NOFILE, &r);
    say("%lu %lu", (unsigned long)r.rlim_cur, (unsigned long)r.rlim_max);
    R(prlimit(0, RLIMIT_STACK, 0, &r));
    R(getrlimit(RLIMIT_CORE, t_wild));
    R(getrusage(RUSAGE_SELF, &ru));
    YES(ru.ru_maxrss > 0);
    R(getrusage(RUSAGE_THREAD, &ru));
    R(getrusage(RUSAGE_CHILDREN, &ru));
    V(ru.ru_utime.tv_sec);
    R(getrusage(99, &ru));
    struct tms tms;
    YES(times(&tms) != (clock_t)-1);

    R(sched_yield());
    cpu_set_t set;
    CPU_ZERO(&set);
    YES(sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0);
    R(sched_getaffinity(-1, sizeof set, &set));
    R(sched_setaffinity(-1, sizeof set, &set));
    R(sched_getscheduler(0));
    struct sched_param sp;
    R(sched_getparam(0, &sp));
    V(sp.sched_priority);
    R(sched_get_priority_max(SCHED_FIFO));
    R(sched_get_priority_min(SCHED_RR));
    R(sched_get_priority_max(SCHED_OTHER));
    R(sched_get_priority_max(99));
    R(getpriority(PRIO_PROCESS, 0));
    R(setpriority(PRIO_PROCESS, 0, 3));
    R(getpriority(PRIO_PROCESS, 0));
    R(setpriority(99, 0, 0));
    R(nice(1));
    YES(sched_getcpu() >= 0);
    struct timespec ts;
    R(sched_rr_get_interval(0, &ts));

    R(prctl(PR_SET_NAME, "renamed-to-a-long-name"));
    R(prctl(PR_GET_NAME, buf));
    S(buf);
    R(prctl(PR_GET_DUMPABLE));
    R(prctl(PR_SET_DUMPABLE, 0));
    R(prctl(PR_GET_DUMPABLE));
    R(prctl(PR_SET_DUMPABLE, 7));
    R(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    R(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    R(prctl(12345, 0, 0, 0, 0));
    R(setsid() > 0 || errno == EPERM);
    R(setpgid(0, 0) == 0 || errno == EPERM);
    R(syscall(SYS_getpid) == getpid());
    return 0;
}
