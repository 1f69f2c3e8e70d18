/* Two of it work on the same files, one as guest and one on the host.
 *   peer hold FILE MS      takes both kinds of locks, says so, gives them back after MS
 *   peer locks FILE        is refused while the other holds them, waits for them, then holds them
 *   peer probe FILE        are both kinds held by somebody else?
 *   peer wait FILE TEXT    reads the file until it says TEXT, three seconds long
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

static int record(int fd, int cmd, short type)
{
    struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = 10, .l_len = 5};
    return fcntl(fd, cmd, &l) == 0 ? l.l_type : -errno;
}

static void pause_ms(long ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&t, 0);
}

static void say(const char *text)
{
    puts(text);
    fflush(stdout);
}

/* Refused both ways? */
static int refused(int fd)
{
    return record(fd, F_SETLK, F_WRLCK) == -EAGAIN && record(fd, F_GETLK, F_RDLCK) == F_WRLCK &&
           flock(fd, LOCK_SH | LOCK_NB) == -1 && errno == EAGAIN;
}

static int wait_for(const char *path, const char *text)
{
    char buf[100];
    for (int i = 0; i < 60; i++, pause_ms(50)) {
        int fd = open(path, O_RDONLY);
        ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof buf);
        if (fd >= 0)
            close(fd);
        if (i == 0)
            say("looking");
        if (n == (ssize_t)strlen(text) && !memcmp(buf, text, (size_t)n)) {
            say("seen");
            return 0;
        }
    }
    say("never seen");
    return 1;
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";
    if (!strcmp(what, "wait") && argc > 3)
        return wait_for(argv[2], argv[3]);
    int fd = argc > 2 ? open(argv[2], O_RDWR | O_CREAT, 0644) : -1;
    if (fd < 0)
        return 2;
    if (!strcmp(what, "probe")) {
        say(refused(fd) ? "held" : "free");
        return 0;
    }
    if (!strcmp(what, "locks")) {
        say(refused(fd) ? "refused" : "not refused");
        if (record(fd, F_SETLKW, F_WRLCK) < 0 || flock(fd, LOCK_EX))
            return 1;
        say("have both");
        char c;
        return read(0, &c, 1) < 0; /* until the other has looked */
    }
    if (record(fd, F_SETLK, F_WRLCK) < 0 || flock(fd, LOCK_EX))
        return 1;
    say("holding");
    pause_ms(argc > 3 ? atol(argv[3]) : 0);
    return 0;
}
