/* Every call that takes a descriptor, given absurd ones: bad numbers, and things of another kind.
 */
#include "t.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>

static char buf[4096];
static struct stat st;
static struct statfs fs;
static struct iovec iov = {buf, 1};
static struct epoll_event ev;
static struct itimerspec its;
static struct timespec ts[2];
static off_t off;

/* A closed descriptor is closed to all of them alike. */
static void all(const char *what, int fd)
{
    say("%s", what);
    R(read(fd, buf, 1));
    R(write(fd, "", 0));
    R(pread(fd, buf, 1, 0));
    R(pwrite(fd, "", 0, 0));
    R(readv(fd, &iov, 1));
    R(preadv(fd, &iov, 1, 0));
    R(lseek(fd, 0, SEEK_CUR) >= 0 ? 0 : -1);
    R(fstat(fd, &st));
    R(fstatfs(fd, &fs));
    R(ftruncate(fd, -1));
    R(fallocate(fd, 0, 0, -1));
    R(fsync(fd));
    R(fchmod(fd, 0600) == 0 || errno == EROFS ? 0 : -1);
    R(fchown(fd, -1, -1));
    R(fchdir(fd));
    R(futimens(fd, ts) == 0 || errno == EROFS ? 0 : -1);
    R(flock(fd, LOCK_UN));
    R(ioctl(fd, FIONREAD, buf) == 0 ? 0 : -1);
    R(ioctl(fd, 0x7777, 0));
    R(fcntl(fd, F_GETFL) >= 0 ? 0 : -1);
    R(fcntl(fd, F_DUPFD, -1));
    R(dup2(fd, -1));
    R(syscall(SYS_getdents64, fd, buf, 0));
    R(openat(fd, "x/y", O_RDONLY));
    R(mkdirat(fd, "", 0));
    R(sendfile(fd, -1, 0, 1));
    R(syscall(SYS_copy_file_range, fd, 0, -1, 0, 1, 0));
    R(splice(fd, 0, -1, 0, 1, 0));
    R(tee(fd, -1, 1, 0));
    R(epoll_ctl(fd, EPOLL_CTL_DEL, -1, &ev));
    R(epoll_wait(fd, &ev, 1, 0));
    R(timerfd_settime(fd, 0, &its, 0));
    R(timerfd_gettime(fd, &its));
    R((long)mmap(0, 4096, PROT_READ, MAP_PRIVATE, fd, 0) > 0 ? 0 : -1);
    R(posix_fadvise(fd, 0, 0, 0));
    R(readahead(fd, 0, 0));
    R(fcntl(fd, F_GETPIPE_SZ) > 0 ? 0 : -1);
    R(syscall(SYS_inotify_add_watch, fd, ".", IN_OPEN));
}

int main(void)
{
    int p[2], fd;

    t_scratch();
    all("-1", -1);
    all("999", 999);
    all("a million", 1000000);
    all("INT_MAX", 0x7fffffff);
    all("INT_MIN", -0x7fffffff - 1);
    all("AT_FDCWD", AT_FDCWD);
    pipe(p);
    close(p[0]), close(p[1]);
    all("closed", p[0]);
    t_put("f", "");
    fd = open("f", O_RDWR);
    R(sendfile(fd, fd, &off, 0));
    R(read(fd, t_wild, 0));
    R(write(fd, t_wild, 0));
    R(close(fd));
    R(syscall(SYS_close, 0xffffffff00000003l)); /* only the low half counts */
    R(syscall(SYS_dup, 0x100000001l) > 2);
    return 0;
}
