/* Verbs about files: cat, write, append, ls, stat, rm, sum, fill.
 * `cat` without a word copies standard input until its end. */
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int copy(int from, int to)
{
    static char buffer[65536];
    for (;;) {
        ssize_t n = read(from, buffer, sizeof buffer);
        if (n <= 0)
            return n < 0 ? -1 : 0;
        for (ssize_t done = 0, w; done < n; done += w)
            if ((w = write(to, buffer + done, (size_t)(n - done))) < 0)
                return -1;
    }
}

static int verb_cat(int count, char **words)
{
    int status = 0;
    if (count == 0 && copy(0, 1) < 0)
        return probe_failed("stdin");
    for (int i = 0; i < count; i++) {
        int fd = open(words[i], O_RDONLY);
        if (fd < 0 || copy(fd, 1) < 0)
            status = probe_failed(words[i]);
        if (fd >= 0)
            close(fd);
    }
    return status;
}

static int put(const char *path, const char *text, int flags)
{
    int fd = open(path, O_WRONLY | O_CREAT | flags, 0666);
    if (fd < 0)
        return probe_failed(path);
    if (write(fd, text, strlen(text)) < 0 || write(fd, "\n", 1) < 0 || fsync(fd) < 0)
        return probe_failed(path);
    return close(fd) < 0 ? probe_failed(path) : 0;
}

static int verb_write(int count, char **words)
{
    return count == 2 ? put(words[0], words[1], O_TRUNC) : 2;
}

static int verb_append(int count, char **words)
{
    return count == 2 ? put(words[0], words[1], O_APPEND) : 2;
}

static int not_dots(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int verb_ls(int count, char **words)
{
    struct dirent **list;
    int n = count == 1 ? scandir(words[0], &list, not_dots, alphasort) : -1;
    if (n < 0)
        return probe_failed(count ? words[0] : "ls");
    for (int i = 0; i < n; i++)
        puts(list[i]->d_name);
    return 0;
}

static int verb_stat(int count, char **words)
{
    int status = 0;
    for (int i = 0; i < count; i++) {
        struct stat st;
        if (lstat(words[i], &st) < 0)
            status = probe_failed(words[i]);
        else
            printf("%s: %s %04o %u:%u\n", words[i],
                   S_ISDIR(st.st_mode)   ? "directory"
                   : S_ISREG(st.st_mode) ? "file"
                   : S_ISLNK(st.st_mode) ? "link"
                                         : "other",
                   st.st_mode & 07777, st.st_uid, st.st_gid);
    }
    return status;
}

static int verb_rm(int count, char **words)
{
    for (int i = 0; i < count; i++)
        if (remove(words[i]) < 0)
            return probe_failed(words[i]);
    return 0;
}

/* sync FILE: appends numbered lines for ever, each synced before it is said on stdout. */
static int verb_sync(int count, char **words)
{
    int fd = count == 1 ? open(words[0], O_WRONLY | O_CREAT | O_APPEND, 0666) : -1;
    if (fd < 0)
        return probe_failed("sync");
    for (unsigned n = 1;; n++) {
        char line[16];
        int length = snprintf(line, sizeof line, "%u\n", n);
        if (write(fd, line, (size_t)length) != length || fsync(fd) < 0)
            return probe_failed(words[0]);
        if (write(1, line, (size_t)length) != length)
            return 1;
        usleep(1000);
    }
}

const struct verb file_verbs[] = {
    {"cat", verb_cat},   {"write", verb_write}, {"append", verb_append}, {"ls", verb_ls},
    {"stat", verb_stat}, {"rm", verb_rm},       {"sync", verb_sync},     {0},
};
