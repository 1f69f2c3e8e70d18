/* A web server on one page: HTTP/1.1 with keep-alive over epoll, one process, one thread.
 *
 *   http [PORT [DIRECTORY]]      port 8080; without a directory it serves the page below
 *
 * A connection is always in one of two states: reading a request into `in`, or writing an answer
 * (`head`, then the file). epoll tells which can go on; nothing here ever waits for one client. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const char greeting[] = "<!DOCTYPE html>\n<title>http</title>\n<h1>It works</h1>\n";

struct connection {
    int fd, file;               /* file: -1 unless one is being sent */
    int keep;                   /* another request may follow this one */
    size_t got, head_len, sent; /* bytes in `in`, in `head`, and sent of it */
    off_t at, end;              /* what is left of the file */
    char in[8192], head[1024];
};

static int epoll, listener, root = -1;

static void finish(struct connection *c)
{
    if (c->file >= 0)
        close(c->file);
    close(c->fd); /* also leaves the epoll set */
    free(c);
}

static void answer(struct connection *c, const char *status, const char *type, const char *body,
                   size_t length)
{
    c->sent = 0;
    c->head_len = (size_t)snprintf(c->head, sizeof c->head,
                                   "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                                   "Connection: %s\r\n\r\n%s",
                                   status, type, length, c->keep ? "keep-alive" : "close", body);
}

static const char *type_of(const char *path)
{
    static const char *const types[][2] = {{".html", "text/html"},
                                           {".css", "text/css"},
                                           {".txt", "text/plain"},
                                           {".png", "image/png"},
                                           {".js", "text/javascript"}};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof *types; i++)
        if (strcmp(dot, types[i][0]) == 0)
            return types[i][1];
    return "application/octet-stream";
}

/* A path that cannot leave the directory: no empty first part, no "..". */
static void answer_file(struct connection *c, char *path, int with_body)
{
    struct stat st;
    path[strcspn(path, "?#")] = 0;
    if (*path++ != '/' || *path == '/' || strstr(path, "..")) {
        answer(c, "400 Bad Request", "text/plain", "bad path\n", 9);
        return;
    }
    if (root < 0) {
        if (*path)
            answer(c, "404 Not Found", "text/plain", with_body ? "not found\n" : "", 10);
        else
            answer(c, "200 OK", "text/html", with_body ? greeting : "", sizeof greeting - 1);
        return;
    }
    c->file = openat(root, *path ? path : "index.html", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (c->file < 0 || fstat(c->file, &st) != 0 || !S_ISREG(st.st_mode)) {
        answer(c, "404 Not Found", "text/plain", with_body ? "not found\n" : "", 10);
        st.st_size = 0;
    } else {
        answer(c, "200 OK", type_of(*path ? path : "index.html"), "", (size_t)st.st_size);
    }
    c->at = 0;
    c->end = with_body ? st.st_size : 0;
}

/* The first whole request in `in`, of `length` bytes with its empty line, gets its answer. */
static void serve(struct connection *c, size_t length)
{
    char method[8], path[2048], minor;
    c->in[length - 1] = 0;
    if (sscanf(c->in, "%7s %2047s HTTP/1.%c", method, path, &minor) != 3) {
        c->keep = 0;
        answer(c, "400 Bad Request", "text/plain", "bad request\n", 12);
    } else {
        c->keep = minor != '0' && !strcasestr(c->in, "\nConnection: close");
        if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
            answer_file(c, path, *method == 'G');
        else
            answer(c, "405 Method Not Allowed", "text/plain", "only GET and HEAD\n", 18);
    }
    memmove(c->in, c->in + length, c->got -= length); /* what the client sent ahead */
}

/* Sends as much as the socket takes. 1: all is sent, 0: it takes no more now, -1: it is gone. */
static int push(struct connection *c)
{
    ssize_t n;
    while (c->sent < c->head_len) {
        n = send(c->fd, c->head + c->sent, c->head_len - c->sent,
                 MSG_NOSIGNAL | (c->file >= 0 && c->at < c->end ? MSG_MORE : 0));
        if (n < 0)
            return errno == EAGAIN ? 0 : -1;
        c->sent += (size_t)n;
    }
    while (c->file >= 0 && c->at < c->end) {
        n = sendfile(c->fd, c->file, &c->at, (size_t)(c->end - c->at));
        if (n <= 0) /* 0: the file became shorter, the length we promised is wrong */
            return n < 0 && errno == EAGAIN ? 0 : -1;
    }
    if (c->file >= 0)
        close(c->file);
    c->file = -1;
    c->head_len = 0;
    return c->keep ? 1 : -1;
}

/* Goes on with a connection until it would have to wait. */
static void go_on(struct connection *c)
{
    for (int state = c->head_len ? push(c) : 1;; state = push(c)) {
        char *end;
        if (state < 0)
            break;
        if (state == 0)
            return;
        c->in[c->got] = 0;
        while (!(end = strstr(c->in, "\r\n\r\n"))) {
            ssize_t n = sizeof c->in - 1 - c->got;
            if (n == 0 || (n = recv(c->fd, c->in + c->got, (size_t)n, 0)) == 0)
                goto gone;
            if (n < 0) {
                if (errno != EAGAIN)
                    goto gone;
                return;
            }
            c->in[c->got += (size_t)n] = 0;
        }
        serve(c, (size_t)(end + 4 - c->in));
    }
gone:
    finish(c);
}

static int listen_on(int port)
{
    struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), no = 0, yes = 1;
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no); /* IPv4 clients too */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof any) != 0 || listen(fd, 511) != 0) {
        perror("http: cannot listen");
        exit(1);
    }
    return fd;
}

int main(int argc, char **argv)
{
    struct epoll_event events[64];
    int port = argc > 1 ? atoi(argv[1]) : 8080;
    if (argc > 2 && (root = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
        perror(argv[2]);
        return 1;
    }
    listener = listen_on(port);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN});
    printf("http: listening on port %d\n", port);
    fflush(stdout);
    for (;;) {
        int n = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;
            if (c) {
                go_on(c);
                continue;
            }
            int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd < 0)
                continue;
            if (!(c = malloc(sizeof *c))) {
                close(fd);
                continue;
            }
            c->fd = fd;
            c->file = -1;
            c->got = c->head_len = c->sent = 0;
            c->at = c->end = 0;
            /* Edge-triggered: go_on always runs until the socket would make it wait. */
            struct epoll_event all = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &all);
        }
    }
}
