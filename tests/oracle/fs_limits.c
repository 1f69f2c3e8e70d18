/* What there is too much of: descriptors, name and path lengths, links, sizes. */
#include "t.h"
#include <sys/resource.h>

int main(void)
{
    char path[6000];
    t_scratch();
    t_put("f", "x");
    struct rlimit r = {20, 20};
    int before = dup(0);
    close(before);
    R(setrlimit(RLIMIT_NOFILE, &r));
    int n = 0, fd;
    while ((fd = open("f", O_RDONLY)) >= 0)
        n++;
    say("%d more, then %s", n, t_errno(errno));
    V(n == 20 - before);
    R(open("new", O_WRONLY | O_CREAT, 0644));
    R(access("new", F_OK));
    for (int i = before; i < 20; i++)
        close(i);
    memset(path, 'n', sizeof path);
    path[255] = 0;
    R(close(open(path, O_WRONLY | O_CREAT, 0644)));
    R(unlink(path));
    path[255] = 'n';
    path[256] = 0;
    R(open(path, O_WRONLY | O_CREAT, 0644));
    R(mkdir(path, 0755));
    R(access(path, F_OK));
    R(rename("f", path));
    R(symlink(path, "s"));
    R(open("s", O_RDONLY));
    R(unlink("s"));
    for (int i = 0; i < 4094; i += 2)
        memcpy(path + i, "./", 2);
    strcpy(path + 4094, "f");
    R(open(path, O_RDONLY) >= 0);
    strcpy(path + 4094, "ff");
    R(open(path, O_RDONLY));
    R(symlink("loop", "loop"));
    R(open("loop", O_RDONLY));
    R(open("loop/x", O_RDONLY));
    R(open("loop", O_RDONLY | O_NOFOLLOW));
    char a[16], b[16];
    strcpy(a, "f");
    for (int i = 1; i <= 41; i++) {
        sprintf(b, "l%d", i);
        if (symlink(a, b))
            say("symlink %d", i);
        strcpy(a, b);
    }
    R(open("l40", O_RDONLY) >= 0);
    R(open("l41", O_RDONLY));
    R(lstat("l41", &(struct stat){0}));
    signal(SIGXFSZ, SIG_IGN);
    r = (struct rlimit){5000, 10000};
    R(setrlimit(RLIMIT_FSIZE, &r));
    fd = open("sized", O_RDWR | O_CREAT, 0644);
    R(pwrite(fd, path, 100, 4950));
    R(pwrite(fd, path, 100, 5000));
    R(ftruncate(fd, 5001));
    R(ftruncate(fd, 5000));
    R(write(fd, path, 6000));
    R(write(fd, path, 1));
    struct stat st;
    fstat(fd, &st);
    V(st.st_size);
    /* A tree as deep as a path is long. */
    int depth = 0;
    memset(path, 'd', 200);
    path[200] = 0;
    while (depth < 30 && mkdir(path, 0755) == 0 && chdir(path) == 0)
        depth++;
    V(depth);
    YES(getcwd(path, sizeof path) == 0 && errno == ENAMETOOLONG ? 1 : strlen(path) > 4095);
    path[200] = 0;
    memset(path, 'd', 200);
    for (; depth; depth--)
        if (chdir("..") || rmdir(path))
            break;
    V(depth);
    return 0;
}
