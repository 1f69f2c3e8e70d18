/* File names of every legal byte, in every length, in many numbers. */
#include "t.h"
#include <dirent.h>

static int cmp(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list(const char *dir)
{
    static char *name[4000];
    int n = 0;
    DIR *d = opendir(dir);

    for (struct dirent *e; d && (e = readdir(d)) && n < 4000;)
        name[n++] = strdup(e->d_name);
    closedir(d);
    qsort(name, n, sizeof *name, cmp);
    unsigned long hash = 5381;
    for (int i = 0; i < n; i++) {
        for (char *p = name[i]; *p; p++)
            hash = hash * 33 + (unsigned char)*p;
        free(name[i]);
    }
    say("%s: %d names, hash %lu", dir, n, hash);
}

int main(void)
{
    char path[300];
    struct stat st;
    int bad = 0;

    t_scratch();
    mkdir("bytes", 0755), mkdir("lengths", 0755), mkdir("many", 0755);
    for (int c = 1; c < 256; c++) {
        if (c == '/')
            continue;
        snprintf(path, sizeof path, "bytes/%c", c);
        int fd = open(path, O_CREAT | O_EXCL | O_RDWR, 0644);
        if (fd < 0)
            say("byte %d: %s", c, t_errno(errno));
        close(fd);
        snprintf(path, sizeof path, "bytes/a%cb", c);
        bad += mkdir(path, 0755) != 0;
    }
    V(bad);
    list("bytes");
    for (int c = 1; c < 256; c++) {
        if (c == '/' || c == '.')
            continue;
        snprintf(path, sizeof path, "bytes/%c", c);
        bad += stat(path, &st) != 0 || !S_ISREG(st.st_mode);
        bad += unlink(path) != 0;
        snprintf(path, sizeof path, "bytes/a%cb", c);
        bad += rmdir(path) != 0;
    }
    V(bad);
    list("bytes");
    for (int n = 1; n <= 256; n++) {
        strcpy(path, "lengths/");
        memset(path + 8, 'L', n);
        path[8 + n] = 0;
        int fd = open(path, O_CREAT | O_EXCL | O_RDWR, 0644);
        if (fd < 0)
            say("length %d: %s", n, t_errno(errno));
        close(fd);
    }
    list("lengths");
    for (int i = 0; i < 1000; i++) {
        snprintf(path, sizeof path, "many/file-%d", i * 7919 % 1000);
        int fd = open(path, O_CREAT | O_EXCL | O_RDWR, 0644);
        bad += fd < 0 || write(fd, path, strlen(path)) < 0;
        close(fd);
    }
    V(bad);
    list("many");
    for (int i = 0; i < 1000; i += 3) {
        snprintf(path, sizeof path, "many/file-%d", i);
        bad += unlink(path) != 0;
    }
    for (int i = 0; i < 1000; i++) {
        snprintf(path, sizeof path, "many/file-%d", i);
        bad += (stat(path, &st) == 0) != (i % 3 != 0);
    }
    V(bad);
    list("many");
    /* 200 directories deep. */
    int depth = 0;
    while (depth < 200 && mkdir("deep", 0755) == 0 && chdir("deep") == 0)
        depth++;
    V(depth);
    t_put("bottom", "reached");
    t_cat("bottom");
    t_cat("../deep/bottom");
    for (int i = 0; i < depth; i++)
        bad += chdir("..") != 0;
    V(bad);
    R(access("deep/deep/deep", F_OK));
    return 0;
}
