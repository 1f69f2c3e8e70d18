/* What tests/run-volumes runs: takes verbs with their path (and text) one after the other and
 * prints what came of each on one line. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static char buf[65536];

static void say(const char *verb, const char *path, const char *text)
{
    printf("%s %s: %s\n", verb, path, text);
}

static void result(const char *verb, const char *path, int failed)
{
    say(verb, path, failed ? strerror(errno) : "ok");
}

static void list(const char *path)
{
    struct dirent **names;
    int n = scandir(path, &names, 0, alphasort);
    if (n < 0) {
        result("ls", path, 1);
        return;
    }
    buf[0] = 0;
    for (int i = 0; i < n; i++)
        if (names[i]->d_name[0] != '.')
            strcat(strcat(buf, buf[0] ? " " : ""), names[i]->d_name);
    say("ls", path, buf);
}

static void read_file(const char *path)
{
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof buf - 1);
    if (n < 0) {
        result("read", path, 1);
        return;
    }
    close(fd);
    buf[n] = 0;
    buf[strcspn(buf, "\n")] = 0;
    say("read", path, buf);
}

static void write_file(const char *verb, const char *path, int flags, const char *text)
{
    int fd = open(path, O_WRONLY | flags, 0640);
    int failed = fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text);
    result(verb, path, failed);
    if (fd >= 0)
        close(fd);
}

static void fill(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600), n = 0;
    while (fd >= 0 && n < 10000 && write(fd, buf, sizeof buf) == (ssize_t)sizeof buf)
        n++;
    snprintf(buf, 200, "%d KiB, then %s", n * 64, strerror(errno));
    say("fill", path, buf);
    if (fd >= 0)
        close(fd);
}

static void show(const char *path)
{
    struct stat st;
    if (stat(path, &st)) {
        result("stat", path, 1);
        return;
    }
    snprintf(buf, 200, "%s %o %lld", S_ISDIR(st.st_mode) ? "directory" : "file", st.st_mode & 07777,
             S_ISDIR(st.st_mode) ? 0 : (long long)st.st_size);
    say("stat", path, buf);
}

int main(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *verb = argv[i], *path = argv[i + 1];
        if (!strcmp(verb, "ls"))
            list(path);
        else if (!strcmp(verb, "read"))
            read_file(path);
        else if (!strcmp(verb, "write"))
            write_file(verb, path, O_CREAT | O_TRUNC, "from the guest\n");
        else if (!strcmp(verb, "append"))
            write_file(verb, path, O_APPEND, "more\n");
        else if (!strcmp(verb, "fill"))
            fill(path);
        else if (!strcmp(verb, "mkdir"))
            result(verb, path, mkdir(path, 0750));
        else if (!strcmp(verb, "rm"))
            result(verb, path, remove(path));
        else if (!strcmp(verb, "stat"))
            show(path);
        else if (!strcmp(verb, "chmod"))
            result(verb, path, chmod(path, 0604));
        else if (!strcmp(verb, "lock")) {
            int fd = open(path, O_RDWR);
            result(verb, path, fd < 0 || flock(fd, LOCK_EX | LOCK_NB));
        } else if (!strcmp(verb, "link"))
            result(verb, path, symlink("../secret", path));
        else
            return 2;
        fflush(stdout);
    }
    return 0;
}
