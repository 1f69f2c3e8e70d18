/* Reading directories: contents and types, rewinding, telling, changing while reading. */
#include "t.h"
#include <dirent.h>
#include <sys/syscall.h>

static int cmp(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list(DIR *d)
{
    char *v[300];
    int n = 0;

    errno = 0;
    for (struct dirent *e; n < 300 && (e = readdir(d));) {
        char line[300];
        snprintf(line, sizeof line, "%s %d", e->d_name, e->d_type);
        v[n++] = strdup(line);
    }
    qsort(v, n, sizeof *v, cmp);
    for (int i = 0; i < n; i++) {
        if (n < 20)
            say("  %s", v[i]);
        free(v[i]);
    }
    say("%d entries, %s", n, t_errno(errno));
}

static int with_dot(const struct dirent *e)
{
    return strchr(e->d_name, '.') != 0;
}

int main(void)
{
    char name[40];
    static char seen[2000];
    int n, bad = 0;

    t_scratch();
    mkdir("d", 0755);
    t_put("d/file", ""), mkdir("d/dir", 0755), symlink("x", "d/link"), mkfifo("d/fifo", 0600);
    t_put("d/.hidden", ""), t_put("d/with.dot", "");
    DIR *d = opendir("d");
    list(d);
    YES(readdir(d) == 0);
    rewinddir(d);
    list(d);
    YES(fcntl(dirfd(d), F_GETFD) & FD_CLOEXEC);
    R(closedir(d));
    P(opendir("none"));
    P(opendir("d/file"));
    P(opendir(""));
    d = fdopendir(open("d/dir", O_RDONLY));
    list(d);
    closedir(d);
    P(fdopendir(open("d/file", O_RDONLY)));
    struct dirent **v;
    R(n = scandir("d", &v, with_dot, alphasort));
    for (int i = 0; i < n; i++)
        say("  %s", v[i]->d_name);

    /* Every entry exactly once, also with the position told and sought. */
    mkdir("many", 0755);
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "many/%d", i);
        close(open(name, O_CREAT | O_WRONLY, 0644));
    }
    d = opendir("many");
    n = 0;
    long where = 0;
    char at[300] = "";
    for (struct dirent *e; (e = readdir(d)); n++) {
        if (n == 500) {
            strcpy(at, e->d_name);
        }
        if (n == 499)
            where = telldir(d);
        if (e->d_name[0] != '.')
            seen[atoi(e->d_name)]++;
    }
    V(n);
    for (int i = 0; i < 1000; i++)
        bad += seen[i] != 1;
    V(bad);
    seekdir(d, where);
    struct dirent *e = readdir(d);
    YES(e && !strcmp(e->d_name, at));
    closedir(d);

    /* Removing each entry as it comes. */
    d = opendir("many");
    n = 0;
    while ((e = readdir(d)))
        if (e->d_name[0] != '.') {
            snprintf(name, sizeof name, "many/%.20s", e->d_name);
            n += unlink(name) == 0;
        }
    closedir(d);
    V(n);
    R(rmdir("many"));

    /* Entries that stay are seen once, whatever comes and goes meanwhile. */
    mkdir("busy", 0755);
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "busy/%d", i);
        close(open(name, O_CREAT | O_WRONLY, 0644));
    }
    memset(seen, 0, sizeof seen);
    d = opendir("busy");
    for (int i = 0; (e = readdir(d)) && i < 5000; i++) {
        if (e->d_name[0] != '.' && e->d_name[0] != 'n')
            seen[atoi(e->d_name)]++;
        if (i < 200) {
            snprintf(name, sizeof name, "busy/n%d", i);
            close(open(name, O_CREAT | O_WRONLY, 0644));
            snprintf(name, sizeof name, "busy/%d", i * 2 + 1);
            unlink(name);
        }
    }
    closedir(d);
    for (int i = 0; i < 500; i += 2)
        bad += seen[i] != 1;
    for (int i = 0; i < 500; i++)
        bad += seen[i] > 1;
    V(bad);

    /* The raw call. */
    char buf[1000];
    int fd = open("d", O_RDONLY);
    R(syscall(SYS_getdents64, fd, buf, 10));
    YES(syscall(SYS_getdents64, fd, buf, sizeof buf) > 0);
    R(syscall(SYS_getdents64, fd, buf, sizeof buf));
    R(lseek(fd, 0, SEEK_SET));
    YES(syscall(SYS_getdents64, fd, buf, sizeof buf) > 0);
    R(syscall(SYS_getdents64, open("d/file", O_RDONLY), buf, sizeof buf));
    R(syscall(SYS_getdents64, -1, buf, sizeof buf));
    lseek(fd, 0, SEEK_SET);
    R(syscall(SYS_getdents64, fd, 8, 1000));
    /* A removed directory is empty. */
    mkdir("gone", 0755);
    fd = open("gone", O_RDONLY);
    rmdir("gone");
    R(syscall(SYS_getdents64, fd, buf, sizeof buf));
    return 0;
}
