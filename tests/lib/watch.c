/* Runs one command under watch, for the test runners.
 *
 * watch [-t SECONDS] [-i INPUT] [-s SIGNAL@WHEN]... [-k TEXT@WHEN]... [-T] [-o FILE] [-e FILE]
 *       [-r FILE] COMMAND [ARG...]
 *   -i  where stdin comes from: a file's name, pipe:FILE, slow:FILE (a byte, a pause, the rest),
 *       open (a pipe nobody writes), closed; default /dev/null
 *   -s  send a signal, -k type TEXT (^C and \n understood). WHEN: MS, milliseconds after the start,
 *       or +MS, after the first byte of output: a program says by it that it is ready. In order.
 *   -T  stdin, stdout and stderr are a new terminal, which controls the command
 * stdout and stderr are pipes, copied to the files. -r gets one line: "status N" (128 + n for a
 * death by signal n, as a shell says it) or "timeout". Signals start as default, no descriptor
 * above 2 is inherited, and the command leads a session of its own, killed whole at a timeout.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_EVENTS 16
#define MAX_OUTPUT (256l << 20)

struct event {
    double at;
    int after_output, sig;
    const char *keys;
};

static struct event events[MAX_EVENTS];
static int n_events, n_done;
static const char *input = "/dev/null", *outs[2] = {"/dev/null", "/dev/null"}, *report;
static int terminal;

static void die(const char *what)
{
    fprintf(stderr, "watch: %s: %s\n", what, strerror(errno));
    exit(125);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static int signal_number(const char *name)
{
    static const struct {
        const char *name;
        int sig;
    } table[] = {{"HUP", SIGHUP},   {"INT", SIGINT},     {"QUIT", SIGQUIT}, {"KILL", SIGKILL},
                 {"TERM", SIGTERM}, {"USR1", SIGUSR1},   {"USR2", SIGUSR2}, {"CONT", SIGCONT},
                 {"TSTP", SIGTSTP}, {"WINCH", SIGWINCH}, {"STOP", SIGSTOP}, {"PIPE", SIGPIPE}};

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(table[i].name, name))
            return table[i].sig;
    return atoi(name);
}

/* Splits WHAT@MS at its last @. */
static void add_event(char *spec, int keys)
{
    char *at = strrchr(spec, '@');

    if (!at || n_events == MAX_EVENTS) {
        fprintf(stderr, "watch: %s: neither WHAT@MS nor WHAT@+MS\n", spec);
        exit(125);
    }
    *at = 0;
    events[n_events].after_output = at[1] == '+';
    events[n_events].at = atof(at + 1) / 1000;
    events[n_events].sig = keys ? 0 : signal_number(spec);
    events[n_events++].keys = keys ? spec : 0;
}

static void type(int fd, const char *keys)
{
    for (const char *p = keys; *p; p++) {
        char c = *p;
        if (c == '^' && p[1])
            c = (char)(*++p & 31);
        else if (c == '\\' && p[1] == 'n')
            c = '\n', p++;
        if (write(fd, &c, 1) != 1)
            return;
    }
}

/* What the command reads: a descriptor, -1 for none. A feeder process writes pipes. */
static int open_input(void)
{
    int p[2], slow = !strncmp(input, "slow:", 5);

    if (!strcmp(input, "closed"))
        return -1;
    if (!strcmp(input, "open")) {
        if (pipe(p))
            die("pipe");
        fcntl(p[1], F_SETFD, FD_CLOEXEC);
        return p[0];
    }
    if (!strncmp(input, "pipe:", 5) || slow) {
        if (pipe(p))
            die("pipe");
        if (fork() == 0) {
            static char buf[65536];
            int fd = open(input + 5, O_RDONLY);
            ssize_t n;

            signal(SIGPIPE, SIG_DFL);
            close(p[0]);
            for (int i = 0; slow && i < 20 && read(fd, buf, 1) == 1; i++) {
                if (write(p[1], buf, 1) != 1)
                    _exit(0);
                usleep(5000);
            }
            while ((n = read(fd, buf, sizeof buf)) > 0)
                if (write(p[1], buf, n) != n)
                    break;
            _exit(0);
        }
        close(p[1]);
        return p[0];
    }
    int fd = open(input, O_RDONLY);
    if (fd < 0)
        die(input);
    return fd;
}

static void child(char **argv, int in, int out, int err)
{
    sigset_t none;

    for (int i = 1; i < 65; i++)
        signal(i, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, 0);
    setsid();
    if (terminal)
        ioctl(out, TIOCSCTTY, 0);
    out = fcntl(out, F_DUPFD, 10), err = fcntl(err, F_DUPFD, 10);
    if (in >= 0)
        dup2(in, 0);
    else
        close(0);
    dup2(out, 1);
    dup2(err, 2);
    for (int fd = 3; fd < 256; fd++)
        close(fd);
    execvp(argv[0], argv);
    dprintf(2, "watch: %s: %s\n", argv[0], strerror(errno));
    _exit(126);
}

static void finish(int pid, int status, int timed_out)
{
    char line[40];

    if (timed_out)
        strcpy(line, "timeout\n");
    else
        snprintf(line, sizeof line, "status %d\n",
                 WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    kill(-pid, SIGKILL);
    int fd = report ? open(report, O_WRONLY | O_CREAT | O_TRUNC, 0644) : 1;
    if (fd < 0 || write(fd, line, strlen(line)) < 0)
        die("report");
    exit(0);
}

int main(int argc, char **argv)
{
    static char buf[65536];
    double limit = 20, start, said = 0; /* when it has: after the start */
    int c, o[2], e[2], files[2], status, ended = 0, keyboard = -1;
    long total = 0;

    while ((c = getopt(argc, argv, "+t:i:s:k:o:e:r:T")) != -1)
        switch (c) {
        case 't':
            limit = atof(optarg);
            break;
        case 'i':
            input = optarg;
            break;
        case 's':
        case 'k':
            add_event(optarg, c == 'k');
            break;
        case 'o':
        case 'e':
            outs[c == 'e'] = optarg;
            break;
        case 'r':
            report = optarg;
            break;
        case 'T':
            terminal = 1;
            break;
        default:
            return 125;
        }
    if (optind == argc)
        return 125;
    int in = -1;
    if (terminal) {
        keyboard = open("/dev/ptmx", O_RDWR | O_NOCTTY);
        if (keyboard < 0 || grantpt(keyboard) || unlockpt(keyboard))
            die("/dev/ptmx");
        in = open(ptsname(keyboard), O_RDWR | O_NOCTTY);
        o[0] = keyboard, o[1] = in, e[0] = open("/dev/null", O_RDONLY), e[1] = in;
    } else {
        in = open_input();
        if (pipe(o) || pipe(e))
            die("pipe");
    }
    for (int i = 0; i < 2; i++)
        if ((files[i] = open(outs[i], O_WRONLY | O_CREAT | O_TRUNC, 0644)) < 0)
            die(outs[i]);
    start = now();
    pid_t pid = fork();
    if (pid < 0)
        die("fork");
    if (pid == 0)
        child(argv + optind, in, o[1], e[1]);
    close(o[1]);
    if (!terminal)
        close(e[1]);

    struct pollfd p[2] = {{o[0], POLLIN, 0}, {e[0], POLLIN, 0}};
    while (p[0].fd >= 0 || p[1].fd >= 0 || !ended) {
        double t = now() - start;

        if (t > limit || total > MAX_OUTPUT) {
            kill(-pid, SIGKILL);
            kill(pid, SIGKILL);
            finish(pid, 0, 1);
        }
        for (; n_done < n_events; n_done++) {
            double since = events[n_done].after_output ? (said > 0 ? t - said : -1) : t;

            if (since < events[n_done].at)
                break;
            if (events[n_done].keys)
                type(keyboard, events[n_done].keys);
            else if (!ended)
                kill(pid, events[n_done].sig);
        }
        if (!ended && waitpid(pid, &status, WNOHANG) == pid)
            ended = 1;
        int n = poll(p, 2, ended ? 50 : p[0].fd < 0 && p[1].fd < 0 ? 1 : 10);
        if (n == 0 && ended)
            break; /* somebody else holds the pipe */
        for (int i = 0; i < 2; i++) {
            if (p[i].fd < 0 || !p[i].revents)
                continue;
            ssize_t r = read(p[i].fd, buf, sizeof buf);
            if (r <= 0)
                p[i].fd = -1;
            else if (write(files[i], buf, r) != r)
                die(outs[i]);
            total += r > 0 ? r : 0;
            if (total > 0 && said == 0)
                said = now() - start;
        }
    }
    finish(pid, status, 0);
}
