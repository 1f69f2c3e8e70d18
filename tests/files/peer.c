/* Two of it work on the same files, one as guest and one on the host.
 *   peer hold FILE MS      takes both kinds of locks, says so, gives them back after MS
 *   peer locks FILE        is refused while the other holds them, waits for them, then holds them
 *   peer probe FILE        are both kinds held by somebody else?
 *   peer wait FILE TEXT    reads the file until it says TEXT, three seconds long
 *   peer shown FILE        maps it: what it stores is the file's at once, what others write is
 * seen; when the file is cut short, what lay behind is SIGBUS here, EFAULT to calls
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
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

static sigjmp_buf back;
static void on_bus(int sig)
{
    siglongjmp(back, sig);
}

/* Does it come true within three seconds? */
#define WITHIN(truth)                                                                              \
    for (int i = 0; i < 300 && !(truth); i++)                                                      \
    pause_ms(10)

static void refused_memory(const char *what, ssize_t r)
{
    printf("%s %s\n", what, r < 0 ? strerror(errno) : "fine");
}

static int shown(const char *path)
{
    enum { PAGE = 4096, PAGES = 16 };
    int fd = open(path, O_RDWR), ro = open(path, O_RDONLY), zero = open("/dev/zero", O_RDWR);
    volatile char *map = mmap(0, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    volatile char *text = mmap(0, PAGES * PAGE, PROT_READ, MAP_PRIVATE, ro, 0);
    char *far = (char *)map + 5 * PAGE;
    static char buf[PAGE];
    if (map == MAP_FAILED || text == MAP_FAILED || signal(SIGBUS, on_bus) == SIG_ERR)
        return 1;
    strcpy((char *)map + PAGE, "by the mapping");
    far[0] = 'f';
    say("stored");
    WITHIN(map[2 * PAGE] == 'h');
    say(map[2 * PAGE] == 'h' && text[2 * PAGE] == 'h' ? "seen" : "never seen");
    if (sigsetjmp(back, 1) == 0) {
        WITHIN(far[0] != 'f');
        say("still there");
    }
    say("gone");
    if (sigsetjmp(back, 1) == 0) {
        printf("%d\n", text[5 * PAGE]);
    }
    refused_memory("written from there:", pwrite(fd, far, 10, 0));
    refused_memory("said from there:", write(1, far, 10));
    refused_memory("read to there:", pread(fd, far, 10, 0));
    refused_memory("zeros to there:", read(zero, far, 10));
    refused_memory("a name there:", open(far, O_RDONLY));
    /* What is before the end goes on as it was. */
    map[PAGE - 1] = 'e';
    printf("%c %zd\n", map[PAGE - 1], pread(fd, buf, PAGE, 0));
    return 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";
    if (!strcmp(what, "wait") && argc > 3)
        return wait_for(argv[2], argv[3]);
    if (!strcmp(what, "shown"))
        return shown(argv[2]);
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
