/* inotify: what each kind of change tells the watch of a directory and of a file, in order. */
#include "t.h"
#include <poll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>

static int in;

static void show(const char *when)
{
    char buf[4096] __attribute__((aligned(8))), line[2000] = "";
    struct pollfd p = {in, POLLIN, 0};
    unsigned first = 0;

    if (poll(&p, 1, 0) == 1) {
        ssize_t n = read(in, buf, sizeof buf);
        for (ssize_t at = 0; at < n;) {
            struct inotify_event *e = (void *)(buf + at);
            const char *cookie = "";
            if (e->cookie && !first)
                first = e->cookie;
            if (e->cookie)
                cookie = e->cookie == first ? " moved" : " moved otherwise";
            sprintf(line + strlen(line), " [%d %x%s %u %s]", e->wd, e->mask, cookie, e->len,
                    e->len ? e->name : "");
            at += (ssize_t)(sizeof *e + e->len);
        }
    }
    say("%s:%s", when, line);
}

static void on_file(void)
{
    char c;
    int fd = open("w/f", O_CREAT | O_RDWR, 0600);
    show("create");
    write(fd, "abc", 3);
    show("write");
    pread(fd, &c, 1, 0);
    show("read");
    ftruncate(fd, 1);
    show("truncate");
    fchmod(fd, 0644);
    show("chmod");
    close(fd);
    show("close");
    R(inotify_add_watch(in, "w/f", IN_ALL_EVENTS));
    fd = open("w/f", O_RDONLY);
    read(fd, &c, 1);
    close(fd);
    show("both watched");
    rename("w/f", "w/g");
    show("rename");
    link("w/g", "w/h");
    show("link");
    unlink("w/g");
    show("unlink");
    rename("w/h", "h");
    show("out");
    rename("h", "w/h");
    show("in");
    unlink("w/h");
    show("the last name");
}

int main(void)
{
    int n;

    t_scratch();
    mkdir("w", 0755), mkdir("w/sub", 0755);
    in = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    YES(in >= 0);
    R(inotify_init1(1));
    R(inotify_add_watch(in, "w", IN_ALL_EVENTS));
    R(inotify_add_watch(in, "w", 0));
    R(inotify_add_watch(in, "none", IN_ALL_EVENTS));
    R(inotify_add_watch(1, "w", IN_ALL_EVENTS));
    R(inotify_add_watch(in, "w", IN_OPEN | IN_MASK_CREATE));
    R(read(in, &n, 4));
    on_file();
    R(inotify_add_watch(in, "w/sub", IN_ALL_EVENTS | IN_ONLYDIR));
    rmdir("w/sub");
    show("a watched directory goes");
    t_put("w/a", "a"), t_put("w/b", "b");
    show("two files");
    R(inotify_add_watch(in, "w/b", IN_ATTRIB | IN_DELETE_SELF | IN_ONLYDIR));
    R(inotify_add_watch(in, "w/b", IN_ATTRIB | IN_DELETE_SELF));
    rename("w/a", "w/b");
    show("renamed over");
    symlink("x", "w/link"), mkdir("w/dir", 0755);
    R(ioctl(in, FIONREAD, &n));
    V(n);
    show("others");
    R(inotify_rm_watch(in, 1));
    show("removed");
    R(inotify_rm_watch(in, 1));
    t_put("w/c", "c");
    show("nothing");
    R(inotify_add_watch(in, "w", IN_CREATE | IN_ONESHOT));
    t_put("w/d", "d"), t_put("w/e", "e");
    show("one shot");
    return 0;
}
