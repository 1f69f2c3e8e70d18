/* Advisory locks and leases of one process: fcntl and flock answers. */
#include "t.h"
#include <sys/file.h>

static void get(int fd, int type, off_t start, off_t len)
{
    struct flock l = {.l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};
    int r = fcntl(fd, F_GETLK, &l);

    say("getlk %d %ld %ld: %d %s type %d", type, (long)start, (long)len, r, r ? t_errno(errno) : "",
        l.l_type);
}

static int set(int fd, int cmd, int type, int whence, off_t start, off_t len)
{
    struct flock l = {
        .l_type = (short)type, .l_whence = (short)whence, .l_start = start, .l_len = len};
    return fcntl(fd, cmd, &l);
}

int main(void)
{
    t_scratch();
    t_put("f", "0123456789");
    int fd = open("f", O_RDWR), ro = open("f", O_RDONLY), wo = open("f", O_WRONLY), p[2];
    R(set(fd, F_SETLK, F_WRLCK, SEEK_SET, 0, 5));
    R(set(fd, F_SETLKW, F_RDLCK, SEEK_SET, 3, 100));
    R(set(ro, F_SETLK, F_RDLCK, SEEK_SET, 0, 0));
    R(set(ro, F_SETLK, F_WRLCK, SEEK_SET, 0, 0));
    R(set(wo, F_SETLK, F_RDLCK, SEEK_SET, 0, 0));
    R(set(wo, F_SETLK, F_WRLCK, SEEK_END, -5, 5));
    get(ro, F_WRLCK, 0, 0);
    R(set(fd, F_SETLK, F_UNLCK, SEEK_SET, 0, 0));
    R(set(fd, F_SETLK, F_WRLCK, SEEK_SET, -1, 5));
    R(set(fd, F_SETLK, F_WRLCK, SEEK_CUR, 2, -1));
    R(set(fd, F_SETLK, F_WRLCK, 9, 0, 5));
    R(set(fd, F_SETLK, 9, SEEK_SET, 0, 5));
    R(set(99, F_SETLK, F_WRLCK, SEEK_SET, 0, 5));
    R(fcntl(fd, F_SETLK, t_wild));
    R(flock(fd, LOCK_EX));
    R(flock(ro, LOCK_SH | LOCK_NB));
    R(flock(fd, LOCK_UN));
    R(flock(ro, LOCK_SH | LOCK_NB));
    R(flock(wo, LOCK_SH | LOCK_NB));
    R(flock(fd, LOCK_EX | LOCK_NB));
    R(close(ro));
    R(flock(fd, LOCK_EX | LOCK_NB));
    R(close(wo));
    R(flock(fd, LOCK_EX | LOCK_NB));
    int d = dup(fd);
    R(flock(d, LOCK_EX | LOCK_NB));
    R(close(fd));
    fd = open("f", O_RDWR);
    R(flock(fd, LOCK_EX | LOCK_NB));
    R(close(d));
    R(flock(fd, LOCK_EX | LOCK_NB));
    R(flock(fd, 77));
    R(flock(-1, LOCK_SH));
    R(pipe(p));
    R(lockf(fd, F_TLOCK, 5));
    R(lockf(fd, F_TEST, 5));
    R(lockf(fd, F_ULOCK, 0));
    return 0;
}
