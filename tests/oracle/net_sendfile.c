/* sendfile and splice with TCP over the loopback: bytes compared, receivers that are slow, both
 * families, ends and refusals; MSG_ZEROCOPY is either honoured as Linux does it or refused at once.
 * pith-test: net=own timeout=30
 */
#include "t.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#define SIZE (3 << 20)
static char data[SIZE], in[SIZE + 100];

static void connected(int family, int s[2])
{
    struct sockaddr_storage a = {.ss_family = (sa_family_t)family};
    socklen_t len = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    int l = socket(family, SOCK_STREAM, 0);
    if (family == AF_INET)
        ((struct sockaddr_in *)&a)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else
        ((struct sockaddr_in6 *)&a)->sin6_addr = in6addr_loopback;
    s[0] = socket(family, SOCK_STREAM, 0);
    if (bind(l, (void *)&a, len) || listen(l, 1) || getsockname(l, (void *)&a, &len) ||
        connect(s[0], (void *)&a, len) || (s[1] = accept(l, 0, 0)) < 0)
        say("no connection: %s", t_errno(errno));
    close(l);
}

static void *reads(void *arg)
{
    long n = 0, r;
    while ((r = read((int)(long)arg, in + n,
                     (size_t)(sizeof in - n < 30000 ? sizeof in - n : 30000))) > 0)
        n += r;
    return (void *)n;
}

static void whole_file(int family, int f)
{
    int s[2];
    pthread_t t;
    void *n;
    connected(family, s);
    pthread_create(&t, 0, reads, (void *)(long)s[1]);
    off_t off = 0;
    R(sendfile(s[0], f, &off, SIZE));
    R(shutdown(s[0], SHUT_WR));
    pthread_join(t, &n);
    YES((long)n == SIZE && memcmp(in, data, SIZE) == 0);
    close(s[0]), close(s[1]);
}

/* As servers do it: a header with MSG_MORE, the file when there is room, all by epoll. */
static void by_events(int f)
{
    int s[2], ep = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLOUT | EPOLLET};
    pthread_t t;
    void *n;
    connected(AF_INET, s);
    fcntl(s[0], F_SETFL, O_NONBLOCK);
    for (int i = 0, size = 100000; i < 2; i++) {
        setsockopt(s[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
        setsockopt(s[i], SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
    epoll_ctl(ep, EPOLL_CTL_ADD, s[0], &e);
    R(send(s[0], "header", 6, MSG_MORE));
    off_t off = 0;
    int stops = 0;
    ssize_t r = 0;
    while (off < SIZE) {
        r = sendfile(s[0], f, &off, (size_t)(SIZE - off));
        if (r < 0 && errno != EAGAIN)
            break;
        if (r >= 0)
            continue;
        if (!stops++)
            pthread_create(&t, 0, reads, (void *)(long)s[1]);
        if (epoll_wait(ep, &e, 1, 5000) != 1)
            break;
    }
    YES(off == SIZE && stops > 0);
    shutdown(s[0], SHUT_WR);
    pthread_join(t, &n);
    YES((long)n == SIZE + 6 && memcmp(in, "header", 6) == 0 && memcmp(in + 6, data, SIZE) == 0);
    close(s[0]), close(s[1]), close(ep);
}

/* A proxy: socket to pipe to socket. */
static void *pours(void *arg)
{
    int fd = (int)(long)arg;
    for (size_t n = 0; n < SIZE;)
        n += (size_t)write(fd, data + n, SIZE - n < 50000 ? SIZE - n : 50000);
    shutdown(fd, SHUT_WR);
    return 0;
}

static void proxy(void)
{
    int a[2], b[2], p[2];
    pthread_t t[2];
    long moved = 0;
    ssize_t r, w = 0;
    void *n;
    connected(AF_INET, a), connected(AF_INET6, b);
    pipe(p);
    pthread_create(&t[0], 0, pours, (void *)(long)a[0]);
    pthread_create(&t[1], 0, reads, (void *)(long)b[1]);
    while ((r = splice(a[1], 0, p[1], 0, 65536, SPLICE_F_MOVE)) > 0)
        for (; r > 0; r -= w, moved += w)
            if ((w = splice(p[0], 0, b[0], 0, (size_t)r, SPLICE_F_MOVE | SPLICE_F_MORE)) <= 0)
                return say("splice: %s", t_errno(errno));
    V(r);
    shutdown(b[0], SHUT_WR);
    pthread_join(t[0], 0);
    pthread_join(t[1], &n);
    YES(moved == SIZE && (long)n == SIZE && memcmp(in, data, SIZE) == 0);
    for (int i = 0; i < 2; i++)
        close(a[i]), close(b[i]), close(p[i]);
}

static void ends(int f)
{
    int s[2], p[2], one = 1;
    off_t off = 0;
    char c;
    signal(SIGPIPE, SIG_IGN);
    connected(AF_INET, s);
    pipe(p);
    R(sendfile(s[0], s[1], 0, 10));
    R(splice(s[0], &off, p[1], 0, 10, 0));
    R(splice(p[0], 0, s[0], &off, 10, 0));
    fcntl(s[0], F_SETFL, O_NONBLOCK);
    R(splice(s[0], 0, p[1], 0, 10, 0));
    R(splice(s[0], 0, p[1], 0, 10, SPLICE_F_NONBLOCK));
    R(sendfile(s[0], f, &off, 5));
    R(read(s[1], in, 99));
    close(s[1]);
    t_sleep_ms(20);
    R(splice(s[0], 0, p[1], 0, 10, 0));
    R(sendfile(s[0], f, &off, 5));
    t_sleep_ms(20);
    R(sendfile(s[0], f, &off, 5));
    V(off);
    write(p[1], "kept", 4);
    R(splice(p[0], 0, s[0], 0, 10, 0));
    R(read(p[0], &c, 1));
    close(s[0]);

    /* Zero copy: with the option refused the flag does nothing; data arrives either way. */
    connected(AF_INET, s);
    if (setsockopt(s[0], SOL_SOCKET, SO_ZEROCOPY, &one, sizeof one) == 0)
        one = 2;
    YES(one == 2 || errno == EOPNOTSUPP);
    R(send(s[0], "zero copy", 9, MSG_ZEROCOPY));
    R(recv(s[1], in, 99, 0));
    one = 5;
    R(setsockopt(s[0], SOL_SOCKET, SO_ZEROCOPY, &one, sizeof one) == -1);
    close(s[0]), close(s[1]);
}

int main(void)
{
    t_scratch();
    for (size_t i = 0; i < SIZE; i++)
        data[i] = (char)(i * 2654435761u >> 13);
    int f = open("file", O_RDWR | O_CREAT, 0600);
    for (size_t n = 0; n < SIZE;)
        n += (size_t)write(f, data + n, SIZE - n);
    whole_file(AF_INET, f);
    whole_file(AF_INET6, f);
    by_events(f);
    proxy();
    ends(f);
    return 0;
}
