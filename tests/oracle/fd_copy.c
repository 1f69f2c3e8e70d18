/* sendfile, copy_file_range, splice, tee, fallocate, posix_fallocate. */
#include "t.h"
#include <sys/sendfile.h>

int main(void)
{
    char buf[100] = "";
    struct stat st;
    int a, b, p[2], ro;
    off_t at = 3, to = 2;

    t_scratch();
    t_put("a", "0123456789abcdefghij");
    a = open("a", O_RDWR);
    b = open("b", O_RDWR | O_CREAT, 0644);
    ro = open("a", O_RDONLY);
    pipe(p);
    R(sendfile(b, a, &at, 5));
    V(at);
    R(lseek(a, 0, SEEK_CUR));
    R(sendfile(b, a, 0, 4));
    R(lseek(a, 0, SEEK_CUR));
    t_cat("b");
    R(sendfile(p[1], a, 0, 100));
    R(read(p[0], buf, 100));
    say("%.16s", buf);
    R(sendfile(b, a, 0, 100));
    at = -1;
    R(sendfile(b, a, &at, 1));
    R(sendfile(b, p[0], 0, 1));
    R(sendfile(ro, a, 0, 1));
    R(sendfile(-1, a, 0, 1));
    at = 0;
    R(copy_file_range(a, &at, b, &to, 3, 0));
    say("%ld %ld", (long)at, (long)to);
    t_cat("b");
    R(copy_file_range(a, &at, b, &to, 3, 1));
    R(copy_file_range(a, &at, ro, &to, 3, 0));
    at = 5;
    R(splice(a, &at, p[1], 0, 5, 0));
    R(read(p[0], buf, 100));
    say("%.5s", buf);
    R(write(p[1], "through", 7));
    to = 0;
    R(splice(p[0], 0, b, &to, 100, 0));
    t_cat("b");
    R(splice(a, 0, b, 0, 5, 0));
    R(fallocate(b, 0, 0, 100));
    R(fstat(b, &st));
    V(st.st_size);
    R(fallocate(b, FALLOC_FL_KEEP_SIZE, 0, 10000));
    R(fstat(b, &st));
    V(st.st_size);
    R(fallocate(b, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 1, 3));
    R(pread(b, buf, 10, 0));
    say("%c%d%d%d%c", buf[0], buf[1], buf[2], buf[3], buf[4]);
    R(fallocate(b, 0, 0, 0));
    R(fallocate(b, 0, -1, 10));
    R(fallocate(ro, 0, 0, 10));
    R(fallocate(p[0], 0, 0, 10));
    R(posix_fallocate(b, 0, 200));
    R(fstat(b, &st));
    V(st.st_size);
    return 0;
}
