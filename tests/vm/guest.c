/* What tests/run-vm asks of a guest, a word each:
 *   exit N          status N             raise N      dies by signal N
 *   cat             stdin to stdout      both N       N bytes to stdout, a line to stderr
 *   tell            arguments, environment, directory, names, mode of the streams
 *   catch           waits for SIGTERM, says so, exits with 3
 *   yes             writes until that fails, then says why
 *   addresses       the addresses of its interfaces
 *   read FILE AT N  N bytes of FILE from AT on, by one read
 *   match FILE AT N the same, but only compared with what `both` writes
 *   save FILE       stdin to a new FILE, synced      over FILE   stdin over what is in FILE
 *   fill FILE N     N bytes to a new FILE, by one write
 *   high FILE N     FILE through memory that lies behind N bytes of other memory
 *   random          16 bytes of getrandom */
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static void caught(int sig)
{
    (void)sig;
}

static int cat(int to)
{
    static char data[65536];
    ssize_t n;
    while ((n = read(0, data, sizeof data)) > 0)
        for (ssize_t at = 0, m; at < n; at += m)
            if ((m = write(to, data + at, (size_t)(n - at))) < 0)
                return 1;
    return n < 0;
}

static int fill(const char *path, size_t n)
{
    char *data = malloc(n);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
    for (size_t i = 0; data && i < n; i++)
        data[i] = (char)(i * 7 >> 3);
    return fd < 0 || !data || write(fd, data, n) != (ssize_t)n || fsync(fd) || close(fd);
}

static int both(size_t n)
{
    static char data[10007];
    for (size_t at = 0; at < n;) {
        size_t part = n - at < sizeof data ? n - at : sizeof data;
        for (size_t i = 0; i < part; i++)
            data[i] = (char)((at + i) * 7 >> 3);
        ssize_t m = write(1, data, part);
        if (m < 0)
            return 1;
        at += (size_t)m;
    }
    fprintf(stderr, "%zu bytes\n", n);
    return 0;
}

static int tell(char **argv)
{
    char text[4096];
    struct stat st;
    for (; *argv; argv++)
        printf("argument <%s>\n", *argv);
    for (char **e = environ; *e; e++)
        if (!strncmp(*e, "VM_", 3))
            printf("environment <%s>\n", *e);
    printf("directory <%s>\n", getcwd(text, sizeof text));
    gethostname(text, sizeof text);
    printf("host <%s>\n", text);
    for (int fd = 0; fd < 3; fd++)
        printf("stream %d: mode %o, terminal %d\n", fd, fstat(fd, &st) ? 0 : st.st_mode & S_IFMT,
               isatty(fd));
    mode_t mask = umask(0);
    printf("umask %o uid %d\n", mask, getuid());
    return 0;
}

static int catch (void)
{
    struct sigaction action = {.sa_handler = caught};
    sigset_t term, before;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, &before);
    sigaction(SIGTERM, &action, NULL);
    puts("waiting");
    fflush(stdout);
    sigsuspend(&before);
    puts("caught");
    return 3;
}

static int yes(void)
{
    signal(SIGPIPE, SIG_IGN);
    while (write(1, "y\n", 2) == 2)
        ;
    fprintf(stderr, "%s\n", strerror(errno));
    return 4;
}

static int addresses(void)
{
    struct ifaddrs *list;
    char text[64];
    if (getifaddrs(&list))
        return 1;
    for (struct ifaddrs *i = list; i; i = i->ifa_next)
        if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET &&
            !getnameinfo(i->ifa_addr, sizeof(struct sockaddr_in), text, sizeof text, NULL, 0,
                         NI_NUMERICHOST))
            printf("%s %s\n", i->ifa_name, text);
    return 0;
}

/* Pages are the first that are free: those behind N reserved ones are high. */
static int high(const char *path, size_t n)
{
    size_t room = 8u << 20;
    char *low = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *data = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int fd = open(path, O_RDONLY);
    if (fd < 0 || low == MAP_FAILED || data == MAP_FAILED)
        return perror(path), 1;
    for (size_t at = 0; at < n; at += 2u << 20) /* of each large page something */
        low[at] = 1;
    ssize_t got = read(fd, data, room);
    return got < 0 || fwrite(data, 1, (size_t)got, stdout) != (size_t)got;
}

static int read_at(const char *path, long at, size_t n, bool match)
{
    char *data = malloc(n);
    int fd = open(path, O_RDONLY);
    ssize_t got = fd < 0 || !data ? -1 : pread(fd, data, n, at);
    if (got < 0) {
        perror(path);
        return 1;
    }
    /* One call gives all there is. */
    if ((size_t)got < n && pread(fd, data + got, 1, at + got) != 0) {
        fprintf(stderr, "%s: a read of %zu bytes gave %zd\n", path, n, got);
        return 1;
    }
    for (size_t i = 0; match && i < (size_t)got; i++)
        if (data[i] != (char)(((size_t)at + i) * 7 >> 3)) {
            fprintf(stderr, "%s: byte %zu is another\n", path, (size_t)at + i);
            return 1;
        }
    return match ? got == 0 : fwrite(data, 1, (size_t)got, stdout) != (size_t)got;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    unsigned char bytes[16];
    if (!strcmp(what, "exit") && argc > 2)
        return atoi(argv[2]);
    if (!strcmp(what, "raise") && argc > 2)
        return raise(atoi(argv[2])), 99;
    if (!strcmp(what, "cat"))
        return cat(1);
    if (!strcmp(what, "save") && argc > 2) {
        int fd = open(argv[2], O_WRONLY | O_CREAT | O_EXCL, 0644);
        return fd < 0 || cat(fd) || fsync(fd) || close(fd);
    }
    if (!strcmp(what, "over") && argc > 2) {
        int fd = open(argv[2], O_WRONLY | O_TRUNC);
        if (fd < 0)
            return perror(argv[2]), 1;
        return cat(fd) || close(fd);
    }
    if (!strcmp(what, "both") && argc > 2)
        return both(strtoul(argv[2], NULL, 0));
    if (!strcmp(what, "fill") && argc > 3)
        return fill(argv[2], strtoul(argv[3], NULL, 0));
    if (!strcmp(what, "high") && argc > 3)
        return high(argv[2], strtoul(argv[3], NULL, 0));
    if (!strcmp(what, "tell"))
        return tell(argv + 2);
    if (!strcmp(what, "catch"))
        return catch ();
    if (!strcmp(what, "yes"))
        return yes();
    if (!strcmp(what, "addresses"))
        return addresses();
    if ((!strcmp(what, "read") || !strcmp(what, "match")) && argc > 4)
        return read_at(argv[2], atol(argv[3]), strtoul(argv[4], NULL, 0), *what == 'm');
    if (!strcmp(what, "random")) {
        getrandom(bytes, sizeof bytes, 0);
        for (unsigned i = 0; i < sizeof bytes; i++)
            printf("%02x", bytes[i]);
        return puts("") < 0;
    }
    return 98;
}
