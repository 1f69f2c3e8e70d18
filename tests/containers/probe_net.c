/* Verbs about the network: serve, ask, fetch, resolve, interfaces.
 *
 * `serve PORT` answers TCP (a line, or an HTTP request) and UDP on the same port, IPv4 and IPv6:
 * a line L is answered "NAME said L" with the server's host name. HTTP: /health is 200 until
 * /sick was asked for, then 500 until /well; every other path is 200 with a line of its own.
 */
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static char name[256];
static int sick;

static int bound(int type, int port)
{
    struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int one = 1, off = 0, s = socket(AF_INET6, type, 0);
    if (s >= 0) {
        setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
        if (bind(s, (void *)&any, sizeof any) == 0)
            return s;
        close(s);
    }
    s = socket(AF_INET, type, 0);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    return s >= 0 && bind(s, (void *)&any4, sizeof any4) == 0 ? s : -1;
}

static int http(const char *path, char *answer, size_t size)
{
    char body[600];
    if (strncmp(path, "/sick ", 6) == 0)
        sick = 1;
    else if (strncmp(path, "/well ", 6) == 0)
        sick = 0;
    int bad = sick && strncmp(path, "/health ", 8) == 0;
    int length =
        snprintf(body, sizeof body, "%s serves %.*s\n", name, (int)strcspn(path, " "), path);
    return snprintf(answer, size,
                    "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n"
                    "Connection: close\r\n\r\n%s",
                    bad ? "500 Internal Server Error" : "200 OK", length, body);
}

/* One request, one answer. */
static void serve_tcp(int listener)
{
    static char line[4096], answer[8192];
    size_t have = 0;
    int c = accept(listener, 0, 0);
    if (c < 0)
        return;
    struct timeval patience = {.tv_sec = 5};
    setsockopt(c, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    while (have < sizeof line - 1) {
        ssize_t n = read(c, line + have, sizeof line - 1 - have);
        if (n <= 0)
            break;
        have += (size_t)n;
        line[have] = 0;
        if (strncmp(line, "GET ", 4) == 0 ? strstr(line, "\r\n\r\n") != 0 : strchr(line, '\n') != 0)
            break;
    }
    line[have] = 0;
    int length = strncmp(line, "GET ", 4) == 0
                     ? http(line + 4, answer, sizeof answer)
                     : snprintf(answer, sizeof answer, "%s said %s", name, line);
    if (have && write(c, answer, (size_t)length) < 0)
        probe_failed("write");
    close(c);
}

static void serve_udp(int s)
{
    static char line[2048], answer[4096];
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    ssize_t n = recvfrom(s, line, sizeof line - 1, 0, (void *)&peer, &size);
    if (n < 0)
        return;
    line[n] = 0;
    int length = snprintf(answer, sizeof answer, "%s said %s", name, line);
    sendto(s, answer, (size_t)length, 0, (void *)&peer, size);
}

static int verb_serve(int count, char **words)
{
    int port = count ? atoi(words[0]) : 8080;
    if (gethostname(name, sizeof name) < 0)
        return probe_failed("hostname");
    if (count > 1)
        snprintf(name, sizeof name, "%s", words[1]);
    int tcp = bound(SOCK_STREAM, port), udp = bound(SOCK_DGRAM, port);
    if (tcp < 0 || udp < 0 || listen(tcp, 64) < 0)
        return probe_failed("listen");
    puts("serving");
    struct pollfd fds[2] = {{.fd = tcp, .events = POLLIN}, {.fd = udp, .events = POLLIN}};
    for (;;) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return probe_failed("poll");
        if (fds[0].revents & POLLIN)
            serve_tcp(tcp);
        if (fds[1].revents & POLLIN)
            serve_udp(udp);
    }
}

/* ask tcp|udp HOST PORT TEXT: sends the line, prints the answer. HOST is tried address by
 * address. Status 1 if nobody answers within five seconds. */
static int verb_ask(int count, char **words)
{
    if (count != 4)
        return 2;
    int udp = strcmp(words[0], "udp") == 0;
    struct addrinfo hints = {.ai_socktype = udp ? SOCK_DGRAM : SOCK_STREAM}, *list;
    struct timeval patience = {.tv_sec = 5};
    char answer[4096];
    if (getaddrinfo(words[1], words[2], &hints, &list) != 0) {
        printf("%s: no such name\n", words[1]);
        return 1;
    }
    int s = -1;
    for (struct addrinfo *a = list; a; a = a->ai_next) {
        s = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (s >= 0 && connect(s, a->ai_addr, a->ai_addrlen) == 0)
            break;
        if (s >= 0)
            close(s);
        s = -1;
    }
    if (s < 0)
        return probe_failed("connect");
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    snprintf(answer, sizeof answer, "%s\n", words[3]);
    if (write(s, answer, strlen(answer)) < 0)
        return probe_failed("write");
    ssize_t n, total = 0;
    while ((n = read(s, answer, sizeof answer)) > 0) {
        total += n;
        fwrite(answer, 1, (size_t)n, stdout);
        if (udp)
            break;
    }
    return total ? 0 : probe_failed("read");
}

/* fetch PORT PATH: status 0 if HTTP on localhost answers 2xx. */
static int verb_fetch(int count, char **words)
{
    char text[600];
    if (count != 2)
        return 2;
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)atoi(words[0])),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int s = socket(AF_INET, SOCK_STREAM, 0), n;
    if (connect(s, (void *)&at, sizeof at) < 0)
        return probe_failed("connect");
    n = snprintf(text, sizeof text, "GET %s HTTP/1.0\r\n\r\n", words[1]);
    if (write(s, text, (size_t)n) != n || read(s, text, sizeof text) < 12)
        return probe_failed("read");
    return text[9] != '2';
}

static int verb_resolve(int count, char **words)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    char text[64];
    for (int i = 0; i < count; i++) {
        if (getaddrinfo(words[i], 0, &hints, &list) != 0) {
            printf("%s: no such name\n", words[i]);
            return 1;
        }
        for (struct addrinfo *a = list; a; a = a->ai_next)
            if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, 0, 0, NI_NUMERICHOST) ==
                0)
                printf("%s %s\n", words[i], text);
    }
    return 0;
}

/* interfaces: each name and its addresses with their length; link-local IPv6 is left out. */
static int verb_interfaces(int count, char **words)
{
    struct ifaddrs *list;
    (void)count, (void)words;
    if (getifaddrs(&list) < 0)
        return probe_failed("getifaddrs");
    for (struct ifaddrs *i = list; i; i = i->ifa_next) {
        char text[64];
        int bits = 0, family = i->ifa_addr ? i->ifa_addr->sa_family : 0;
        if (family != AF_INET && family != AF_INET6)
            continue;
        struct sockaddr_in6 *six = (void *)i->ifa_addr, *mask6 = (void *)i->ifa_netmask;
        struct sockaddr_in *four = (void *)i->ifa_addr, *mask4 = (void *)i->ifa_netmask;
        if (family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr))
            continue;
        const unsigned char *mask =
            family == AF_INET6 ? mask6->sin6_addr.s6_addr : (unsigned char *)&mask4->sin_addr;
        for (int b = 0; b < (family == AF_INET6 ? 16 : 4); b++)
            bits += __builtin_popcount(mask[b]);
        inet_ntop(family, family == AF_INET6 ? (void *)&six->sin6_addr : (void *)&four->sin_addr,
                  text, sizeof text);
        printf("%s %s/%d\n", i->ifa_name, text, bits);
    }
    freeifaddrs(list);
    return 0;
}

const struct verb net_verbs[] = {
    {"serve", verb_serve},           {"ask", verb_ask},
    {"fetch", verb_fetch},           {"resolve", verb_resolve},
    {"interfaces", verb_interfaces}, {0},
};
