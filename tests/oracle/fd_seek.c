/* lseek, pread, pwrite: offsets of every kind, holes, 4 GiB and more. */
#include "t.h"

int main(void)
{
    char buf[100];
    struct stat st;
    int fd, dir, ap, p[2];

    t_scratch();
    fd = open("f", O_RDWR | O_CREAT, 0644);
    R(write(fd, "0123456789", 10));
    R(lseek(fd, 0, SEEK_CUR));
    R(lseek(fd, -3, SEEK_CUR));
    R(read(fd, buf, 10));
    R(lseek(fd, -20, SEEK_END));
    R(lseek(fd, -1, SEEK_SET));
    R(lseek(fd, 0, 99));
    R(lseek(fd, 1ll << 43, SEEK_SET));
    R(lseek(fd, 1, SEEK_CUR));
    R(lseek(fd, INT64_MAX, SEEK_END));
    R(lseek(fd, 100, SEEK_SET));
    R(read(fd, buf, 10));
    R(fstat(fd, &st));
    V(st.st_size);
    R(write(fd, "end", 3));
    R(fstat(fd, &st));
    V(st.st_size);
    R(pread(fd, buf, 100, 5));
    say("%.5s %d %d", buf, buf[5], buf[94]);
    R(pread(fd, buf, 10, 1000));
    R(pread(fd, buf, 10, -1));
    R(pwrite(fd, buf, 10, -1));
    R(pwrite(fd, "XY", 2, 3));
    R(lseek(fd, 0, SEEK_CUR));
    R(pread(fd, buf, 8, 0));
    say("%.8s", buf);
    R(read(fd, buf, 0));
    R(write(fd, buf, 0));
    R(pread(fd, 0, 0, 0));

    /* Far away. */
    off_t far = (5ll << 30) + 7;
    R(pwrite(fd, "far", 3, far));
    R(fstat(fd, &st));
    V(st.st_size);
    YES(st.st_blocks < 1000);
    R(pread(fd, buf, 10, far));
    R(pread(fd, buf, 10, far - 5));
    say("%d%.3s", buf[0], buf + 5);
    R(lseek(fd, far, SEEK_SET));
    R(write(fd, "FAR!", 4));
    R(lseek(fd, 0, SEEK_CUR));
    R(lseek(fd, 0, SEEK_END));
    R(ftruncate(fd, 1ll << 40));
    R(fstat(fd, &st));
    V(st.st_size);
    R(pread(fd, buf, 10, (1ll << 40) - 5));
    R(ftruncate(fd, 4));
    R(pread(fd, buf, 10, 0));
    R(ftruncate(fd, 50));
    R(pread(fd, buf, 100, 0));
    say("%.4s %d %d", buf, buf[4], buf[49]);
    R(lseek(fd, 0, SEEK_DATA));
    R(lseek(fd, 0, SEEK_HOLE));
    R(lseek(fd, 50, SEEK_DATA));
    R(lseek(fd, 50, SEEK_HOLE));
    R(ftruncate(fd, -1));
    R(truncate("f", 5));
    R(truncate("f", -1));
    R(truncate("missing", 1));
    R(truncate(".", 1));
    R(truncate("f/x", 1));
    R(lseek(fd, 0, SEEK_END));

    /* O_APPEND: every write at the end, whatever the offset says. */
    ap = open("f", O_WRONLY | O_APPEND);
    R(lseek(ap, 1, SEEK_SET));
    R(write(ap, "app", 3));
    R(lseek(ap, 0, SEEK_CUR));
    R(pwrite(ap, "PW", 2, 0)); /* Linux appends here too */
    R(pread(fd, buf, 100, 0));
    say("%.4s %.6s", buf, buf + 4);

    pipe(p);
    R(lseek(p[0], 0, SEEK_SET));
    R(pread(p[0], buf, 1, 0));
    R(pwrite(p[1], buf, 1, 0));
    R(ftruncate(p[1], 0));
    dir = open(".", O_RDONLY);
    R(pread(dir, buf, 1, 0));
    R(ftruncate(dir, 0));
    R(lseek(-1, 0, SEEK_SET));
    R(pread(-1, buf, 1, 0));
    R(ftruncate(-1, 0));
    return 0;
}
