/* `pith get [--control PATH] [--timeout SECONDS] URL`: what an HTTP server in the guest answers,
 * for HEALTHCHECK in images without a shell.
 *
 * The connection is made by the guest's own monitor, from inside (monitor/inside.h), to localhost,
 * [::1], or any IPv4 address of the guest: HTTP/1.1, plain. The body goes to stdout. As with
 * `curl -f` the exit status is 0 if the answer's status is below 400, redirections included, which
 * are not followed; 1 if it is another or no whole answer came; 2 for a misused command line.
 */
#include "cli/cli.h"
#include "cli/control.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HEADERS 65536
#define SECONDS 30
/* One segment of the connection (monitor/inside_tcp.c), and the monitor's line before it. */
#define REQUEST 1400

struct url {
    char host[256], address[INET_ADDRSTRLEN];
    unsigned port;
    const char *path;
};

/* "http://HOST[:PORT][/PATH]"; HOST: localhost, [::1] or an IPv4 address. NULL or what is wrong. */
static const char *parse(const char *text, struct url *u)
{
    const char *scheme = "http://";
    struct in_addr ip;
    if (strncmp(text, scheme, strlen(scheme)))
        return "only http:// is spoken";
    text += strlen(scheme);
    static const char six[] = "[::1]";
    bool is6 = strncmp(text, six, strlen(six)) == 0;
    size_t n = is6 ? strlen(six) : strcspn(text, ":/?#");
    if (n == 0 || n >= sizeof u->host - 8)
        return "there is no host in it";
    memcpy(u->host, text, n);
    u->host[n] = 0;
    bool local = strcmp(u->host, "localhost") == 0;
    if (!local && !is6 && inet_pton(AF_INET, u->host, &ip) != 1)
        return "the host must be localhost, [::1] or an IPv4 address";
    if (local)
        ip.s_addr = htonl(INADDR_LOOPBACK);
    if (is6)
        strcpy(u->address, "::1");
    else
        inet_ntop(AF_INET, &ip, u->address, sizeof u->address);
    text += n;
    u->port = 80;
    if (*text == ':') {
        char *end;
        unsigned long port = strtoul(text + 1, &end, 10);
        if (text[1] < '0' || text[1] > '9' || port == 0 || port > 65535)
            return "the port is none";
        u->port = (unsigned)port;
        snprintf(u->host + n, sizeof u->host - n, ":%u", u->port);
        text = end;
    }
    if (*text && !strchr("/?#", *text))
        return "it is no URL";
    u->path = text;
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || *text == 127)
            return "there are spaces or control characters in it";
    return NULL;
}

/* The answer as it comes: head first, then the body, cut into chunks or not. */
struct answer {
    char head[HEADERS + 1];
    size_t n;
    bool body, chunked, done, broken;
    int status;
    char line[32]; /* of a chunk's size */
    size_t line_n;
    unsigned long long left; /* of the chunk, or of the whole body */
    bool counted;            /* `left` ends it */
};

static const char *header(const char *head, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = strstr(head, "\r\n"); at && at[2] != '\r'; at = strstr(at + 2, "\r\n"))
        if (strncasecmp(at + 2, name, n) == 0 && at[2 + n] == ':')
            return at + 3 + n + strspn(at + 3 + n, " \t");
    return NULL;
}

static void begin_body(struct answer *a)
{
    int minor;
    a->body = true;
    if (sscanf(a->head, "HTTP/1.%d %d", &minor, &a->status) != 2 || a->status < 100 ||
        a->status > 999) {
        a->broken = true;
        return;
    }
    a->done = a->status == 204 || a->status == 304; /* they have none */
    const char *coding = header(a->head, "Transfer-Encoding"), *length;
    a->chunked = coding && strncasecmp(coding, "chunked", 7) == 0;
    length = a->chunked ? NULL : header(a->head, "Content-Length");
    if (length && !a->done) {
        a->counted = true;
        a->left = strtoull(length, NULL, 10);
        a->done = a->left == 0;
    }
}

static void chunks(struct answer *a, const char *bytes, size_t n)
{
    while (n && !a->done && !a->broken) {
        if (a->left) {
            size_t part = a->left < n ? (size_t)a->left : n;
            fwrite(bytes, 1, part, stdout);
            a->left -= part;
            bytes += part;
            n -= part;
            continue;
        }
        char c = *bytes++;
        n--;
        if (c != '\n') {
            if (a->line_n + 1 < sizeof a->line)
                a->line[a->line_n++] = c;
            continue;
        }
        a->line[a->line_n] = 0;
        if (a->line_n > 1 || (a->line_n && a->line[0] != '\r')) { /* else the end of a chunk */
            char *end;
            a->left = strtoull(a->line, &end, 16);
            a->broken = end == a->line;
            a->done = a->left == 0;
        }
        a->line_n = 0;
    }
}

/* Bytes of the head, up to its end: how many. */
static size_t take_head(struct answer *a, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (a->n == HEADERS) {
            a->broken = true;
            return n;
        }
        a->head[a->n++] = bytes[i];
        if (a->n < 4 || memcmp(a->head + a->n - 4, "\r\n\r\n", 4) != 0)
            continue;
        a->head[a->n] = 0;
        begin_body(a);
        if (!a->broken && a->status < 200 && a->status != 101) { /* another one follows */
            a->body = false;
            a->n = 0;
        }
        return i + 1;
    }
    return n;
}

static void take_body(struct answer *a, const char *bytes, size_t n)
{
    if (a->chunked) {
        chunks(a, bytes, n);
        return;
    }
    if (a->counted) {
        n = a->left < n ? (size_t)a->left : n;
        a->left -= n;
        a->done = a->left == 0;
    }
    fwrite(bytes, 1, n, stdout);
}

/* A server that does not close has still answered: its end is not waited for. */
static bool take(void *ctx, const char *bytes, size_t n)
{
    struct answer *a = ctx;
    while (n && !a->body && !a->broken) {
        size_t used = take_head(a, bytes, n);
        bytes += used;
        n -= used;
    }
    if (a->body && !a->done && !a->broken)
        take_body(a, bytes, n);
    return !a->done && !a->broken;
}

static int usage(const char *what, const char *why)
{
    fprintf(stderr, "pith get: %s: %s; usage: pith get [--control PATH] [--timeout SECONDS] URL\n",
            what, why);
    return 2;
}

int cmd_get(int argc, char **argv)
{
    static struct answer a;
    const struct control_answer into = {take, &a};
    const char *path = CONTROL_USUAL, *text = NULL;
    unsigned seconds = SECONDS;
    struct host_error err;
    struct url u;
    char request[REQUEST];
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--control") == 0 && i + 1 < argc)
            path = argv[++i];
        else if (strcmp(argv[i], "--timeout") == 0 && i + 1 < argc)
            seconds = (unsigned)atoi(argv[++i]);
        else if (argv[i][0] == '-' || text)
            return usage(argv[i], "it is not understood");
        else
            text = argv[i];
    }
    if (!text || seconds == 0 || seconds > 86400)
        return usage(text ? "--timeout" : "URL", text ? "from 1 to 86400" : "it is missing");
    const char *wrong = parse(text, &u);
    if (wrong)
        return usage(text, wrong);
    int n = snprintf(request, sizeof request,
                     "connect %s %u\nGET %s%.*s HTTP/1.1\r\nHost: %s\r\nUser-Agent: pith\r\n"
                     "Accept: */*\r\nConnection: close\r\n\r\n",
                     u.address, u.port, *u.path == '/' ? "" : "/", (int)strcspn(u.path, "#"),
                     u.path, u.host);
    if (n >= (int)sizeof request)
        return usage("URL", "it is too long");
    int status = control_ask(path, request, (size_t)n, seconds, &into, &err);
    fflush(stdout);
    if (status < 0) {
        fprintf(stderr, "pith get: %s: %s\n", text, err.text);
        return 1;
    }
    if (status)
        return status;
    if (!a.body || a.broken || (!a.done && (a.chunked || (a.counted && a.left)))) {
        fprintf(stderr, "pith get: %s: the answer is no whole answer of HTTP\n", text);
        return 1;
    }
    if (a.status < 200 || a.status > 399) {
        fprintf(stderr, "pith get: %s: status %d\n", text, a.status);
        return 1;
    }
    return 0;
}
