/* AF_UNIX between threads: what blocks and what ends the waiting; megabytes with checksums; a
 * server with connections by the hundred. */
#include "t.h"
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

static pthread_t start(void *(*fn)(void *), void *arg)
{
    pthread_t t;
    if (pthread_create(&t, 0, fn, arg))
        say("pthread_create failed");
    return t;
}

static long join(pthread_t t)
{
    void *r;
    pthread_join(t, &r);
    return (long)r;
}

static unsigned next(unsigned *seed)
{
    *seed = *seed * 1103515245 + 12345;
    return *seed >> 8;
}

/* ---- a stream of odd pieces ---- */

static const size_t total = 6 << 20;
static char out[200000], in[200000];

static void *pour(void *arg)
{
    int fd = (int)(long)arg;
    unsigned seed = 7, byte = 0;
    for (size_t done = 0; done < total;) {
        size_t n = next(&seed) % (next(&seed) % 8 ? 3000 : sizeof out) + 1;
        if (n > total - done)
            n = total - done;
        for (size_t i = 0; i < n; i++)
            out[i] = (char)(byte++ * 31 >> 3);
        ssize_t r = send(fd, out, n, 0);
        if (r != (ssize_t)n)
            return (void *)-1L;
        done += n;
    }
    shutdown(fd, SHUT_WR);
    return 0;
}

static void stream(void)
{
    int s[2];
    unsigned seed = 3, byte = 0;
    size_t done = 0, wrong = 0;
    ssize_t n;
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    pthread_t t = start(pour, (void *)(long)s[0]);
    while ((n = recv(s[1], in, next(&seed) % sizeof in + 1, done % 3 ? 0 : MSG_WAITALL)) > 0) {
        for (ssize_t i = 0; i < n; i++)
            wrong += in[i] != (char)(byte++ * 31 >> 3);
        done += (size_t)n;
    }
    V(n);
    V(join(t));
    YES(done == total);
    V(wrong);
    close(s[0]), close(s[1]);
}

/* ---- messages of all sizes ---- */

static void *post(void *arg)
{
    int fd = (int)(long)arg;
    for (unsigned i = 0; i < 3000; i++) {
        size_t n = i * 7919 % (i % 10 ? 500 : 60000);
        memset(out, (int)i, n);
        if (send(fd, out, n, 0) != (ssize_t)n)
            return (void *)-1L;
    }
    return 0;
}

static void messages(int type)
{
    int s[2], wrong = 0;
    socketpair(AF_UNIX, type, 0, s);
    pthread_t t = start(post, (void *)(long)s[0]);
    for (unsigned i = 0; i < 3000; i++) {
        size_t n = i * 7919 % (i % 10 ? 500 : 60000);
        ssize_t got = recv(s[1], in, sizeof in, 0);
        wrong += got != (ssize_t)n;
        for (size_t k = 0; k < n; k++)
            wrong += in[k] != (char)i;
    }
    V(join(t));
    V(wrong);
    close(s[0]), close(s[1]);
}

/* ---- what ends a wait ---- */

static int pair[2];
static char text[100];

static void *reader(void *arg)
{
    ssize_t n = recv(pair[0], text, sizeof text, (int)(long)arg);
    say("reader: %zd %s", n, n < 0 ? t_errno(errno) : "");
    return 0;
}

static void *writer(void *arg)
{
    (void)arg;
    ssize_t n = send(pair[0], out, sizeof out, MSG_NOSIGNAL);
    say("writer: %s", n < 0 ? t_errno(errno) : n < (long)sizeof out ? "in part" : "all");
    return 0;
}

static void waits(void)
{
    pthread_t t;
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    t = start(reader, 0);
    t_sleep_ms(20);
    write(pair[1], "data", 4);
    join(t);
    t = start(reader, (void *)MSG_WAITALL);
    t_sleep_ms(20);
    write(pair[1], "some", 4);
    t_sleep_ms(20);
    close(pair[1]);
    join(t);
    close(pair[0]);

    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    t = start(reader, 0);
    t_sleep_ms(20);
    shutdown(pair[0], SHUT_RD);
    join(t);
    t = start(writer, 0);
    join(t);
    close(pair[0]), close(pair[1]);

    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    int small = 4096;
    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    t = start(writer, 0);
    t_sleep_ms(20);
    close(pair[1]);
    join(t);
    close(pair[0]);

    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    t = start(writer, 0);
    t_sleep_ms(20);
    shutdown(pair[0], SHUT_WR);
    join(t);
    close(pair[0]), close(pair[1]);

    socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
    t = start(reader, 0);
    t_sleep_ms(20);
    shutdown(pair[0], SHUT_RD);
    join(t);
    close(pair[0]), close(pair[1]);

    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
    t = start(reader, 0);
    t_sleep_ms(20);
    close(pair[1]);
    join(t);
    close(pair[0]);
}

/* ---- signals ---- */

static volatile int handled;
static void handler(int sig)
{
    (void)sig;
    handled++;
}

static void signals(void)
{
    struct sigaction sa = {.sa_handler = handler};
    struct timeval tv = {5, 0};
    pthread_t t;
    for (int restart = 0; restart < 3; restart++) {
        socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
        sa.sa_flags = restart ? SA_RESTART : 0;
        sigaction(SIGUSR1, &sa, 0);
        if (restart == 2) /* with a timeout, never made again */
            setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
        t = start(reader, 0);
        t_sleep_ms(20);
        pthread_kill(t, SIGUSR1);
        t_sleep_ms(20);
        write(pair[1], "after", 5);
        join(t);
        close(pair[0]), close(pair[1]);
    }
    V(handled);
}

/* ---- connecting ---- */

static struct sockaddr_un where = {AF_UNIX, "server"};

static void *connects(void *arg)
{
    long ok = 0;
    for (long i = 0; i < (long)arg; i++) {
        int c = socket(AF_UNIX, SOCK_STREAM, 0);
        char ask[20], answer[20] = "";
        if (connect(c, (void *)&where, sizeof where) == 0) {
            int n = snprintf(ask, sizeof ask, "client %ld", i);
            write(c, ask, (size_t)n);
            ok += recv(c, answer, (size_t)n, MSG_WAITALL) == n && !memcmp(ask, answer, (size_t)n);
        }
        close(c);
    }
    return (void *)ok;
}

static void *accepts(void *arg)
{
    int l = (int)(long)arg, c;
    long n = 0;
    while ((c = accept(l, 0, 0)) >= 0) {
        char line[50];
        ssize_t r = read(c, line, sizeof line);
        if (r > 0)
            write(c, line, (size_t)r);
        close(c);
        n++;
    }
    return (void *)(errno == EINVAL ? n : -1);
}

static void *accept_once(void *arg)
{
    R(accept((int)(long)arg, 0, 0));
    return 0;
}

static void server(void)
{
    int l = socket(AF_UNIX, SOCK_STREAM, 0);
    pthread_t c[8], s[2];
    long ok = 0, served = 0;
    bind(l, (void *)&where, sizeof where);
    R(listen(l, 1)); /* they will have to wait for each other */
    for (int i = 0; i < 2; i++)
        s[i] = start(accepts, (void *)(long)l);
    for (int i = 0; i < 8; i++)
        c[i] = start(connects, (void *)50L);
    for (int i = 0; i < 8; i++)
        ok += join(c[i]);
    R(shutdown(l, SHUT_RD));
    for (int i = 0; i < 2; i++)
        served += join(s[i]);
    V(ok);
    V(served);
    pthread_t t = start(accept_once, (void *)(long)l);
    join(t);
    close(l);
}

/* ---- a datagram socket whose queue is full ---- */

static void *sends(void *arg)
{
    long n = 0;
    for (int i = 0; i < 200; i++)
        n += sendto((int)(long)arg, &i, sizeof i, 0, (void *)&where, sizeof where) == sizeof i;
    return (void *)n;
}

static void *wait_writable(void *arg)
{
    struct pollfd p = {(int)(long)arg, POLLOUT, 0};
    int n = poll(&p, 1, 5000);
    say("poll: %d %d", n, p.revents == POLLOUT);
    return 0;
}

static void full(void)
{
    int r = socket(AF_UNIX, SOCK_DGRAM, 0), c = socket(AF_UNIX, SOCK_DGRAM, 0), v, order = 0;
    pthread_t t[2];
    unlink("server");
    bind(r, (void *)&where, sizeof where);
    t[0] = start(sends, (void *)(long)c);
    t_sleep_ms(10);
    for (int i = 0; i < 200; i++)
        order += recv(r, &v, sizeof v, 0) == sizeof v && v == i;
    V(order);
    V(join(t[0]));
    connect(c, (void *)&where, sizeof where);
    while (send(c, "x", 1, MSG_DONTWAIT) == 1)
        ;
    t[0] = start(wait_writable, (void *)(long)c);
    t_sleep_ms(20);
    while (recv(r, &v, sizeof v, MSG_DONTWAIT) == 1)
        ;
    join(t[0]);
    t[0] = start(sends, (void *)(long)c);
    t_sleep_ms(20);
    close(r);
    YES(join(t[0]) < 200);
    close(c);
}

int main(void)
{
    t_scratch();
    stream();
    messages(SOCK_DGRAM);
    messages(SOCK_SEQPACKET);
    waits();
    signals();
    server();
    full();
    return 0;
}
