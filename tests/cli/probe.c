/* What tests/run-cli runs: does what its first argument says. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <termios.h>
#include <unistd.h>

extern char **environ;

static int deep(int *p)
{
    return *p;
}

__attribute__((noinline)) static int crash_here(int *p)
{
    return deep(p) + 1;
}

static volatile sig_atomic_t got;
static void on_signal(int sig)
{
    got = sig;
}

static int is(const char *a, const char *b)
{
    return !strcmp(a, b);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "args";
    char buf[4096];

    if (is(what, "args")) {
        for (int i = 1; i < argc; i++)
            printf("[%s]", argv[i]);
        putchar('\n');
    }
    if (is(what, "env"))
        for (char **e = environ; *e; e++)
            puts(*e);
    if (is(what, "cwd"))
        puts(getcwd(buf, sizeof buf) ? buf : "none");
    if (is(what, "mem")) {
        struct sysinfo si;
        sysinfo(&si);
        printf("%lu\n", si.totalram * si.mem_unit >> 20);
    }
    if (is(what, "crash"))
        return crash_here(argc > 5 ? &argc : 0);
    if (is(what, "eat"))
        for (size_t n = 0;; n += 1 << 20) {
            char *p = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (p == MAP_FAILED)
                return puts("ENOMEM"), 5;
            memset(p, 1, 1 << 20);
        }
    if (is(what, "cat"))
        for (ssize_t n; (n = read(0, buf, sizeof buf)) > 0;)
            if (write(1, buf, n) != n)
                return 9;
    if (is(what, "fill")) {
        int fd = open("/tmp/fill", O_CREAT | O_RDWR, 0644), e = 0;
        memset(buf, 'f', sizeof buf);
        for (long i = 0; i < 1 << 20 && !e; i++)
            e = write(fd, buf, sizeof buf) < 0 ? errno : 0;
        puts(e == ENOSPC ? "ENOSPC" : e == ENOMEM ? "ENOMEM" : e ? strerror(e) : "no end");
        unlink("/tmp/fill");
        close(fd);
        fd = open("/tmp/again", O_CREAT | O_RDWR, 0644);
        printf("%zd bytes after all\n", write(fd, buf, sizeof buf));
    }
    if (is(what, "tty")) {
        struct winsize ws;
        printf("%d %d %d\n", isatty(0), isatty(1), isatty(2));
        if (ioctl(1, TIOCGWINSZ, &ws) == 0)
            printf("window %s\n", ws.ws_row < 1000 ? "fine" : "odd");
        fflush(stdout);
        if (fgets(buf, sizeof buf, stdin))
            printf("line: %s", buf);
    }
    if (is(what, "raw")) {
        struct termios t, old;
        tcgetattr(0, &old);
        t = old;
        t.c_lflag &= ~(ICANON | ECHO | ISIG);
        t.c_cc[VMIN] = 1, t.c_cc[VTIME] = 0;
        tcsetattr(0, TCSANOW, &t);
        puts("ready");
        fflush(stdout);
        ssize_t n = read(0, buf, 1);
        printf("%zd byte, %d\n", n, buf[0]);
        tcsetattr(0, TCSANOW, &old);
    }
    if (is(what, "catch")) {
        signal(SIGINT, on_signal);
        puts("ready");
        fflush(stdout);
        while (!got)
            pause();
        printf("caught %d\n", (int)got);
        return 3;
    }
    if (is(what, "wait"))
        for (;;)
            pause();
    if (is(what, "spin"))
        for (;;)
            ;
    if (is(what, "exit"))
        return atoi(argv[2]);
    if (is(what, "flood"))
        for (;;)
            puts("a line of output that nobody reads to its end");
    return 0;
}
