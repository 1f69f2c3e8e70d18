/* Standard descriptors closed, moved and replaced while running.
 * pith-test:
 * pith-test: stdin=text
 */
#include "t.h"

int main(void)
{
    char buf[20] = "";
    struct stat st;

    t_scratch();
    printf("before\n");
    fflush(stdout);
    int saved = dup(1);
    int f = open("out", O_RDWR | O_CREAT, 0644);
    dup2(f, 1);
    printf("to the file\n");
    fflush(stdout);
    dup2(saved, 1);
    t_cat("out");
    R(close(saved));
    R(fstat(0, &st));
    YES((fcntl(0, F_GETFL) & O_ACCMODE) != O_WRONLY);
    YES((fcntl(1, F_GETFL) & O_ACCMODE) != O_RDONLY);
    YES((fcntl(2, F_GETFL) & O_ACCMODE) != O_RDONLY);
    R(write(0, "", 0) == 0 || errno == EBADF);
    int in = dup(0);
    R(read(in, buf, 3));
    say("%s", buf);
    R(close(0));
    R(read(0, buf, 1));
    R(dup(in));
    R(close(2));
    fprintf(stderr, "nobody sees this\n");
    R(open("err", O_RDWR | O_CREAT, 0644));
    fprintf(stderr, "into a file");
    t_cat("err");
    R(close(2));
    dup2(1, 2);
    fprintf(stderr, "stderr is stdout\n");
    R(close(1));
    R(write(1, "x", 1));
    errno = 0;
    int r = printf("lost");
    int q = fflush(stdout);
    fprintf(stderr, "%d %d %s\n", r, q, t_errno(errno));
    return 0;
}
