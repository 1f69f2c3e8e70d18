/* netns PROGRAM [ARGUMENT...]: runs it in a network namespace of its own, where lo is up and
 * nothing else is, and ping sockets are everybody's, as in a container. /etc/resolv.conf and
 * /etc/hosts are scratch files there that begin with "# scratch", so that a test may write them.
 * Without root it takes a user namespace in which everybody is who he was. */
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);
    int ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    return ok;
}

static int enter(void)
{
    char map[64];
    unsigned uid = geteuid(), gid = getegid();
    if (unshare(CLONE_NEWNET | CLONE_NEWNS) == 0)
        return 1;
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) < 0)
        return 0;
    snprintf(map, sizeof map, "%u %u 1", uid, uid);
    put("/proc/self/setgroups", "deny");
    if (!put("/proc/self/uid_map", map))
        return 0;
    snprintf(map, sizeof map, "%u %u 1", gid, gid);
    return put("/proc/self/gid_map", map);
}

/* Puts a scratch file over one of the machine's. */
static int cover(const char *path)
{
    char name[] = "/tmp/netns.XXXXXX";
    int fd, ok = 0;
    if (access(path, F_OK) < 0)
        return 1;
    fd = mkstemp(name);
    if (fd < 0)
        return 0;
    if (fchmod(fd, 0644) == 0 && write(fd, "# scratch\n", 10) == 10)
        ok = mount(name, path, 0, MS_BIND, 0) == 0;
    close(fd);
    unlink(name);
    return ok;
}

int main(int argc, char **argv)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    if (argc < 2 || !enter()) {
        perror("netns");
        return 125;
    }
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    if (s < 0 || ioctl(s, SIOCSIFFLAGS, &lo) < 0) {
        perror("netns: lo");
        return 125;
    }
    close(s);
    if (mount("none", "/", 0, MS_REC | MS_PRIVATE, 0) < 0 || !cover("/etc/resolv.conf") ||
        !cover("/etc/hosts")) {
        perror("netns: /etc");
        return 125;
    }
    put("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    return 127;
}
