/* Verbs about the process: args, env, who, exit, raise, crash, abort, sleep, term, tty, eat,
 * spin, threads, limits, chain of several verbs is not needed. */
#include "probe.h"

#include <errno.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int verb_args(int count, char **words)
{
    for (int i = 0; i < count; i++)
        printf("[%s]\n", words[i]);
    return 0;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* env: the whole environment, sorted; env NAME...: these. */
static int verb_env(int count, char **words)
{
    size_t n = 0;
    for (int i = 0; i < count; i++)
        printf("%s=%s\n", words[i], getenv(words[i]) ? getenv(words[i]) : "(unset)");
    while (count == 0 && environ[n])
        n++;
    qsort(environ, n, sizeof *environ, compare);
    for (size_t i = 0; i < n; i++)
        puts(environ[i]);
    return 0;
}

static int verb_who(int count, char **words)
{
    gid_t groups[64];
    char name[256], folder[1024];
    int n = getgroups(64, groups);
    (void)count, (void)words;
    if (gethostname(name, sizeof name) < 0 || !getcwd(folder, sizeof folder))
        return probe_failed("who");
    printf("uid %u gid %u groups", getuid(), getgid());
    for (int i = 0; i < n; i++)
        printf(" %u", groups[i]);
    printf("\nhost %s\nfolder %s\npid %d\n", name, folder, getpid());
    return 0;
}

static int verb_exit(int count, char **words)
{
    return count ? atoi(words[0]) : 0;
}

/* raise N: with the default action. */
static int verb_raise(int count, char **words)
{
    if (count != 1 || raise(atoi(words[0])) < 0)
        return probe_failed("raise");
    puts("survived");
    return 0;
}

static __attribute__((noinline)) void break_it(volatile int *nowhere)
{
    *nowhere = 1;
}

static int verb_crash(int count, char **words)
{
    (void)count, (void)words;
    puts("crashing");
    break_it((volatile int *)(uintptr_t)atoi("0"));
    return 0;
}

static int verb_abort(int count, char **words)
{
    (void)count, (void)words;
    abort();
}

static int verb_sleep(int count, char **words)
{
    puts("sleeping");
    struct timespec left = {.tv_sec = count ? atoi(words[0]) : 3600};
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
    puts("slept");
    return 0;
}

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    caught = number;
}

/* term [SECONDS]: waits for a signal, takes SECONDS to clean up, says which it was, ends with 7.
 * SIGHUP is counted and does not end it; SIGWINCH prints the new size. */
static int verb_term(int count, char **words)
{
    struct sigaction action = {.sa_handler = on_signal};
    const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGQUIT, SIGWINCH};
    sigset_t all, old;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &old);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &action, 0);
    puts("ready");
    for (;;) {
        struct winsize size;
        sigsuspend(&old);
        if (caught == SIGWINCH && ioctl(0, TIOCGWINSZ, &size) == 0)
            printf("size %u %u\n", size.ws_row, size.ws_col);
        else
            printf("caught %d\n", caught);
        if (caught != SIGWINCH && caught != SIGHUP)
            break;
    }
    if (count)
        sleep((unsigned)atoi(words[0]));
    puts("done");
    return 7;
}

static int verb_tty(int count, char **words)
{
    struct winsize size;
    (void)count, (void)words;
    printf("tty %d %d %d\n", isatty(0), isatty(1), isatty(2));
    if (ioctl(0, TIOCGWINSZ, &size) == 0)
        printf("size %u %u\n", size.ws_row, size.ws_col);
    fputs("to stderr\n", stderr);
    return 0;
}

/* eat MIB [SECONDS [MIB...]]: takes and touches that much, sleeps, goes on so. */
static int verb_eat(int count, char **words)
{
    for (int w = 0; w < (count ? count : 1); w += 2) {
        size_t size = (size_t)(count ? atoi(words[w]) : 1) << 20;
        unsigned char *p =
            mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED)
            return probe_failed("eat");
        for (size_t i = 0; i < size; i += 4096)
            p[i] = (unsigned char)(i >> 12 | 1);
        puts("eaten");
        if (count > w + 1)
            sleep((unsigned)atoi(words[w + 1]));
    }
    return 0;
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* spin SECONDS: computes that long by the clock; prints how much work it did, in rounds. */
static int verb_spin(int count, char **words)
{
    double end = seconds(CLOCK_MONOTONIC) + (count ? atof(words[0]) : 1);
    volatile unsigned long rounds = 0;
    while (seconds(CLOCK_MONOTONIC) < end)
        for (int i = 0; i < 10000; i++)
            rounds++;
    printf("%lu\n", rounds / 10000);
    return 0;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *hold(void *nothing)
{
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return nothing;
}

/* threads N: so many at the same time; says how many there were. */
static int verb_threads(int count, char **words)
{
    enum { MOST = 256 };
    pthread_t thread[MOST];
    int want = count ? atoi(words[0]) : 1, made = 0;
    pthread_mutex_lock(&lock);
    while (made < want && made < MOST && pthread_create(&thread[made], 0, hold, 0) == 0)
        made++;
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < made; i++)
        pthread_join(thread[i], 0);
    printf("threads %d\n", made);
    return made < want;
}

static int verb_limits(int count, char **words)
{
    static const struct {
        const char *name;
        int resource;
    } all[] = {{"nofile", RLIMIT_NOFILE}, {"core", RLIMIT_CORE}, {"stack", RLIMIT_STACK}};
    (void)count, (void)words;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct rlimit limit;
        if (getrlimit(all[i].resource, &limit) < 0)
            return probe_failed(all[i].name);
        printf("%s %lld %lld\n", all[i].name, (long long)limit.rlim_cur, (long long)limit.rlim_max);
    }
    return 0;
}

const struct verb process_verbs[] = {
    {"args", verb_args},     {"env", verb_env},         {"who", verb_who},
    {"exit", verb_exit},     {"raise", verb_raise},     {"crash", verb_crash},
    {"abort", verb_abort},   {"sleep", verb_sleep},     {"term", verb_term},
    {"tty", verb_tty},       {"eat", verb_eat},         {"spin", verb_spin},
    {"limits", verb_limits}, {"threads", verb_threads}, {0},
};
