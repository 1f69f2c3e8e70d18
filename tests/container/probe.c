/* What a container's program sees of its container, and a few things it does: tests/container/run
 * compares it with the Linux program in the same place.
 *     tell            identity, limits, environment, names, interfaces, mounted files
 *     touch PATH...   makes each file: "PATH: ok" or the error
 *     read PATH...    the first line of each, or the error
 *     serve [ADDR] [spin]  HTTP on port 8080; with spin, a thread that computes without a call
 *     lookup NAME     the first IPv4 address of NAME
 *     by-tcp NAME N   asks the name server at 127.0.0.11 by TCP for NAME, N times on one connection
 *                     and N times on new ones: how many addresses, and the last, if all are equal
 *     reach ADDR...   what HTTP at port 8080 of each answers, as a client
 *     move FOLDER     a file of it into a folder of it, and away: "FOLDER: ok" or the error
 *     eat             memory until it ends
 *     term [ignore]   waits; on SIGTERM says so and ends with 3, or has no handler
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void interfaces(void)
{
    struct ifaddrs *all, *a;
    char *line[64];
    int n = 0;
    if (getifaddrs(&all))
        return;
    for (a = all; a && n < 64; a = a->ifa_next) {
        char text[64];
        int family = a->ifa_addr ? a->ifa_addr->sa_family : 0;
        struct ifreq r = {0};
        if (family != AF_INET && family != AF_INET6)
            continue;
        const void *at = family == AF_INET
                             ? (void *)&((struct sockaddr_in *)(void *)a->ifa_addr)->sin_addr
                             : (void *)&((struct sockaddr_in6 *)(void *)a->ifa_addr)->sin6_addr;
        const unsigned char *m =
            family == AF_INET ? (void *)&((struct sockaddr_in *)(void *)a->ifa_netmask)->sin_addr
                              : (void *)&((struct sockaddr_in6 *)(void *)a->ifa_netmask)->sin6_addr;
        int bits = 0;
        for (int i = 0; i < (family == AF_INET ? 4 : 16); i++)
            bits += __builtin_popcount(m[i]);
        strcpy(r.ifr_name, a->ifa_name);
        int fd = socket(AF_INET, SOCK_DGRAM, 0);
        ioctl(fd, SIOCGIFMTU, &r);
        close(fd);
        asprintf(&line[n++], "%s %s/%d mtu %d", a->ifa_name, inet_ntop(family, at, text, 64), bits,
                 r.ifr_mtu);
    }
    qsort(line, n, sizeof *line, by_text);
    for (int i = 0; i < n; i++)
        puts(line[i]);
}

static void first_line(const char *path)
{
    char line[256] = "";
    FILE *f = fopen(path, "r");
    if (!f) {
        printf("%s: %s\n", path, strerror(errno));
        return;
    }
    fgets(line, sizeof line, f);
    line[strcspn(line, "\n")] = 0;
    printf("%s: %s\n", path, line);
    fclose(f);
}

static int tell(char **argv)
{
    char text[256];
    gid_t group[64];
    static const int limit[] = {RLIMIT_NOFILE, RLIMIT_CORE, RLIMIT_FSIZE};
    printf("argv0 %s, user %d:%d\n", argv[0], (int)getuid(), (int)getgid());
    int n = getgroups(64, group);
    for (int i = 0; i < n; i++)
        printf("group %d\n", (int)group[i]);
    for (int i = 0; i < 3; i++) {
        struct rlimit r;
        getrlimit(limit[i], &r);
        printf("limit %llx %llx\n", (unsigned long long)r.rlim_cur, (unsigned long long)r.rlim_max);
    }
    int fd, most = 0;
    while ((fd = open("/etc/hosts", O_RDONLY)) >= 0)
        most = fd;
    printf("files %d: %s\n", most, strerror(errno));
    while (most > 2)
        close(most--);
    gethostname(text, sizeof text);
    mode_t mask = umask(0);
    umask(mask);
    printf("host %s, cwd %s, umask %o, WORD=%s\n", text, getcwd(NULL, 0), mask, getenv("WORD"));
    interfaces();
    struct stat root, volume, file;
    stat("/", &root);
    stat("/volume", &volume);
    stat("/volume/file", &file);
    printf("volume %d %d %d\n", root.st_dev != volume.st_dev, file.st_dev == volume.st_dev,
           (int)file.st_uid);
    return 7;
}

static void *spin(void *a)
{
    for (volatile long n = 0;; n++)
        ;
    return a;
}

static int serve(const char *at, int spins)
{
    pthread_t t;
    int s = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(8080)};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(8080)};
    if (at && inet_pton(AF_INET, at, &four.sin_addr) == 1) {
        close(s);
        s = socket(AF_INET, SOCK_STREAM, 0);
        (void)bind(s, (void *)&four, sizeof four);
    } else {
        (void)bind(s, (void *)&any, sizeof any);
    }
    signal(SIGPIPE, SIG_IGN);
    listen(s, 10);
    if (spins)
        pthread_create(&t, NULL, spin, NULL);
    puts("ready");
    fflush(stdout);
    for (int fd = 0; fd >= 0;) {
        static char body[10000];
        char ask[4096];
        fd = accept(s, NULL, NULL);
        ssize_t n = read(fd, ask, sizeof ask - 1);
        ask[n > 0 ? n : 0] = 0;
        if (strstr(ask, "/early"))
            dprintf(fd, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
                        "HTTP/1.1 204 No Content\r\n\r\n");
        else if (strstr(ask, "/long")) {
            dprintf(fd, "HTTP/1.1 200 OK\r\n");
            memset(body, 'h', sizeof body);
            for (int i = 0; i < 6; i++)
                dprintf(fd, "X-%d: %.9000s\r\n", i, body);
            dprintf(fd, "Content-Length: 5\r\n\r\nlong\n");
        } else if (strstr(ask, "/endless")) {
            memset(body, 'e', sizeof body);
            dprintf(fd, "HTTP/1.1 200 OK\r\nX: ");
            for (int i = 0; i < 20; i++)
                write(fd, body, sizeof body);
        } else if (strstr(ask, "/open")) { /* the answer is whole, the connection stays */
            dprintf(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nopen\n");
            read(fd, ask, sizeof ask);
        } else if (strstr(ask, "/bad"))
            dprintf(fd, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
        else if (strstr(ask, "/moved"))
            dprintf(fd, "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n");
        else if (strstr(ask, "/chunks"))
            dprintf(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "5\r\nhello\r\n7;x=y\r\n world\n\r\n0\r\n\r\n");
        else if (strstr(ask, "/nothing"))
            ;
        else if (strstr(ask, "/silent"))
            sleep(2);
        else if (strstr(ask, "/big")) {
            memset(body, 'b', sizeof body);
            dprintf(fd, "HTTP/1.1 200 OK\r\n\r\n");
            for (int i = 0; i < 300; i++)
                write(fd, body, sizeof body);
        } else
            dprintf(fd, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n");
        close(fd);
    }
    return 1;
}

static int reached(int family, const char *address, unsigned port)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    int fd = socket(family, SOCK_STREAM, 0);
    struct timeval patience = {.tv_sec = 5};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    inet_pton(family, address, family == AF_INET ? (void *)&four.sin_addr : &six.sin6_addr);
    if (connect(fd, family == AF_INET ? (void *)&four : (void *)&six,
                family == AF_INET ? sizeof four : sizeof six) == 0)
        return fd;
    close(fd);
    return -1;
}

static int whole(int fd, void *data, size_t n)
{
    for (size_t at = 0; at < n;) {
        ssize_t got = read(fd, (char *)data + at, n - at);
        if (got <= 0)
            return -1;
        at += (size_t)got;
    }
    return 0;
}

/* One question on a connection: how many addresses, the last one in *last. -1: no answer. */
static int question(int fd, const char *name, struct in_addr *last)
{
    unsigned char q[300] = {0, 0, 0x12, 0x34, 1, 0, 0, 1}, *at = q + 14, size[2];
    static unsigned char a[65536];
    for (const char *part = name; *part;) {
        size_t n = strcspn(part, ".");
        *at++ = (unsigned char)n;
        memcpy(at, part, n);
        at += n;
        part += n + (part[n] == '.');
    }
    memcpy(at, "\0\0\1\0\1", 5);
    at += 5;
    q[1] = (unsigned char)(at - q - 2);
    if (write(fd, q, (size_t)(at - q)) != at - q || whole(fd, size, 2))
        return -1;
    unsigned n = size[0] * 256u + size[1];
    if (n < 16 || whole(fd, a, n) || a[0] != 0x12 || a[1] != 0x34)
        return -1;
    memcpy(last, a + n - 4, 4);
    return a[6] * 256 + a[7];
}

static int by_tcp(const char *name, int times)
{
    struct in_addr last = {0};
    int count = 0, fd = reached(AF_INET, "127.0.0.11", 53);
    if (fd < 0) {
        printf("%s\n", strerror(errno));
        return 1;
    }
    for (int i = 0; i < 2 * times; i++) {
        struct in_addr now;
        int n = question(fd, name, &now);
        if (n < 0 || (i && (n != count || now.s_addr != last.s_addr))) {
            printf("question %d: %d answers\n", i, n);
            return 1;
        }
        count = n;
        last = now;
        if (i >= times) {
            close(fd);
            fd = reached(AF_INET, "127.0.0.11", 53);
        }
    }
    printf("%d %s\n", count, inet_ntoa(last));
    close(fd);
    return 0;
}

static void reach(const char *address)
{
    char answer[4096];
    size_t n = 0;
    int fd = reached(strchr(address, ':') ? AF_INET6 : AF_INET, address, 8080);
    if (fd < 0) {
        printf("%s: %s\n", address, strerror(errno));
        return;
    }
    dprintf(fd, "GET /big HTTP/1.0\r\n\r\n");
    unsigned long all = 0;
    ssize_t got;
    while ((got = read(fd, answer, sizeof answer)) > 0) {
        n = (size_t)got;
        all += n;
    }
    printf("%s: %lu bytes, the last %c\n", address, all, n ? answer[n - 1] : '-');
    close(fd);
}

static void on_term(int sig)
{
    (void)sig;
    write(1, "told to end\n", 12);
    _exit(3);
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "tell";
    if (strcmp(verb, "tell") == 0)
        return tell(argv);
    if (strcmp(verb, "serve") == 0)
        return serve(argc > 2 ? argv[2] : NULL, argc > 2 && !strcmp(argv[argc - 1], "spin"));
    for (int i = 2; i < argc && strcmp(verb, "read") == 0; i++)
        first_line(argv[i]);
    for (int i = 2; i < argc && strcmp(verb, "touch") == 0; i++) {
        int fd = open(argv[i], O_CREAT | O_WRONLY, 0666);
        printf("%s: %s\n", argv[i], fd < 0 ? strerror(errno) : "ok");
    }
    if (strcmp(verb, "move") == 0) {
        bool done = chdir(argv[2]) == 0 && mkdir("into", 0777) == 0 &&
                    close(open("moved", O_CREAT | O_WRONLY, 0666)) == 0 &&
                    rename("moved", "into/moved") == 0;
        printf("%s: %s\n", argv[2], done ? "ok" : strerror(errno));
        unlink("moved");
        unlink("into/moved");
        rmdir("into");
    }
    if (strcmp(verb, "lookup") == 0) {
        struct addrinfo *r, want = {.ai_family = AF_INET};
        char text[64];
        int e = getaddrinfo(argv[2], NULL, &want, &r);
        puts(e ? gai_strerror(e)
               : inet_ntop(AF_INET, &((struct sockaddr_in *)(void *)r->ai_addr)->sin_addr, text,
                           64));
    }
    if (strcmp(verb, "by-tcp") == 0)
        return by_tcp(argv[2], atoi(argv[3]));
    for (int i = 2; i < argc && strcmp(verb, "reach") == 0; i++)
        reach(argv[i]);
    if (strcmp(verb, "eat") == 0)
        for (;;) {
            char *more = malloc(1 << 20);
            if (more) /* never given back */
                memset(more, 1, 1 << 20);
        }
    if (strcmp(verb, "term") == 0) {
        if (argc < 3)
            signal(SIGTERM, on_term);
        puts("ready");
        fflush(stdout);
        sleep(1);
    }
    return 0;
}
