/* A tree that was there before the program: looked at whole, opened in every way, written to, cut
 * off, appended to by threads, mapped, renamed, linked and taken apart while it is read. */
#include "place.h"
#include <dirent.h>
#include <pthread.h>
#include <sys/mman.h>

static int pristine = 1;

static unsigned long hash_of(const char *path)
{
    unsigned char buf[5000];
    unsigned long h = 5381;
    int fd = open(path, O_RDONLY);
    ssize_t n;

    while (fd >= 0 && (n = read(fd, buf, sizeof buf)) > 0)
        for (ssize_t i = 0; i < n; i++)
            h = h * 33 + buf[i];
    if (fd >= 0)
        close(fd);
    return fd < 0 ? 0 : h;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void look(const char *path)
{
    struct stat st;
    char target[300] = "";

    if (lstat(path, &st)) {
        say("%s: %s", path, t_errno(errno));
        return;
    }
    if (S_ISLNK(st.st_mode)) {
        ssize_t n = readlink(path, target, sizeof target - 1);
        say("%s: %o of %ld -> %s, %zd", path, st.st_mode, (long)st.st_size, target, n);
    } else if (S_ISREG(st.st_mode)) {
        /* Holes are counted in as many ways as there are file systems. */
        say("%s: %o of %ld, %lu links, %lx, blocks %s", path, st.st_mode, (long)st.st_size,
            (unsigned long)st.st_nlink, hash_of(path),
            pristine && st.st_size && !st.st_blocks ? "none" : "fine");
    } else {
        say("%s: %o", path, st.st_mode);
    }
}

static int entries(const char *path, char **name, int most)
{
    DIR *d = opendir(path);
    int n = 0;

    for (struct dirent *e; d && n < most && (e = readdir(d));)
        if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
            name[n++] = strdup(e->d_name);
    if (d)
        closedir(d);
    qsort(name, (size_t)n, sizeof *name, by_name);
    return n;
}

static void walk(const char *path)
{
    char *name[1000], below[1000];
    struct stat st;
    int n = entries(path, name, 1000);

    say("%s: %d entries", path, n);
    for (int i = 0; i < n; i++) {
        snprintf(below, sizeof below, "%s/%s", path, name[i]);
        if (n < 20)
            look(below);
        if (lstat(below, &st))
            say("entry %d: %s", i, t_errno(errno));
        else if (S_ISDIR(st.st_mode))
            walk(below);
        free(name[i]);
    }
}

static void names(void)
{
    char path[300], text[20];
    int good = 0, moved = 0;

    for (int c = 1; c < 256; c++) {
        if (c == '/' || c == '.')
            continue;
        snprintf(path, sizeof path, "names/%c", c);
        int fd = open(path, O_RDONLY);
        ssize_t n = read(fd, text, sizeof text);
        good += n == 1 && (unsigned char)text[0] == c;
        close(fd);
    }
    V(good);
    for (int c = 1; c < 256; c++) {
        if (c == '/' || c == '.')
            continue;
        char to[300];
        snprintf(path, sizeof path, "names/%c", c);
        snprintf(to, sizeof to, "names/%c%c%c", c, c, c ^ 1 ? c ^ 1 : c);
        moved += rename(path, to) == 0 && access(path, F_OK) < 0 && access(to, F_OK) == 0;
    }
    V(moved);
}

/* Content changes: in the middle, at the end, shorter, longer, far behind the end. */
static void contents(void)
{
    char path[100], copy[100];

    for (int i = 0; i < PLACE_SIZES; i++) {
        long size = place_sizes[i];
        snprintf(path, sizeof path, "sizes/%ld", size);
        int fd = open(path, O_RDWR), two = open(path, O_RDONLY);
        unsigned char byte = 0;
        R(fd < 0);
        R(pwrite(fd, "middle", 6, size / 2));
        look(path);
        R(pread(two, &byte, 1, size / 2 + 1)), V(byte);
        R(lseek(fd, 0, SEEK_END) == (size / 2 + 6 > size ? size / 2 + 6 : size));
        R(write(fd, "the end", 7));
        look(path);
        R(ftruncate(fd, size / 3));
        look(path);
        R(ftruncate(fd, size + 5000));
        look(path);
        R(pwrite(fd, "far", 3, 3 * size + 20000));
        look(path);
        R(pread(two, &byte, 1, 3 * size + 20001)), V(byte);
        snprintf(copy, sizeof copy, "empty/%ld", size);
        R(rename(path, copy));
        R(fsync(fd));
        look(copy), look(path);
        close(fd), close(two);
        R(unlink(copy));
    }
}

static void *append(void *arg)
{
    int fd = open("log", O_WRONLY | O_APPEND);
    char line[40];

    for (int i = 0; i < 100; i++) {
        int n = snprintf(line, sizeof line, "%s %03d\n", (const char *)arg, i);
        if (write(fd, line, (size_t)n) != n)
            say("append: %s", t_errno(errno));
    }
    close(fd);
    return 0;
}

static void appends(void)
{
    static const char *const who[] = {"one", "two", "three", "four"};
    pthread_t t[4];
    char line[40];
    int next[4] = {0}, lines = 0, wrong = 0;

    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], 0, append, (void *)who[i]);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], 0);
    FILE *f = fopen("log", "r");
    while (f && fgets(line, sizeof line, f)) {
        for (int i = 0; i < 4; i++)
            if (!strncmp(line, who[i], strlen(who[i])) && line[strlen(who[i])] == ' ')
                wrong += atoi(strchr(line, ' ')) != next[i]++;
        lines++;
    }
    if (f)
        fclose(f);
    V(lines), V(wrong);
    for (int i = 0; i < 4; i++)
        V(next[i]);
}

static void maps(void)
{
    int fd = open("other", O_RDWR);
    char text[16] = "";
    char *p = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    char *s = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    R(p == MAP_FAILED || s == MAP_FAILED);
    say("%.13s, %.13s, behind %d", p, s, p[100] + s[4095]);
    p[0] = 'P';
    R(pread(fd, text, 5, 0)), S(text);
    s[0] = 'S';
    R(pread(fd, text, 5, 0)), S(text);
    R(pwrite(fd, "W", 1, 1));
    say("%.5s, %.5s", p, s);
    R(msync(s, 4096, MS_SYNC));
    R(munmap(s, 4096)), R(munmap(p, 4096));
    close(fd);
    t_cat("other");
}

static void structure(void)
{
    struct stat a, b;
    struct timespec t[2] = {{1000, 5}, {2000, 7}};

    R(link("file", "hard"));
    look("file"), look("hard");
    R(stat("file", &a)), R(stat("hard", &b));
    YES(a.st_ino == b.st_ino);
    int fd = open("file", O_RDWR);
    R(unlink("file"));
    look("hard");
    R(write(fd, "NEW", 3));
    t_cat("hard");
    R(rename("hard", "file"));
    R(link("far", "far2")), look("far2");
    R(linkat(AT_FDCWD, "far", AT_FDCWD, "far3", AT_SYMLINK_FOLLOW)), look("far3"),
        look("deep/a/b/file");
    R(symlink("x", "file")), R(mkdir("deep", 0755)), R(rmdir("deep")), R(rmdir("full"));
    R(rename("full", "empty")), look("empty/x"), R(access("full", F_OK));
    R(rename("deep/a", "moved")), look("moved/b/file"), look("far"), R(access("far", F_OK));
    R(rename("deep", "deep/inside")), R(rename("moved", "file")), R(rename("file", "moved"));
    R(rename("exe", "link")), look("link"), look("exe");
    R(chmod("link", 0400)), look("link"), R(chmod("empty", 0700)), look("empty");
    R(utimensat(AT_FDCWD, "file", t, 0)), R(stat("file", &a));
    say("%ld.%09ld %ld.%09ld", (long)a.st_atim.tv_sec, a.st_atim.tv_nsec, (long)a.st_mtim.tv_sec,
        a.st_mtim.tv_nsec);
    R(truncate("over", 2)), t_cat("over");
    R(unlink("dlink")), R(unlink("loop")), R(unlink("dangling")), R(unlink("over"));
    R(access("deep/file", F_OK));
    R(mkdir("moved/b/new", 0755)), t_put("moved/b/new/file", "later"), t_cat("moved/b/new/file");
    R(rmdir("moved/b"));
    close(fd);
}

/* A directory of many, taken apart while it is read. */
static void removals(void)
{
    char path[400];
    int removed = 0, rounds = 0, left;

    do {
        DIR *d = opendir("many");
        int before = removed;
        for (struct dirent *e; (e = readdir(d));) {
            snprintf(path, sizeof path, "many/%s", e->d_name);
            removed += e->d_name[0] == 'n' && unlink(path) == 0;
        }
        closedir(d);
        left = removed != before;
    } while (left && ++rounds < 50);
    V(removed);
    R(rmdir("many"));
    R(access("many", F_OK));
    R(mkdir("many", 0755));
    char *name[10];
    V(entries("many", name, 10));
}

int main(int argc, char **argv)
{
    if (place_enter(argc, argv))
        return 0;
    walk(".");
    pristine = 0;
    place_opens(0);
    names();
    appends();
    maps();
    contents();
    structure();
    removals();
    place_opens(1);
    look("file"), look("exe");
    return 0;
}
