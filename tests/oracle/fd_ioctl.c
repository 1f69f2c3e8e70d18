/* ioctl and stat on descriptors that are files, pipes and devices; isatty, ttyname, fsync. */
#include "t.h"
#include <sys/ioctl.h>
#include <termios.h>

int main(void)
{
    int p[2], fd, n, null;
    struct winsize ws;
    struct termios tio;
    struct stat st;

    t_scratch();
    t_put("f", "0123456789");
    fd = open("f", O_RDWR);
    null = open("/dev/null", O_RDWR);
    pipe(p);
    write(p[1], "12345", 5);
    R(ioctl(p[0], FIONREAD, &n));
    V(n);
    R(ioctl(fd, FIONREAD, &n));
    V(n);
    lseek(fd, 4, SEEK_SET);
    R(ioctl(fd, FIONREAD, &n));
    V(n);
    n = 1;
    R(ioctl(p[0], FIONBIO, &n));
    YES(fcntl(p[0], F_GETFL) & O_NONBLOCK);
    n = 0;
    R(ioctl(p[0], FIONBIO, &n));
    YES(!(fcntl(p[0], F_GETFL) & O_NONBLOCK));
    R(ioctl(fd, FIOCLEX));
    R(fcntl(fd, F_GETFD));
    R(ioctl(fd, FIONCLEX));
    R(fcntl(fd, F_GETFD));
    R(ioctl(fd, TIOCGWINSZ, &ws));
    R(ioctl(p[0], TIOCGWINSZ, &ws));
    R(ioctl(null, TIOCGWINSZ, &ws));
    R(ioctl(fd, TCGETS, &tio));
    R(ioctl(fd, 0x12345678, 0));
    R(ioctl(-1, FIONREAD, &n));
    R(ioctl(p[0], FIONREAD, t_wild));
    R(isatty(fd));
    R(isatty(p[0]));
    R(isatty(null));
    R(isatty(99));
    R(tcgetattr(fd, &tio));
    R(tcsetattr(fd, TCSANOW, &tio));
    P(ttyname(fd));
    R(tcgetpgrp(fd));
    R(fsync(fd));
    R(fdatasync(fd));
    R(fsync(p[0]));
    R(fsync(null));
    R(fsync(-1));
    sync();
    R(syncfs(fd));
    R(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
    R(posix_fadvise(p[0], 0, 0, POSIX_FADV_SEQUENTIAL));
    R(posix_fadvise(fd, 0, 0, 77));
    R(readahead(fd, 0, 100));
    R(readahead(p[0], 0, 100));
    R(fstat(p[0], &st));
    say("%o %ld %ld", st.st_mode & S_IFMT, (long)st.st_nlink, (long)st.st_size);
    R(fstat(null, &st));
    say("%o %x", st.st_mode, (unsigned)st.st_rdev);
    R(fstat(-1, &st));
    return 0;
}
