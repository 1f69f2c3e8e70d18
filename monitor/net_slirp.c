/* slirp: the network of a guest that has no device of the host, without any privilege. See net.h
 * and slirp/README.
 *
 * A helper process holds libslirp; we have one end of a socket pair, a frame each message. With
 * ports to open it is started at once, and says whether they are open. Without, a child of ours
 * waits for the guest's first frame and only then becomes the helper, so that a program that never
 * speaks costs one fork. Either way the helper ends when our end is closed, that is, with us; and
 * a helper that has gone is a cable without an end for the guest.
 *
 * The addresses are those of slirp/slirp.h.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net.h"

#define HELPER "../lib/pith/libexec/pith-slirp"
#define LINK_FD 3
#define STATUS_FD 4
/* "tcp=ADDRESS=65535=65535=256" */
#define SPEC_MAX 80

static const char missing[] = "the helper pith-slirp is not there: it is built where libslirp-dev "
                              "is installed, and needs libslirp0 to run";

/* Beside our own program. */
static int helper_path(char *path, size_t room)
{
    ssize_t n = readlink("/proc/self/exe", path, room - 1);
    if (n <= 0)
        return -1;
    path[n] = 0;
    char *slash = strrchr(path, '/');
    if (!slash || (size_t)(slash + 1 - path) + sizeof HELPER > room)
        return -1;
    strcpy(slash + 1, HELPER);
    return access(path, X_OK);
}

bool mon_net_slirp_there(void)
{
    char path[PATH_MAX];
    return helper_path(path, sizeof path) == 0;
}

static void make_spec(char *spec, const struct mon_net_forward *f)
{
    char address[INET6_ADDRSTRLEN] = "*";
    if (f->at.family)
        inet_ntop(f->at.family == 4 ? AF_INET : AF_INET6, f->at.addr, address, sizeof address);
    snprintf(spec, SPEC_MAX, "%s=%s=%u=%u=%u", f->udp ? "udp" : "tcp", address, f->host, f->guest,
             f->count);
}

/* In the child: becomes the helper, at once or when the guest's first frame is there. */
static _Noreturn void child(const char *path, char **argv, int link, int status)
{
    static char *no_environment[] = {NULL};
    /* Above the two numbers they get. */
    link = fcntl(link, F_DUPFD, 16);
    status = fcntl(status < 0 ? open("/dev/null", O_RDWR) : status, F_DUPFD, 16);
    if (link < 0 || status < 0 || dup2(link, LINK_FD) < 0 || dup2(status, STATUS_FD) < 0)
        _exit(126);
    syscall(SYS_close_range, STATUS_FD + 1, ~0u, 0);
    if (!argv[1] || !strchr(argv[argv[2] ? 2 : 1], '=')) {
        struct pollfd first = {.fd = LINK_FD, .events = POLLIN};
        setsid(); /* what is typed at the guest's terminal is not for us */
        while (poll(&first, 1, -1) < 0 && errno == EINTR)
            continue;
        if (!(first.revents & POLLIN) || first.revents & POLLHUP)
            _exit(0);
    }
    execve(path, argv, no_environment);
    _exit(127);
}

/* Waits for the helper's answer. 0, or -1 with its sentence. */
static int answer(int status, struct host_error *err)
{
    char text[256];
    size_t n = 0;
    for (ssize_t got; n<sizeof text - 1; n += got> 0 ? (size_t)got : 0) {
        got = read(status, text + n, sizeof text - 1 - n);
        if (got == 0 || (got < 0 && errno != EINTR))
            break;
    }
    text[n] = 0;
    text[strcspn(text, "\n")] = 0;
    if (strcmp(text, "ok") == 0)
        return 0;
    return host_fail(err, "%s", n ? text : missing);
}

static int start(const struct mon_net_options *o, bool loopback, int *ours, struct host_error *err)
{
    static char specs[MON_NET_FORWARDS][SPEC_MAX];
    char path[PATH_MAX], *argv[MON_NET_FORWARDS + 3], flag[] = "--loopback", name[] = "pith-slirp";
    int link[2], status[2] = {-1, -1};
    unsigned n = 0;
    argv[n++] = name;
    if (loopback)
        argv[n++] = flag;
    for (unsigned i = 0; i < o->nforwards; i++) {
        make_spec(specs[i], &o->forwards[i]);
        argv[n++] = specs[i];
    }
    argv[n] = NULL;
    if (helper_path(path, sizeof path))
        return host_fail(err, "%s", missing);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, link))
        return host_fail(err, "%s", strerror(errno));
    if (o->nforwards && pipe2(status, O_CLOEXEC)) {
        close(link[0]);
        close(link[1]);
        return host_fail(err, "%s", strerror(errno));
    }
    pid_t pid = fork();
    if (pid == 0)
        child(path, argv, link[1], status[1]);
    int bad = pid < 0 ? host_fail(err, "%s", strerror(errno)) : 0;
    close(link[1]);
    if (o->nforwards) {
        close(status[1]);
        bad = bad ? bad : answer(status[0], err);
        close(status[0]);
    }
    if (bad) {
        close(link[0]);
        if (pid > 0)
            waitpid(pid, NULL, 0);
    }
    *ours = link[0];
    return bad;
}

bool mon_net_slirp_starts(void)
{
    /* A port that is never opened: none of them. */
    static const struct mon_net_options none = {.nforwards = 1, .forwards = {{.count = 0}}};
    struct host_error err;
    int fd;
    if (start(&none, false, &fd, &err))
        return false;
    close(fd);
    wait(NULL);
    return true;
}

static struct pith_net_addr ip(const char *text, unsigned prefix)
{
    struct pith_net_addr a = {.prefix = (pith_u8)prefix, .family = strchr(text, ':') ? 6 : 4};
    inet_pton(a.family == 4 ? AF_INET : AF_INET6, text, a.addr);
    return a;
}

static struct pith_net_route route(const char *gateway)
{
    struct pith_net_addr via = ip(gateway, 0);
    struct pith_net_route r = {.family = via.family};
    memcpy(r.via, via.addr, sizeof r.via);
    return r;
}

int mon_net_slirp(struct mon_net *net, const struct mon_net_options *o,
                  const struct mon_net_if *want, struct host_error *err)
{
    static const uint8_t mac[6] = {2, 0, 10, 0, 2, 15};
    struct pith_net_config *c = &net->config;
    struct host_error why;
    if (start(o, want->loopback, &net->fd, &why))
        return host_fail(err, o->nforwards ? "-p: %s" : "--net slirp: %s", why.text);
    memcpy(c->mac, mac, sizeof mac);
    c->mtu = want->mtu && want->mtu < 65520 ? want->mtu : 65520;
    c->naddrs = c->nroutes = 2;
    c->addrs[0] = ip("10.0.2.15", 24);
    c->addrs[1] = ip("fd00::15", 64);
    c->routes[0] = route("10.0.2.2");
    c->routes[1] = route("fd00::2");
    net->trusted = true;
    net->features = 1ull << VIRTIO_NET_F_GUEST_CSUM;
    return 0;
}
