/* Both ends of a TCP conversation, as guest and as Linux program.
 *
 *   talk serve PORT          answers any number of connections, IPv4 and IPv6: each asks for a
 *                            number of bytes in a line and gets them; ends after a line "end"
 *   talk fetch HOST PORT N   resolves, connects, asks for N bytes: prints "N bytes" if they come
 *   talk end HOST PORT       ends the server
 */
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned char pattern(long i)
{
    return (unsigned char)(i ^ i >> 8 ^ i >> 16);
}

/* One line, without its end; 0 at the end of the connection. */
static int get_line(int s, char *line, size_t room)
{
    size_t n = 0;
    while (n < room - 1 && read(s, line + n, 1) == 1 && line[n] != '\n')
        n++;
    line[n] = 0;
    return n > 0;
}

static int serve_one(int s)
{
    char line[32];
    while (get_line(s, line, sizeof line)) {
        if (strcmp(line, "end") == 0)
            return 1;
        for (long left = atol(line), at = 0; left > 0;) {
            unsigned char part[8192];
            long n = left < (long)sizeof part ? left : (long)sizeof part;
            for (long i = 0; i < n; i++)
                part[i] = pattern(at + i);
            n = write(s, part, (size_t)n);
            if (n <= 0)
                return 0;
            left -= n;
            at += n;
        }
    }
    return 0;
}

static int serve(const char *port)
{
    struct sockaddr_in6 at = {.sin6_family = AF_INET6,
                              .sin6_port = htons((unsigned short)atoi(port))};
    const int yes = 1;
    int s = socket(AF_INET6, SOCK_STREAM, 0);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(s, (const void *)&at, sizeof at) || listen(s, 16)) {
        perror("listen");
        return 1;
    }
    for (int over = 0; !over;) {
        int c = accept(s, NULL, NULL);
        if (c < 0)
            return 1;
        over = serve_one(c);
        close(c);
    }
    return 0;
}

static int open_to(const char *host, const char *port)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list;
    int bad = getaddrinfo(host, port, &hints, &list);
    if (bad) {
        printf("%s: %s\n", host, gai_strerror(bad));
        exit(1);
    }
    for (struct addrinfo *a = list; a; a = a->ai_next) {
        int s = socket(a->ai_family, a->ai_socktype, 0);
        if (s >= 0 && connect(s, a->ai_addr, a->ai_addrlen) == 0)
            return s;
        close(s);
    }
    perror(host);
    exit(1);
}

static int fetch(const char *host, const char *port, const char *size)
{
    int s = open_to(host, port);
    long want = atol(size), got = 0;
    dprintf(s, "%s\n", size);
    while (got < want) {
        unsigned char part[16384];
        ssize_t n = read(s, part, sizeof part);
        if (n <= 0)
            break;
        for (long i = 0; i < n; i++)
            if (part[i] != pattern(got + i)) {
                printf("byte %ld is wrong\n", got + i);
                return 1;
            }
        got += n;
    }
    printf("%ld bytes\n", got);
    return 0;
}

int main(int c, char **v)
{
    if (c == 3 && strcmp(v[1], "serve") == 0)
        return serve(v[2]);
    if (c == 5 && strcmp(v[1], "fetch") == 0)
        return fetch(v[2], v[3], v[4]);
    if (c == 4 && strcmp(v[1], "end") == 0)
        return write(open_to(v[2], v[3]), "end\n", 4) != 4;
    return 2;
}
