/* sendfile, splice, tee and vmsplice with sockets and pipes: offsets, streams that are full or
 * empty, ends, nothing lost when the receiver takes only a part. */
#include "t.h"
#include <pthread.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

static char buf[400000], big[300000];

static const char *got(ssize_t n)
{
    static char text[80];
    if (n < 0)
        return t_errno(errno);
    snprintf(text, sizeof text, "%zd \"%.*s\"", n, (int)(n > 40 ? 40 : n), buf);
    return text;
}

static long drain(int fd)
{
    long n = 0, r;
    while ((r = read(fd, buf + n, sizeof buf - (size_t)n)) > 0)
        n += r;
    return n;
}

static void *slow_reader(void *arg)
{
    long n = 0, r;
    t_sleep_ms(20);
    while ((r = read((int)(long)arg, buf + n, 7000)) > 0)
        n += r;
    return (void *)n;
}

static void files(void)
{
    int f = open("file", O_RDWR | O_CREAT | O_TRUNC, 0644), s[2], p[2];
    off_t off = 3;
    pthread_t t;
    void *n;
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (char)(i * 7 >> 4);
    write(f, "0123456789", 10);
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s);
    R(sendfile(s[0], f, &off, 4));
    V(off);
    S(got(read(s[1], buf, 99)));
    R(lseek(f, 0, SEEK_CUR));
    lseek(f, 8, SEEK_SET);
    R(sendfile(s[0], f, 0, 100));
    R(lseek(f, 0, SEEK_CUR));
    R(sendfile(s[0], f, 0, 100));
    S(got(read(s[1], buf, 99)));
    R(sendfile(s[0], f, 0, 0));
    off = 100;
    R(sendfile(s[0], f, &off, 5));
    off = -1;
    R(sendfile(s[0], f, &off, 5));
    R(sendfile(s[0], f, t_wild, 5));
    R(sendfile(s[0], s[1], 0, 5));
    R(sendfile(s[0], 999, 0, 5));
    R(sendfile(999, f, 0, 5));
    int w = open("file", O_WRONLY);
    R(sendfile(s[0], w, 0, 5));
    close(w);
    w = open("file", O_RDONLY);
    R(sendfile(w, f, 0, 5));
    close(w);

    /* More than fits: what was not sent is not taken. */
    ftruncate(f, 0);
    pwrite(f, big, sizeof big, 0);
    off = 0;
    ssize_t r = sendfile(s[0], f, &off, sizeof big);
    YES(r > 100000 && r < (ssize_t)sizeof big && off == r);
    R(sendfile(s[0], f, &off, 1000));
    YES(drain(s[1]) == r && !memcmp(buf, big, (size_t)r));
    fcntl(s[0], F_SETFL, 0);
    fcntl(s[1], F_SETFL, 0);
    pthread_create(&t, 0, slow_reader, (void *)(long)s[1]);
    lseek(f, 0, SEEK_SET);
    R(sendfile(s[0], f, 0, sizeof big + 5));
    shutdown(s[0], SHUT_WR);
    pthread_join(t, &n);
    YES((long)n == sizeof big && !memcmp(buf, big, sizeof big));
    signal(SIGPIPE, SIG_IGN);
    close(s[1]);
    lseek(f, 0, SEEK_SET);
    R(sendfile(s[0], f, 0, 10));
    R(lseek(f, 0, SEEK_CUR));
    close(s[0]);
    pipe2(p, O_NONBLOCK);
    R(sendfile(p[1], f, 0, sizeof big));
    R(lseek(f, 0, SEEK_CUR));
    R(sendfile(p[1], f, 0, 10));
    YES(drain(p[0]) == 65536 && !memcmp(buf, big, 65536));
    close(p[0]), close(p[1]), close(f);
}

static void *late(void *arg)
{
    t_sleep_ms(20);
    write((int)(long)arg, "late", 4);
    return 0;
}

static void streams(void)
{
    int s[2], t[2], p[2], f = open("file", O_RDWR);
    loff_t off = 0;
    pthread_t th;
    void *n;
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s);
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, t);
    pipe2(p, O_NONBLOCK);
    R(splice(s[0], 0, p[1], 0, 100, 0));
    write(s[1], "socket", 6);
    R(splice(s[0], 0, p[1], 0, 3, 0));
    R(splice(s[0], 0, p[1], 0, 100, SPLICE_F_MOVE | SPLICE_F_MORE));
    S(got(read(p[0], buf, 99)));
    R(splice(p[0], 0, t[0], 0, 100, 0));
    write(p[1], "to a socket", 11);
    R(splice(p[0], 0, t[0], 0, 5, SPLICE_F_NONBLOCK));
    R(splice(p[0], 0, t[0], 0, 500, 0));
    S(got(read(t[1], buf, 99)));
    R(splice(s[0], &off, p[1], 0, 5, 0));
    R(splice(p[0], &off, t[0], 0, 5, 0));
    R(splice(s[0], 0, p[1], &off, 5, 0));
    R(splice(p[0], 0, t[0], &off, 5, 0));
    R(splice(s[0], 0, t[0], 0, 5, 0));
    R(splice(s[0], 0, p[1], 0, 5, 0x100));
    R(splice(s[0], 0, p[0], 0, 5, 0));
    R(splice(p[1], 0, t[0], 0, 5, 0));
    R(splice(s[0], 0, p[1], 0, 0, 0));
    R(splice(999, 0, p[1], 0, 1, 0));

    /* Through a pipe, all of it, with a receiver that is full now and then. */
    long in = 0, out = 0, want = 0;
    write(s[1], big, 100000);
    want = 100000;
    while (out < want) {
        ssize_t r = splice(s[0], 0, p[1], 0, 30000, SPLICE_F_NONBLOCK);
        if (r > 0)
            in += r;
        r = splice(p[0], 0, t[0], 0, 50000, SPLICE_F_NONBLOCK);
        if (r > 0)
            out += r;
    }
    YES(in == want && out == want);
    YES(drain(t[1]) == want && !memcmp(buf, big, (size_t)want));
    while (write(t[0], big, 10000) > 0)
        ;
    write(p[1], "kept", 4);
    R(splice(p[0], 0, t[0], 0, 100, 0));
    R(splice(p[0], 0, t[0], 0, 100, SPLICE_F_NONBLOCK));
    S(got(read(p[0], buf, 99)));
    drain(t[1]);

    /* Files at offsets. */
    off = 10;
    R(splice(f, &off, p[1], 0, 20, 0));
    V(off);
    YES(read(p[0], buf, 99) == 20 && !memcmp(buf, big + 10, 20));
    R(splice(f, 0, p[1], 0, 1 << 20, 0));
    R(lseek(f, 0, SEEK_CUR));
    R(splice(f, 0, p[1], 0, 10, 0));
    R(splice(f, 0, p[1], 0, 10, SPLICE_F_NONBLOCK));
    YES(drain(p[0]) == 65536 && !memcmp(buf, big, 65536));
    write(p[1], "into the file", 13);
    off = 5;
    R(splice(p[0], 0, f, &off, 8, 0));
    V(off);
    R(splice(p[0], 0, f, 0, 100, 0));
    R(lseek(f, 0, SEEK_CUR));
    R(pread(f, buf, 8, 5));
    say("%.8s", buf);

    /* Waiting, and the end. */
    fcntl(p[0], F_SETFL, 0), fcntl(p[1], F_SETFL, 0), fcntl(s[0], F_SETFL, 0);
    pthread_create(&th, 0, late, (void *)(long)s[1]);
    R(splice(s[0], 0, p[1], 0, 100, 0));
    pthread_join(th, 0);
    pthread_create(&th, 0, late, (void *)(long)p[1]);
    S(got(read(p[0], buf, 4)));
    R(splice(p[0], 0, t[0], 0, 100, 0));
    pthread_join(th, 0);
    close(s[1]);
    R(splice(s[0], 0, p[1], 0, 100, 0));
    write(p[1], "x", 1);
    close(t[1]);
    R(splice(p[0], 0, t[0], 0, 100, 0));
    S(got(read(p[0], buf, 4)));
    close(p[1]);
    R(splice(p[0], 0, f, 0, 100, 0));
    close(p[0]);
    pipe(p);
    close(p[0]);
    off = 0;
    R(splice(f, &off, p[1], 0, 10, 0));
    close(p[1]), close(s[0]), close(t[0]), close(f);
    (void)n;
}

static void pipes(void)
{
    int p[2], q[2];
    struct iovec v[2] = {{"vm", 2}, {"splice", 6}};
    pipe2(p, O_NONBLOCK), pipe2(q, O_NONBLOCK);
    R(vmsplice(p[1], v, 2, 0));
    R(tee(p[0], q[1], 100, 0));
    R(tee(p[0], q[1], 3, SPLICE_F_NONBLOCK));
    S(got(read(q[0], buf, 99)));
    R(splice(p[0], 0, q[1], 0, 5, 0));
    R(splice(p[0], 0, q[1], 0, 50, 0));
    R(splice(p[0], 0, q[1], 0, 50, 0));
    S(got(read(q[0], buf, 99)));
    R(tee(p[0], q[1], 5, 0));
    R(tee(p[0], p[1], 5, 0));
    R(splice(p[0], 0, p[1], 0, 5, 0));
    while (write(q[1], big, 4096) > 0)
        ;
    write(p[1], "stays", 5);
    R(splice(p[0], 0, q[1], 0, 50, 0));
    R(tee(p[0], q[1], 50, 0));
    S(got(read(p[0], buf, 99)));
    struct iovec w[2] = {{buf, 3}, {buf + 3, 4}};
    write(p[1], "readable", 8);
    R(vmsplice(p[0], w, 2, 0));
    S(got(7));
    R(vmsplice(p[1], t_wild, 1, 0));
    R(vmsplice(999, v, 1, 0));
    close(p[0]), close(p[1]), close(q[0]), close(q[1]);
}

int main(void)
{
    t_scratch();
    files();
    streams();
    pipes();
    return 0;
}
