/* open: flags, creation, what is refused on which kind of file, and close. */
#include "t.h"

int main(void)
{
    struct stat st;
    char buf[10];
    int fd;

    t_scratch();
    mkdir("dir", 0755);
    t_put("file", "content");
    symlink("file", "link");
    symlink("nowhere", "dangling");
    mkfifo("fifo", 0644);
    R(open("missing", O_RDONLY));
    R(open("", O_RDONLY));
    R(open("missing", O_RDWR));
    R(fd = open("file", O_RDONLY));
    R(write(fd, "x", 1));
    R(ftruncate(fd, 0));
    R(close(fd));
    R(close(fd));
    R(read(fd, buf, 1));
    R(fd = open("file", O_WRONLY));
    R(read(fd, buf, 1));
    R(close(fd));
    R(open("file", O_RDWR | O_CREAT | O_EXCL, 0644));
    R(open("dir", O_RDWR));
    R(open("dir", O_WRONLY));
    R(open("dir", O_RDONLY | O_CREAT, 0644));
    R(open("dir", O_RDONLY | O_TRUNC));
    R(fd = open("dir", O_RDONLY));
    R(read(fd, buf, 1));
    R(write(fd, buf, 1));
    R(lseek(fd, 0, SEEK_SET));
    R(close(fd));
    R(open("file", O_RDONLY | O_DIRECTORY));
    R(open("file/", O_RDONLY));
    R(open("file/x", O_RDONLY));
    R(open("new/", O_RDONLY | O_CREAT, 0644));
    R(open("link", O_RDONLY | O_NOFOLLOW));
    R(fd = open("link", O_PATH | O_NOFOLLOW));
    R(fstat(fd, &st));
    YES(S_ISLNK(st.st_mode));
    R(read(fd, buf, 1));
    R(close(fd));
    R(open("dangling", O_RDONLY));
    R(open("dangling", O_RDWR | O_CREAT | O_EXCL, 0644));
    R(fd = open("dangling", O_RDWR | O_CREAT, 0644));
    R(write(fd, "made", 4));
    R(close(fd));
    t_cat("nowhere");
    R(fd = open("file", O_RDWR | O_TRUNC));
    R(fstat(fd, &st));
    V(st.st_size);
    R(close(fd));

    /* Modes and umask. */
    static const mode_t modes[] = {0, 0777, 0644, 04755, 01777, 0200, 07777};
    static const mode_t masks[] = {0, 022, 077, 0777};
    for (int m = 0; m < 4; m++)
        for (int i = 0; i < 7; i++) {
            umask(masks[m]);
            fd = open("modes", O_RDWR | O_CREAT | O_EXCL, modes[i]);
            int r = fstat(fd, &st);
            say("%o & ~%o: %d %o, writable %d", modes[i], masks[m], r, st.st_mode & 07777,
                (int)write(fd, "x", 1));
            close(fd);
            unlink("modes");
        }
    umask(022);
    R(umask(0));
    R(umask(027));
    R(umask(022));

    R(fd = open("fifo", O_RDONLY | O_NONBLOCK));
    R(read(fd, buf, 1));
    R(open("fifo", O_WRONLY | O_NONBLOCK));
    R(close(fd));
    R(open("fifo", O_WRONLY | O_NONBLOCK));
    R(fd = open("fifo", O_RDWR));
    R(write(fd, "abc", 3));
    R(read(fd, buf, 10));
    R(lseek(fd, 0, SEEK_CUR));
    R(close(fd));

    R(fd = open("file", O_RDWR | O_APPEND | O_NONBLOCK | O_CLOEXEC));
    say("%x", fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK | O_CREAT | O_CLOEXEC));
    R(fcntl(fd, F_GETFD));
    R(fcntl(fd, F_SETFL, O_RDONLY));
    say("%x", fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK));
    R(close(fd));
    R(fd = open("file", O_PATH));
    R(fstat(fd, &st));
    R(fchmod(fd, 0600));
    R(fcntl(fd, F_GETFL) == O_PATH || (fcntl(fd, F_GETFL) & O_PATH));
    R(lseek(fd, 0, SEEK_SET));
    R(close(fd));
    R(fd = open(".", O_TMPFILE | O_RDWR, 0600));
    R(write(fd, "tmp", 3));
    R(fstat(fd, &st));
    V(st.st_nlink);
    R(pread(fd, buf, 3, 0));
    R(close(fd));
    R(open(".", O_TMPFILE | O_RDONLY, 0600));
    R(fd = creat("created", 0640));
    R(write(fd, "x", 1));
    R(read(fd, buf, 1));
    R(close(fd));
    R(open("/", O_RDWR));
    R(fd = open("/", O_RDONLY | O_DIRECTORY));
    R(close(fd));
    R(open("/dev/null/x", O_RDONLY));
    R(fd = open("//dev///null", O_RDWR));
    R(close(fd));
    /* The lowest free number, always. */
    int a = open("file", O_RDONLY), b = open("file", O_RDONLY), c = open("file", O_RDONLY);
    say("%d %d %d", a, b, c);
    close(a), close(b);
    R(open("file", O_RDONLY));
    R(open("file", O_RDONLY));
    R(open("file", O_RDONLY));
    R(close(0));
    R(open("file", O_RDONLY));
    R(close(-1));
    R(close(1000000));
    return 0;
}
