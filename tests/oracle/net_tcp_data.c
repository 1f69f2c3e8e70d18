/* Data over a connection: peeking, waiting for all, throwing away, pieces, counts of bytes that
 * wait, full buffers, timeouts, and that every byte arrives in its place. */
#include "tcp.h"
#include <pthread.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <linux/sockios.h>

static char big[1 << 20], in[1 << 20];

static long ms_since(struct timespec *a)
{
    struct timespec b;
    clock_gettime(CLOCK_MONOTONIC, &b);
    return (b.tv_sec - a->tv_sec) * 1000 + (b.tv_nsec - a->tv_nsec) / 1000000;
}

static int waiting(int fd)
{
    int n = -1;
    if (ioctl(fd, FIONREAD, &n) < 0)
        say("FIONREAD: %s", t_errno(errno));
    return n;
}

static void flags(void)
{
    int p[2], n;
    char b[64] = {0};
    tcp_pair(p);
    R(recv(p[0], b, 10, MSG_DONTWAIT));
    R(recv(p[0], b, 10, MSG_DONTWAIT | MSG_PEEK));
    R(recv(p[0], b, 0, MSG_DONTWAIT));
    R(read(p[0], b, 0));
    R(send(p[1], "hello world", 11, 0));
    R(send(p[1], "", 0, 0));
    R(polled(p[0], POLLIN, 1000) & POLLIN);
    V(waiting(p[0]));
    R(recv(p[0], b, 5, MSG_PEEK));
    S(b);
    R(recv(p[0], b, 5, MSG_PEEK));
    R(recv(p[0], b, 64, MSG_PEEK));
    S(b);
    memset(b, 0, sizeof b);
    R(recv(p[0], b, 0, 0));
    R(recv(p[0], b, 6, 0));
    S(b);
    R(recv(p[0], b, 3, MSG_TRUNC));
    S(b);
    V(waiting(p[0]));
    R(recv(p[0], NULL, 1, MSG_TRUNC));
    R(recv(p[0], b, 64, MSG_TRUNC | MSG_PEEK));
    R(recv(p[0], b, 64, MSG_WAITALL | MSG_DONTWAIT));
    say("%.1s", b);
    R(recv(p[0], b, 64, MSG_OOB));
    R(recv(p[0], b, 64, MSG_OOB | MSG_PEEK));
    R(recv(p[0], b, 64, MSG_ERRQUEUE));
    R(ioctl(p[0], SIOCATMARK, &n));
    V(n);
    R(ioctl(p[0], SIOCOUTQ, &n));
    R(ioctl(p[0], SIOCOUTQNSD, &n));
    V(n);
    /* Flags that mean nothing to TCP. */
    R(send(p[0], "a", 1, MSG_EOR));
    R(send(p[0], "b", 1, MSG_CONFIRM));
    R(send(p[0], "c", 1, MSG_DONTROUTE));
    R(send(p[0], "d", 1, MSG_MORE));
    R(send(p[0], "e", 1, 0));
    R(recv(p[1], b, 5, MSG_WAITALL));
    say("%.5s", b);
    R(sendto(p[0], "x", 1, 0, SA(t_wild), 0));
    struct sockaddr_in a = v4("127.0.0.9", 9);
    R(sendto(p[0], "y", 1, 0, SA(&a), sizeof a));
    socklen_t len = sizeof a;
    R(recvfrom(p[1], b, 2, MSG_WAITALL, SA(&a), &len));
    V(len);
    close(p[0]), close(p[1]);
}

static void pieces(void)
{
    int p[2];
    char a[4] = "", b[4] = "", c[16] = "";
    struct iovec out[] = {{"abc", 3}, {"", 0}, {"defg", 4}, {"h", 1}};
    struct iovec to[] = {{a, 3}, {NULL, 0}, {b, 3}, {c, 10}};
    struct msghdr m = {.msg_iov = out, .msg_iovlen = 4};
    char control[64];
    struct sockaddr_in from;
    tcp_pair(p);
    R(writev(p[0], out, 4));
    R(readv(p[1], to, 4));
    say("%.3s %.3s %s", a, b, c);
    R(sendmsg(p[0], &m, 0));
    m = (struct msghdr){.msg_name = &from,
                        .msg_namelen = sizeof from,
                        .msg_iov = to,
                        .msg_iovlen = 4,
                        .msg_control = control,
                        .msg_controllen = sizeof control,
                        .msg_flags = -1};
    R(recvmsg(p[1], &m, 0));
    say("namelen %d controllen %d flags %#x", (int)m.msg_namelen, (int)m.msg_controllen,
        m.msg_flags);
    m.msg_iovlen = 0;
    R(sendmsg(p[0], &m, 0));
    m.msg_controllen = 0;
    R(sendmsg(p[0], &m, 0));
    /* Part of the data is not there. */
    R(send(p[0], t_wild, 4, 0));
    R(send(p[0], "rest", 4, 0));
    struct iovec into[] = {{a, 2}, {t_wild, 4}};
    R(readv(p[1], into, 2));
    R(recv(p[1], t_wild, 4, 0));
    R(recv(p[1], c, 16, 0));
    say("%.2s", c);
    close(p[0]), close(p[1]);
}

/* Sends until nothing goes any more, then takes it all and compares. */
static void full(int sndbuf, int rcvbuf)
{
    int l = tcp_listener(1), c, s, n;
    size_t sent = 0, got = 0;
    ssize_t r;
    say("buffers %d %d", sndbuf, rcvbuf);
    if (rcvbuf)
        setsockopt(l, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof rcvbuf);
    c = tcp_client(l);
    s = accept(l, NULL, NULL);
    if (sndbuf)
        setsockopt(c, SOL_SOCKET, SO_SNDBUF, &sndbuf, sizeof sndbuf);
    nonblock(c);
    for (;;) {
        r = send(c, big + sent % 4096, 70001, 0);
        if (r < 0)
            break;
        sent += (size_t)r;
    }
    say("then %s", t_errno(errno));
    YES(sent > 1000);
    if (sndbuf && rcvbuf)
        YES(sent < 2000000);
    POLL(c);
    POLL(s);
    R(ioctl(c, SIOCOUTQ, &n));
    YES(n > 0);
    YES(waiting(s) > 0);
    nonblock(s);
    int bad = 0;
    while (got < sent) {
        r = recv(s, in, 50000, 0);
        if (r <= 0) {
            if (r < 0 && errno == EAGAIN && polled(s, POLLIN, 5000) & POLLIN)
                continue;
            break;
        }
        got += (size_t)r;
    }
    YES(got == sent);
    V(bad);
    POLL_FOR(c, POLLOUT);
    R(send(c, "again", 5, 0));
    R(polled(s, POLLIN, 1000) & POLLIN);
    R(recv(s, in, 10, 0));
    close(c), close(s), close(l);
}

static void *sender(void *arg)
{
    int fd = *(int *)arg;
    unsigned x = 12345;
    static unsigned char b[100000];
    for (int round = 0; round < 200; round++) {
        size_t n = 1 + (x >> 8) % sizeof b;
        for (size_t i = 0; i < n; i++) {
            b[i] = (unsigned char)(x >> 24);
            x = x * 1103515245 + 12345;
        }
        for (size_t done = 0; done < n;) {
            ssize_t r = send(fd, b + done, n - done, 0);
            if (r <= 0) {
                say("send: %s", t_errno(errno));
                return NULL;
            }
            done += (size_t)r;
        }
    }
    shutdown(fd, SHUT_WR);
    return NULL;
}

static void bulk(void)
{
    int p[2];
    pthread_t t;
    unsigned long sum = 0, n = 0;
    ssize_t r;
    tcp_pair(p);
    pthread_create(&t, NULL, sender, &p[0]);
    while ((r = recv(p[1], in, 1 + n % 200000, 0)) > 0)
        for (ssize_t i = 0; i < r; i++, n++)
            sum = sum * 31 + (unsigned char)in[i];
    pthread_join(t, NULL);
    say("bulk: %lu bytes, sum %lu, end %ld", n, sum, (long)r);
    close(p[0]), close(p[1]);
}

static void *later(void *arg)
{
    int fd = *(int *)arg;
    for (int i = 0; i < 3; i++) {
        usleep(30000);
        send(fd, "12345", 5, 0);
    }
    return NULL;
}

static void waits(void)
{
    int p[2];
    char b[32];
    pthread_t t;
    struct timespec a;
    struct timeval tv = {0, 100000};
    tcp_pair(p);
    pthread_create(&t, NULL, later, &p[0]);
    R(recv(p[1], b, 15, MSG_WAITALL));
    pthread_join(t, NULL);
    setsockopt(p[1], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
    clock_gettime(CLOCK_MONOTONIC, &a);
    R(recv(p[1], b, 5, 0));
    long ms = ms_since(&a);
    YES(ms >= 90 && ms < 2000);
    R(send(p[0], "abc", 3, 0));
    R(recv(p[1], b, 15, MSG_WAITALL)); /* what there was when the time had come */
    /* With a low-water mark poll waits for more. */
    int low = 4;
    R(setsockopt(p[1], SOL_SOCKET, SO_RCVLOWAT, &low, sizeof low));
    R(send(p[0], "abc", 3, 0));
    usleep(20000);
    POLL(p[1]);
    R(recv(p[1], b, 2, MSG_DONTWAIT));
    R(send(p[0], "defg", 4, 0));
    POLL_FOR(p[1], POLLIN);
    R(recv(p[1], b, 15, 0));
    low = 1;
    setsockopt(p[1], SOL_SOCKET, SO_RCVLOWAT, &low, sizeof low);
    setsockopt(p[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);
    int n = 10000;
    setsockopt(p[0], SOL_SOCKET, SO_SNDBUF, &n, sizeof n);
    clock_gettime(CLOCK_MONOTONIC, &a);
    ssize_t r;
    do
        r = send(p[0], big, sizeof big, 0);
    while (r > 0 && ms_since(&a) < 5000);
    say("send: %s", r < 0 ? t_errno(errno) : "0");
    YES(ms_since(&a) >= 90);
    close(p[0]), close(p[1]);
    /* The same for accept and connect. */
    int l = tcp_listener(1);
    setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
    R(accept(l, NULL, NULL));
    close(l);
}

static void cork(void)
{
    int p[2], one = 1, zero = 0;
    char b[32];
    tcp_pair(p);
    setsockopt(p[0], IPPROTO_TCP, TCP_CORK, &one, sizeof one);
    R(send(p[0], "held", 4, 0));
    usleep(20000);
    R(recv(p[1], b, 32, MSG_DONTWAIT));
    setsockopt(p[0], IPPROTO_TCP, TCP_CORK, &zero, sizeof zero);
    R(recv(p[1], b, 32, 0));
    setsockopt(p[0], IPPROTO_TCP, TCP_CORK, &one, sizeof one);
    R(send(p[0], "held", 4, 0));
    R(recv(p[1], b, 32, 0)); /* after 200 ms it comes all the same */
    R(send(p[0], "more", 4, 0));
    R(shutdown(p[0], SHUT_WR));
    R(recv(p[1], b, 32, 0));
    R(recv(p[1], b, 32, 0));
    close(p[0]), close(p[1]);
    tcp_pair(p);
    R(send(p[0], "a", 1, MSG_MORE));
    R(send(p[0], "b", 1, MSG_MORE));
    usleep(20000);
    R(recv(p[1], b, 32, MSG_DONTWAIT));
    R(send(p[0], "c", 1, 0));
    R(recv(p[1], b, 3, MSG_WAITALL));
    close(p[0]), close(p[1]);
}

int main(void)
{
    unsigned x = 1;
    for (size_t i = 0; i < sizeof big; i++, x = x * 1103515245 + 12345)
        big[i] = (char)(x >> 24);
    signal(SIGPIPE, SIG_IGN);
    flags();
    pieces();
    full(0, 0);
    full(5000, 5000);
    full(100000, 2000);
    bulk();
    waits();
    cork();
    return 0;
}
