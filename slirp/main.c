/* pith-slirp: started by `pith run`, not by hand (README).
 *
 *   descriptor 3   the guest: SOCK_SEQPACKET, a frame a message
 *   descriptor 4   answers "ok" once all ports are open and the jail is closed, else a sentence
 *   arguments      [--loopback] [tcp=ADDRESS=PORT=GUESTPORT=COUNT | udp=...]...
 *
 * --loopback lets the guest reach the host's own 127.0.0.1 as 10.0.2.2.
 */
#include "slirp.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define LINK 3
#define STATUS 4

static int fail(const char *why)
{
    dprintf(STATUS, "%s\n", why);
    return 1;
}

/* A process of its own: what the user types at the guest's terminal is not for it, and it keeps no
 * descriptor of the monitor's. It ends when the guest's end of LINK is closed. */
static void settle(void)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGTSTP};
    struct rlimit files;
    setsid();
    for (unsigned i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal(ignored[i], SIG_IGN);
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; null >= 0 && fd < 3; fd++)
        dup2(null, fd);
    if (null > 2)
        close(null);
    /* A socket each connection. */
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    if (chdir("/"))
        return;
}

int main(int argc, char **argv)
{
    char why[256];
    int first = 1;
    fcntl(LINK, F_SETFD, FD_CLOEXEC);
    fcntl(STATUS, F_SETFD, FD_CLOEXEC);
    settle();
    SlirpConfig config = {.version = 4,
                          .in_enabled = true,
                          .in6_enabled = true,
                          .vprefix_len = 64,
                          .if_mtu = MTU,
                          .if_mru = MTU,
                          .disable_host_loopback = true};
    inet_pton(AF_INET, NETWORK, &config.vnetwork);
    inet_pton(AF_INET, NETMASK, &config.vnetmask);
    inet_pton(AF_INET, GATEWAY, &config.vhost);
    inet_pton(AF_INET, GUEST, &config.vdhcp_start);
    inet_pton(AF_INET, NAMESERVER, &config.vnameserver);
    inet_pton(AF_INET6, PREFIX6, &config.vprefix_addr6);
    inet_pton(AF_INET6, GATEWAY6, &config.vhost6);
    inet_pton(AF_INET6, NAMESERVER6, &config.vnameserver6);
    if (argc > 1 && strcmp(argv[1], "--loopback") == 0) {
        config.disable_host_loopback = false;
        first = 2;
    }
    bool udp = false;
    for (int i = first; i < argc; i++)
        udp |= forward_is_udp(argv[i]);
    if (udp && config.disable_host_loopback) {
        config.disable_host_loopback = false;
        guard_loopback();
    }
    link_open(LINK);
    Slirp *slirp = slirp_new(&config, &loop_callbacks, NULL);
    if (!slirp)
        return fail("libslirp does not start");
    for (int i = first; i < argc; i++)
        if (forward_add(slirp, argv[i], why, sizeof why))
            return fail(why);
    if (jail(why, sizeof why))
        return fail(why);
    dprintf(STATUS, "ok\n");
    close(STATUS);
    loop_run(slirp);
    return 0;
}
