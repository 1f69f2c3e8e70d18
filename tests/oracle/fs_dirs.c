/* Directories that change while they are read; positions; many names; removed directories. */
#include "t.h"
#include <dirent.h>
#include <sys/syscall.h>

static char seen[2000];

static int number(const char *name)
{
    return name[0] == 'n' ? atoi(name + 1) : -1;
}

static void name(char *buf, int i)
{
    sprintf(buf, "n%d-%.*s", i, i % 60,
            "a long tail of a name that makes records of all sizes here");
}

static void touch(int i)
{
    char buf[128];
    name(buf, i);
    close(open(buf, O_WRONLY | O_CREAT | O_EXCL, 0644));
}

static void count(const char *what, int from, int to)
{
    int none = 0, one = 0, more = 0;
    for (int i = from; i < to; i++)
        seen[i] == 0 ? none++ : seen[i] == 1 ? one++ : more++;
    say("%s: %d not, %d once, %d more often", what, none, one, more);
}

int main(void)
{
    char buf[8192], p[128];
    t_scratch();
    R(mkdir("d", 0755));
    R(chdir("d"));
    for (int i = 0; i < 600; i++)
        touch(i);
    /* Odd ones below 300 go while it is read, 600 to 899 come; what stays is seen once. */
    int fd = open(".", O_RDONLY | O_DIRECTORY), changed = 0;
    for (long n; (n = syscall(SYS_getdents64, fd, buf, 700)) > 0;) {
        for (long at = 0; at < n;) {
            struct dirent *e = (struct dirent *)(buf + at);
            int i = number(e->d_name);
            if (i >= 0)
                seen[i]++;
            at += e->d_reclen;
        }
        if (changed < 300) {
            for (int i = changed; i < changed + 20; i++) {
                if (i % 2) {
                    name(p, i);
                    if (unlink(p))
                        say("unlink %s: %s", p, t_errno(errno));
                    seen[i] = 1;
                }
                touch(600 + i);
            }
            changed += 20;
        }
    }
    count("stayed", 0, 600);
    R(lseek(fd, 0, SEEK_SET));
    memset(seen, 0, sizeof seen);
    DIR *d = fdopendir(fd);
    struct dirent *e;
    long middle = 0;
    int k = 0, dots = 0;
    char at_middle[256] = "";
    while ((e = readdir(d))) {
        int i = number(e->d_name);
        if (i >= 0)
            seen[i]++;
        else
            dots++;
        struct stat st;
        if (fstatat(fd, e->d_name, &st, 0) || st.st_ino != e->d_ino)
            if (strcmp(e->d_name, ".."))
                say("%s: another inode", e->d_name);
        if (i >= 0 && !!S_ISREG(st.st_mode) != (e->d_type == DT_REG))
            say("%s: another type", e->d_name);
        if (++k == 333)
            middle = telldir(d);
        else if (k == 334)
            strcpy(at_middle, e->d_name);
    }
    V(dots), V(k);
    count("again", 0, 900);
    seekdir(d, middle);
    e = readdir(d);
    YES(e && !strcmp(e->d_name, at_middle));
    rewinddir(d);
    for (k = 0; (e = readdir(d)); k++)
        ;
    V(k);
    for (int i = 0; i < 900; i++) {
        name(p, i);
        unlink(p);
    }
    rewinddir(d);
    for (k = 0; (e = readdir(d)); k++)
        ;
    V(k);
    R(mkdir("sub", 0755));
    R(rmdir("../d"));
    R(rmdir("sub"));
    R(rmdir("../d"));
    rewinddir(d);
    errno = 0;
    YES(readdir(d) == 0);
    V(errno == ENOENT || errno == 0);
    R(open("x", O_WRONLY | O_CREAT, 0644));
    R(mkdir("x", 0755));
    YES(getcwd(buf, sizeof buf) == 0 && errno == ENOENT);
    struct stat st;
    R(fstat(fd, &st)), V(st.st_nlink);
    R(chdir("..") == 0 || errno == ENOENT);
    return 0;
}
