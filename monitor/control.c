/* The control socket: see control.h. */
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "inside.h"

/* Requests served before the guest goes on: the next ones have a signal of their own. */
#define AT_ONCE 16

static int control = -1;
static struct mon_text text;

int mon_control_fd(void)
{
    return control;
}

/* A signal of ours for each datagram. */
static int have_signal(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return fcntl(fd, F_SETOWN, getpid()) || fcntl(fd, F_SETSIG, MON_CONTROL_SIGNAL) ||
                   fcntl(fd, F_SETFL, flags | O_ASYNC | O_NONBLOCK)
               ? -1
               : 0;
}

int mon_control_start(struct mon *m, const char *path, struct host_error *err)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    bool in = m->common->options->container != NULL;
    if (strlen(path) >= sizeof at.sun_path)
        return host_fail(err, "--control %s: the path is longer than a socket's may be", path);
    strcpy(at.sun_path, path);
    struct stat st;
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
        unlink(path); /* of one that has ended */
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    /* In a container whoever is in it may ask; outside its own user. */
    if (fd < 0 || bind(fd, (const void *)&at, sizeof at) || chmod(path, in ? 0666 : 0600) ||
        have_signal(fd)) {
        host_fail(err, "--control %s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    control = fd;
    return mon_sigaction(MON_CONTROL_SIGNAL, m->machine->on_signal, SA_SIGINFO | SA_ONSTACK)
               ? host_fail(err, "--control: its signal cannot be caught")
               : 0;
}

/* ---- answers ---- */
void mon_text(struct mon_text *t, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    size_t room = sizeof t->bytes - t->n;
    int n = vsnprintf(t->bytes + t->n, room, fmt, args);
    va_end(args);
    if (n > 0 && (size_t)n < room)
        t->n += (size_t)n;
    else
        t->cut = true;
}

bool mon_control_send(int to, char kind, const void *data, size_t n, bool *again)
{
    char packet[MON_CONTROL_PACKET];
    if (n >= sizeof packet)
        n = sizeof packet - 1;
    packet[0] = kind;
    memcpy(packet + 1, data, n);
    long sent = syscall(SYS_sendto, to, packet, n + 1, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0);
    if (again)
        *again = sent < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS);
    return sent >= 0;
}

void mon_control_end(int to, int status)
{
    char digits[12];
    int n = snprintf(digits, sizeof digits, "%d", status);
    mon_control_send(to, 'x', digits, (size_t)n, NULL);
    close(to);
}

static void answer(int to, const struct mon_text *t)
{
    for (size_t at = 0; at < t->n; at += MON_CONTROL_PACKET - 1) {
        size_t n = t->n - at < MON_CONTROL_PACKET - 1 ? t->n - at : MON_CONTROL_PACKET - 1;
        if (!mon_control_send(to, 'o', t->bytes + at, n, NULL))
            break;
    }
    static const char more[] = "pith: there is more than an answer holds\n";
    if (t->cut)
        mon_control_send(to, 'e', more, sizeof more - 1, NULL);
    mon_control_end(to, 0);
}

static void complain(int to, const char *what)
{
    mon_control_send(to, 'e', what, strlen(what), NULL);
    mon_control_end(to, 2);
}

/* ---- requests ---- */
static const struct {
    const char *verb;
    void (*tell)(struct mon *m, struct mon_text *t);
} verbs[] = {
    {"threads", mon_tell_threads}, {"mem", mon_tell_mem},         {"net", mon_tell_net},
    {"mounts", mon_tell_mounts},   {"metrics", mon_tell_metrics},
};

static void log_lines(struct mon *m, struct mon_text *t)
{
    (void)m;
    mon_said(t);
}

static void serve(struct mon *m, const char *request, size_t n, int to)
{
    const char *end = memchr(request, '\n', n);
    if (!end) {
        complain(to, "pith: the request has no end\n");
        return;
    }
    size_t line = (size_t)(end - request);
    text.n = 0;
    text.cut = false;
    if (line > 8 && memcmp(request, "connect ", 8) == 0) {
        inside_connect(m, request + 8, line - 8, end + 1, n - line - 1, to);
        return;
    }
    if (line == 3 && memcmp(request, "log", 3) == 0) {
        log_lines(m, &text);
        answer(to, &text);
        return;
    }
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (line == strlen(verbs[i].verb) && memcmp(request, verbs[i].verb, line) == 0) {
            verbs[i].tell(m, &text);
            answer(to, &text);
            return;
        }
    complain(to, "pith: the monitor knows no such verb\n");
}

/* The one descriptor that came with a message, -1 = none. There is room for one: the kernel keeps
 * others from us (CMSG_SPACE, rounded up, would have room for two). */
static int descriptor(struct msghdr *msg)
{
    struct cmsghdr *c = CMSG_FIRSTHDR(msg);
    int fd = -1;
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
        c->cmsg_len == CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(c), sizeof fd);
    return fd;
}

void mon_control_look(struct mon *m)
{
    static char request[MON_CONTROL_REQUEST];
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } room;
    m->common->look = false;
    if (control < 0)
        return;
    for (unsigned i = 0; i < AT_ONCE; i++) {
        struct iovec iov = {request, sizeof request};
        struct msghdr msg = {.msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = &room,
                             .msg_controllen = CMSG_LEN(sizeof(int))};
        long n = syscall(SYS_recvmsg, control, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (n < 0)
            return;
        int to = descriptor(&msg);
        if (to < 0)
            continue; /* nobody to answer */
        if (msg.msg_flags & MSG_TRUNC)
            complain(to, "pith: the request is too long\n");
        else
            serve(m, request, (size_t)n, to);
    }
    m->common->look = true; /* perhaps more */
}
