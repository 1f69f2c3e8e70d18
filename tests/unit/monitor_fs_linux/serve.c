/* serve TREE COMMAND [ARG...]: runs COMMAND in a mount of the monitor's file server (monitor/fs.h)
 * under Linux's own FUSE client, in a mount namespace of its own; TREE is what is served, MOUNT in
 * the environment an empty directory. Exit status: the command's. Needs root and /dev/fuse. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "monitor/fs.h"

static char request[(1 << 20) + 65536], reply[(1 << 20) + 65536];

static int fail(const char *what)
{
    fprintf(stderr, "serve: %s: %s\n", what, strerror(errno));
    return 125;
}

/* One request; false at the end of the mount. */
static int serve(struct fs *fs, int dev)
{
    ssize_t n = read(dev, request, sizeof request);
    if (n < 0)
        return errno == EINTR || errno == EAGAIN || errno == ENOENT;
    const struct fuse_in_header *h = (const void *)request;
    struct iovec in[2] = {{request, 24}, {request + 24, (size_t)n - 24}};
    struct iovec out = {reply, sizeof reply};
    /* Behind a ring the guest says how long an answer may be; here the question does. */
    if (h->opcode == FUSE_READ || h->opcode == FUSE_READDIR || h->opcode == FUSE_READDIRPLUS)
        out.iov_len = sizeof(struct fuse_out_header) +
                      ((const struct fuse_read_in *)(const void *)(h + 1))->size;
    ssize_t got = fs_request(fs, in, 2, &out, 1);
    if (got < 0)
        return 0;
    if (getenv("TRACE"))
        fprintf(stderr, "op %u node %llx error %d\n", h->opcode, (unsigned long long)h->nodeid,
                got ? ((struct fuse_out_header *)(void *)reply)->error : 0);
    if (got && write(dev, reply, (size_t)got) != got && errno != ENOENT)
        fprintf(stderr, "serve: the answer to request %u is refused: %s\n", h->opcode,
                strerror(errno));
    return 1;
}

int main(int argc, char **argv)
{
    struct host_error err;
    struct fs *fs;
    char options[200];
    const char *at = getenv("MOUNT");
    int status;
    if (argc < 3 || !at || unshare(CLONE_NEWNS) || mount("", "/", "", MS_REC | MS_PRIVATE, NULL))
        return fail("a mount namespace");
    int dev = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (dev < 0)
        return fail("/dev/fuse");
    umask(0);
    if (fs_open(&fs, argv[1], &(struct fs_options){.descriptors = 200}, &err)) {
        fprintf(stderr, "serve: %s\n", err.text);
        return 125;
    }
    snprintf(options, sizeof options,
             "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions", dev);
    if (mount("pith", at, "fuse", MS_NODEV | MS_NOSUID, options))
        return fail("mount");
    pid_t child = fork();
    if (child == 0) {
        umask(022);
        if (chdir(at))
            _exit(fail(at));
        execv(argv[2], argv + 2);
        _exit(fail(argv[2]));
    }
    int ended = (int)syscall(SYS_pidfd_open, child, 0);
    struct pollfd fds[2] = {{.fd = dev, .events = POLLIN}, {.fd = ended, .events = POLLIN}};
    while (poll(fds, 2, -1) >= 0 && !fds[1].revents)
        if (fds[0].revents && !serve(fs, dev))
            break;
    waitpid(child, &status, 0);
    umount2(at, MNT_DETACH);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
