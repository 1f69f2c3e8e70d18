/* Extended attributes of the user, where the file system has them. */
#include "t.h"
#include <sys/xattr.h>

static void list(const char *path)
{
    char names[1000], out[1000] = "";
    ssize_t n = listxattr(path, names, sizeof names);
    if (n < 0) {
        say("list: %s", t_errno(errno));
        return;
    }
    /* In the order of their names. */
    for (char last[100] = "";;) {
        const char *best = 0;
        for (char *p = names; p < names + n; p += strlen(p) + 1)
            if (!strncmp(p, "user.", 5) && strcmp(p, last) > 0 && (!best || strcmp(p, best) < 0))
                best = p;
        if (!best)
            break;
        strcpy(last, best);
        strcat(strcat(out, " "), best);
    }
    say("list:%s", out);
}

int main(void)
{
    char buf[300];
    t_scratch();
    t_put("f", "x");
    int fd = open("f", O_RDWR);
    R(setxattr("f", "user.one", "1", 1, 0));
    R(setxattr("f", "user.two", "twotwo", 6, XATTR_CREATE));
    R(setxattr("f", "user.two", "2", 1, XATTR_CREATE));
    R(setxattr("f", "user.three", "3", 1, XATTR_REPLACE));
    R(fsetxattr(fd, "user.empty", "", 0, 0));
    list("f");
    R(getxattr("f", "user.two", 0, 0));
    R(getxattr("f", "user.two", buf, 3));
    R(getxattr("f", "user.two", buf, sizeof buf)), V(buf[5]);
    R(fgetxattr(fd, "user.empty", buf, sizeof buf));
    R(getxattr("f", "user.none", buf, sizeof buf));
    R(removexattr("f", "user.one"));
    R(fremovexattr(fd, "user.one"));
    list("f");
    R(symlink("f", "s"));
    R(getxattr("s", "user.two", buf, sizeof buf));
    R(lsetxattr("s", "user.x", "1", 1, 0));
    R(lgetxattr("s", "user.two", buf, sizeof buf));
    R(setxattr("none", "user.x", "1", 1, 0));
    R(getxattr("none", "user.x", buf, 1));
    R(fgetxattr(99, "user.x", buf, 1));
    R(setxattr("f", "user.x", "1", 1, 99));
    R(setxattr("f", "", "1", 1, 0));
    memset(buf, 'n', sizeof buf);
    memcpy(buf, "user.", 5);
    buf[280] = 0;
    R(setxattr("f", buf, "1", 1, 0));
    R(setxattr("f", "user.big", buf, 100000, 0));
    R(unlink("f"));
    R(fgetxattr(fd, "user.two", buf, sizeof buf));
    return 0;
}
