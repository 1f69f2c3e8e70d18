/* The resolver from end to end: /etc/hosts, /etc/resolv.conf with a search list, a DNS server of
 * this program's own on 127.0.0.1, getaddrinfo with every flag, getnameinfo, what is wrong or
 * missing.
 *
 * pith-test: net=own timeout=30
 */
#include "t.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <resolv.h>
#include <sys/socket.h>
#include <sys/utsname.h>

/* ---- the server ---- */

static volatile int queries;

static int put16(unsigned char *p, int v)
{
    p[0] = (unsigned char)(v >> 8);
    p[1] = (unsigned char)v;
    return 2;
}

/* The question's name in text; the offset behind it. */
static int question(const unsigned char *q, int n, char *name)
{
    int at = 12;
    *name = 0;
    while (at < n && q[at]) {
        strncat(name, (const char *)q + at + 1, q[at]);
        strcat(name, ".");
        at += q[at] + 1;
    }
    if (*name)
        name[strlen(name) - 1] = 0;
    return at + 1;
}

static int record(unsigned char *p, int type, const void *data, int len)
{
    int n = put16(p, 0xc00c); /* the name of the question */
    n += put16(p + n, type);
    n += put16(p + n, 1);
    n += put16(p + n, 0);
    n += put16(p + n, 60);
    n += put16(p + n, len);
    memcpy(p + n, data, (size_t)len);
    return n + len;
}

static int answer(unsigned char *q, int n)
{
    static const unsigned char four[] = {192, 0, 2, 10}, four2[] = {192, 0, 2, 11};
    unsigned char six[16] = {0x20, 1, 0x0d, 0xb8}, alias[] = "\4host\4test\7example";
    char name[512];
    int at = question(q, n, name), type, found = 0, code = 0;
    if (at + 4 > n)
        return 0;
    type = q[at] << 8 | q[at + 1];
    at += 4;
    six[15] = 7;
    queries++;
    if (!strcmp(name, "host.test.example")) {
        if (type == 1)
            at += record(q + at, 1, four, 4), at += record(q + at, 1, four2, 4), found = 2;
        else if (type == 28)
            at += record(q + at, 28, six, 16), found = 1;
    } else if (!strcmp(name, "four.test.example")) {
        if (type == 1)
            at += record(q + at, 1, four, 4), found = 1;
    } else if (!strcmp(name, "alias.test.example")) {
        at += record(q + at, 5, alias, sizeof alias), found = 1;
        if (type == 1)
            at += record(q + at, 1, four, 4), found = 2;
    } else if (!strcmp(name, "10.2.0.192.in-addr.arpa")) {
        at += record(q + at, 12, alias, sizeof alias), found = 1;
    } else if (!strcmp(name, "broken.test.example")) {
        code = 2;
    } else if (!strcmp(name, "silent.test.example")) {
        return 0;
    } else if (!strcmp(name, "big.test.example")) {
        for (found = 0; type == 1 && found < 25; found++)
            at += record(q + at, 1, four, 4);
    } else {
        code = 3;
    }
    q[2] = 0x84;
    q[3] = (unsigned char)(0x80 | code);
    put16(q + 6, found);
    put16(q + 8, 0);
    put16(q + 10, 0);
    return at;
}

static void *serve(void *arg)
{
    unsigned char q[1500];
    struct sockaddr_storage from;
    int s = *(int *)arg;
    for (;;) {
        socklen_t len = sizeof from;
        ssize_t n = recvfrom(s, q, 512, 0, (void *)&from, &len);
        if (n <= 0)
            return 0;
        n = answer(q, (int)n);
        if (n > 0)
            sendto(s, q, (size_t)n, 0, (void *)&from, len);
    }
}

/* ---- the questions ---- */

static const char *gai(int r)
{
    switch (r) {
    case 0:
        return "ok";
    case EAI_NONAME:
        return "EAI_NONAME";
    case EAI_AGAIN:
        return "EAI_AGAIN";
    case EAI_FAIL:
        return "EAI_FAIL";
    case EAI_FAMILY:
        return "EAI_FAMILY";
    case EAI_SERVICE:
        return "EAI_SERVICE";
    case EAI_BADFLAGS:
        return "EAI_BADFLAGS";
    case EAI_SOCKTYPE:
        return "EAI_SOCKTYPE";
    case EAI_SYSTEM:
        return t_errno(errno);
    case EAI_OVERFLOW:
        return "EAI_OVERFLOW";
    case EAI_NODATA:
        return "EAI_NODATA";
    }
    return "EAI_?";
}

static void ask(const char *name, const char *service, int family, int type, int flags)
{
    struct addrinfo hint = {.ai_family = family, .ai_socktype = type, .ai_flags = flags}, *list = 0;
    char text[64];
    int before = queries;
    int r = getaddrinfo(name, service, &hint, &list);
    say("%s %s family %d type %d flags %x: %s, %s", name ? name : "-", service ? service : "-",
        family, type, (unsigned)flags, gai(r), queries != before ? "asked" : "not asked");
    for (struct addrinfo *a = r ? 0 : list; a; a = a->ai_next) {
        int port = 0;
        if (a->ai_family == AF_INET) {
            struct sockaddr_in *sin = (void *)a->ai_addr;
            inet_ntop(AF_INET, &sin->sin_addr, text, sizeof text);
            port = ntohs(sin->sin_port);
        } else {
            struct sockaddr_in6 *sin = (void *)a->ai_addr;
            inet_ntop(AF_INET6, &sin->sin6_addr, text, sizeof text);
            port = ntohs(sin->sin6_port);
        }
        say("  %s port %d type %d protocol %d%s%s", text, port, a->ai_socktype, a->ai_protocol,
            a->ai_canonname ? " " : "", a->ai_canonname ? a->ai_canonname : "");
    }
    if (!r)
        freeaddrinfo(list);
}

static void back(const char *ip, int flags)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(54321)};
    char host[100] = "", service[30] = "";
    inet_pton(AF_INET, ip, &a.sin_addr);
    int r = getnameinfo((void *)&a, sizeof a, host, sizeof host, service, sizeof service, flags);
    say("name of %s, flags %x: %s %s %s", ip, (unsigned)flags, gai(r), host, service);
}

static int write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    int ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    close(fd);
    return ok;
}

/* On a machine that is nobody's scratch nothing is written. */
static int may_write(void)
{
    char text[10] = "";
    struct utsname u;
    int fd = open("/etc/resolv.conf", O_RDONLY);
    if (read(fd, text, 9) < 0)
        return 0;
    close(fd);
    return !strcmp(text, "# scratch") || (uname(&u) == 0 && strstr(u.release, "pith"));
}

static void files(void)
{
    say("-- files");
    ask("localhost", "80", AF_UNSPEC, SOCK_STREAM, 0);
    ask("localhost", 0, AF_INET, SOCK_DGRAM, 0);
    ask("db", "5432", AF_UNSPEC, SOCK_STREAM, 0);
    ask("DB.internal", "5432", AF_INET6, SOCK_STREAM, AI_CANONNAME);
    ask("db", "5432", AF_INET6, SOCK_STREAM, AI_V4MAPPED);
    ask("only4", 0, AF_INET6, SOCK_STREAM, AI_V4MAPPED);
    ask("only4", 0, AF_INET6, SOCK_STREAM, AI_V4MAPPED | AI_ALL);
    ask(0, "80", AF_UNSPEC, SOCK_STREAM, AI_PASSIVE);
    ask(0, "80", AF_INET, 0, 0);
    ask(0, 0, AF_INET, 0, 0);
    ask("192.0.2.5", "123", AF_UNSPEC, SOCK_DGRAM, AI_NUMERICHOST | AI_NUMERICSERV);
    ask("host.test.example", "123", AF_UNSPEC, SOCK_DGRAM, AI_NUMERICHOST);
    ask("::1", "x", AF_UNSPEC, SOCK_DGRAM, AI_NUMERICSERV);
    ask("::1", "1", AF_INET, SOCK_DGRAM, 0);
    ask("fe80::1%lo", "1", AF_UNSPEC, SOCK_DGRAM, 0);
    ask("localhost", "1", 77, SOCK_DGRAM, 0);
    ask("localhost", "1", AF_INET, 77, 0);
    ask("localhost", "1", AF_INET, SOCK_DGRAM, 0x40000000);
}

static void names(void)
{
    struct hostent *h;
    say("-- names");
    ask("host.test.example", "80", AF_INET, SOCK_STREAM, 0);
    ask("host.test.example", "80", AF_INET6, SOCK_STREAM, 0);
    ask("host", "80", AF_INET, SOCK_STREAM, 0);
    ask("host.", "80", AF_INET, SOCK_STREAM, 0);
    ask("alias", "80", AF_INET, SOCK_STREAM, AI_CANONNAME);
    ask("four", "80", AF_INET6, SOCK_STREAM, 0);
    ask("four", "80", AF_INET6, SOCK_STREAM, AI_V4MAPPED);
    ask("four", "80", AF_UNSPEC, SOCK_STREAM, AI_ADDRCONFIG);
    ask("nobody.test.example", "80", AF_UNSPEC, SOCK_STREAM, 0);
    ask("nobody", "80", AF_UNSPEC, SOCK_STREAM, 0);
    ask("broken", "80", AF_INET, SOCK_STREAM, 0);
    ask("silent", "80", AF_INET, SOCK_STREAM, 0);
    ask("big", "80", AF_INET, SOCK_STREAM, 0);
    ask("", "80", AF_INET, SOCK_STREAM, 0);
    ask("..", "80", AF_INET, SOCK_STREAM, 0);
    back("192.0.2.10", 0);
    back("192.0.2.99", 0);
    back("192.0.2.99", NI_NAMEREQD);
    back("10.1.2.3", NI_NUMERICSERV);
    back("192.0.2.10", NI_NUMERICHOST | NI_NUMERICSERV);
    h = gethostbyname("host");
    say("gethostbyname: %s, %d bytes", h ? h->h_name : "none", h ? h->h_length : 0);
    unsigned char buf[600];
    int n = res_query("host.test.example", 1, 1, buf, sizeof buf);
    say("res_query: %s, %d answers", n > 0 ? "an answer" : "none", n > 0 ? buf[7] : 0);
}

int main(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(53)};
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    pthread_t t;
    if (!may_write()) {
        say("this machine's files stay as they are");
        return 0;
    }
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    R(bind(s, (void *)&a, sizeof a));
    R(write_file("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n"
                               "# a comment\n10.1.2.3 db.internal db # more\n"
                               "2001:db8::5\tdb.internal db\n10.1.2.4 only4\n"));
    R(write_file("/etc/resolv.conf",
                 "nameserver 127.0.0.1\nsearch test.example\noptions timeout:1 attempts:1\n"));
    R(pthread_create(&t, 0, serve, &s));
    files();
    names();
    say("-- no server");
    shutdown(s, SHUT_RDWR);
    pthread_join(t, 0);
    close(s);
    ask("host", "80", AF_INET, SOCK_STREAM, 0);
    R(write_file("/etc/resolv.conf", "nameserver 127.0.0.1\nnameserver ::1\n"
                                     "options timeout:1 attempts:1\n"));
    ask("host.test.example", "80", AF_INET, SOCK_STREAM, 0);
    R(unlink("/nothing/resolv.conf"));
    return 0;
}
