/* `pith threads|mem|net|mounts|log|metrics [--control PATH]`: what a running monitor tells of its
 * guest. The words are the monitor's; this prints them. See control.h. */
#include "cli/control.h"
#include "cli/cli.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PACKET 65536
#define PATIENCE 10 /* seconds */

/* Sends the request with the socket for the answer. */
static int send_request(const char *path, const void *request, size_t n, int reply,
                        struct host_error *err)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } room = {{0}};
    struct iovec iov = {(void *)(size_t)request, n};
    struct msghdr msg = {.msg_name = &at,
                         .msg_namelen = sizeof at,
                         .msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = &room,
                         .msg_controllen = sizeof room};
    if (strlen(path) >= sizeof at.sun_path)
        return host_fail(err, "%s: the path is longer than a socket's may be", path);
    strcpy(at.sun_path, path);
    room.head.cmsg_level = SOL_SOCKET;
    room.head.cmsg_type = SCM_RIGHTS;
    room.head.cmsg_len = CMSG_LEN(sizeof reply);
    memcpy(CMSG_DATA(&room.head), &reply, sizeof reply);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int bad = fd < 0 || sendmsg(fd, &msg, MSG_NOSIGNAL) < 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    if (bad == ENOENT || bad == ECONNREFUSED)
        return host_fail(err, "no monitor listens at %s", path);
    return bad ? host_fail(err, "%s: %s", path, strerror(bad)) : 0;
}

static long long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

static int receive(int fd, unsigned seconds, const struct control_answer *answer,
                   struct host_error *err)
{
    static char packet[PACKET + 1];
    long long end = now() + seconds * 1000ll;
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        long long left = end - now();
        if (left <= 0 || poll(&p, 1, (int)left) == 0)
            return host_fail(err, "no answer within %u seconds", seconds);
        ssize_t n = recv(fd, packet, PACKET, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return host_fail(err, "the monitor has ended");
        packet[n] = 0;
        if (packet[0] == 'x')
            return atoi(packet + 1) & 255;
        if (packet[0] == 'e')
            fwrite(packet + 1, 1, (size_t)n - 1, stderr);
        else if (!answer->take)
            fwrite(packet + 1, 1, (size_t)n - 1, stdout);
        else if (!answer->take(answer->ctx, packet + 1, (size_t)n - 1))
            return 0;
    }
}

int control_ask(const char *path, const void *request, size_t n, unsigned seconds,
                const struct control_answer *answer, struct host_error *err)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
        return host_fail(err, "a pair of sockets: %s", strerror(errno));
    int bad = send_request(path, request, n, pair[1], err);
    close(pair[1]);
    if (!bad)
        bad = receive(pair[0], seconds, answer, err);
    close(pair[0]);
    return bad;
}

int cmd_control(int argc, char **argv)
{
    const char *path = CONTROL_USUAL;
    struct host_error err;
    const struct control_answer print = {0};
    char request[32];
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--control") == 0 && i + 1 < argc) {
            path = argv[++i];
        } else {
            fprintf(stderr, "pith %s: '%s' is not understood; usage: pith %s [--control PATH]\n",
                    argv[0], argv[i], argv[0]);
            return 2;
        }
    int n = snprintf(request, sizeof request, "%s\n", argv[0]);
    int status = control_ask(path, request, (size_t)n, PATIENCE, &print, &err);
    if (status < 0)
        fprintf(stderr, "pith %s: %s\n", argv[0], err.text);
    return status < 0 ? 1 : fflush(stdout) ? 1 : status;
}
