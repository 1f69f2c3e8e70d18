/* Several threads and TCP: calls that sleep and are woken, a socket closed or shut down under
 * another thread, one socket used by many, a server with a thread for each client. */
#include "tcp.h"
#include <pthread.h>

static int pair[2], ls, accepted;

static void *in_recv(void *out)
{
    char b[16];
    ssize_t r = recv(pair[0], b, sizeof b, 0);
    *(long *)out = r < 0 ? -errno : r;
    return NULL;
}

static void *in_accept(void *out)
{
    int r = accept(ls, NULL, NULL);
    *(long *)out = r < 0 ? -errno : 1;
    if (r >= 0) {
        close(r);
        __atomic_add_fetch(&accepted, 1, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

static void *in_send(void *out)
{
    static char big[1 << 20];
    ssize_t r;
    while ((r = send(pair[0], big, sizeof big, MSG_NOSIGNAL)) > 0)
        ;
    *(long *)out = r < 0 ? -errno : r;
    return NULL;
}

static void woken(void)
{
    pthread_t t[4];
    long r[4];
    tcp_pair(pair);
    pthread_create(&t[0], NULL, in_recv, &r[0]);
    usleep(30000);
    send(pair[1], "hi", 2, 0);
    pthread_join(t[0], NULL);
    V(r[0]);
    say("shutdown wakes a reader");
    pthread_create(&t[0], NULL, in_recv, &r[0]);
    usleep(30000);
    R(shutdown(pair[0], SHUT_RD));
    pthread_join(t[0], NULL);
    V(r[0]);
    close(pair[0]), close(pair[1]);
    say("the peer's end wakes readers");
    tcp_pair(pair);
    for (int i = 0; i < 3; i++)
        pthread_create(&t[i], NULL, in_recv, &r[i]);
    usleep(30000);
    close(pair[1]);
    for (int i = 0; i < 3; i++)
        pthread_join(t[i], NULL);
    say("%ld %ld %ld", r[0], r[1], r[2]);
    close(pair[0]);
    say("a reset wakes a reader");
    tcp_pair(pair);
    struct linger l = {1, 0};
    pthread_create(&t[0], NULL, in_recv, &r[0]);
    usleep(30000);
    setsockopt(pair[1], SOL_SOCKET, SO_LINGER, &l, sizeof l);
    close(pair[1]);
    pthread_join(t[0], NULL);
    YES(r[0] == -ECONNRESET);
    close(pair[0]);
    say("a reset wakes a writer");
    tcp_pair(pair);
    pthread_create(&t[0], NULL, in_send, &r[0]);
    usleep(100000);
    setsockopt(pair[1], SOL_SOCKET, SO_LINGER, &l, sizeof l);
    close(pair[1]);
    pthread_join(t[0], NULL);
    YES(r[0] == -ECONNRESET);
    close(pair[0]);
    say("shutdown wakes a writer");
    tcp_pair(pair);
    pthread_create(&t[0], NULL, in_send, &r[0]);
    usleep(100000);
    R(shutdown(pair[0], SHUT_WR));
    pthread_join(t[0], NULL);
    YES(r[0] == -EPIPE);
    close(pair[0]), close(pair[1]);
    say("accept");
    ls = tcp_listener(5);
    for (int i = 0; i < 3; i++)
        pthread_create(&t[i], NULL, in_accept, &r[i]);
    usleep(30000);
    close(tcp_client(ls));
    close(tcp_client(ls));
    for (int i = 0; i < 5000 && __atomic_load_n(&accepted, __ATOMIC_SEQ_CST) < 2; i++)
        usleep(1000);
    R(shutdown(ls, SHUT_RD));
    for (int i = 0; i < 3; i++)
        pthread_join(t[i], NULL);
    V(r[0] + r[1] + r[2]);
    close(ls);
    say("closed under a reader: the call goes on");
    tcp_pair(pair);
    int fd = pair[0];
    pthread_create(&t[0], NULL, in_recv, &r[0]);
    usleep(30000);
    R(close(fd));
    send(pair[1], "late", 4, 0);
    pthread_join(t[0], NULL);
    V(r[0]);
    char b[4];
    R(recv(pair[1], b, 4, 0));
    close(pair[1]);
}

#define CLIENTS 8
#define ROUNDS 200

static void *serve(void *arg)
{
    int fd = (int)(long)arg;
    char b[4096];
    ssize_t n;
    while ((n = recv(fd, b, sizeof b, 0)) > 0)
        for (ssize_t done = 0; done < n;) {
            ssize_t w = send(fd, b + done, (size_t)(n - done), 0);
            if (w <= 0)
                return NULL;
            done += w;
        }
    close(fd);
    return NULL;
}

static void *client(void *arg)
{
    unsigned x = (unsigned)(long)arg * 7919 + 1;
    static _Thread_local char out[20000], in[20000];
    int fd = tcp_client(ls);
    long bad = 0;
    for (int i = 0; i < ROUNDS; i++) {
        x = x * 1103515245 + 12345;
        size_t n = 1 + (x >> 12) % (i % 10 ? 300 : sizeof out);
        for (size_t k = 0; k < n; k++)
            out[k] = (char)(x + k * 3);
        for (size_t done = 0; done < n;) {
            ssize_t w = send(fd, out + done, n - done, 0);
            if (w <= 0)
                return (void *)1;
            done += (size_t)w;
        }
        if (recv(fd, in, n, MSG_WAITALL) != (ssize_t)n || memcmp(in, out, n))
            bad++;
    }
    close(fd);
    return (void *)bad;
}

static void server(void)
{
    pthread_t c[CLIENTS], s[CLIENTS];
    long bad = 0;
    ls = tcp_listener(CLIENTS);
    for (long i = 0; i < CLIENTS; i++)
        pthread_create(&c[i], NULL, client, (void *)i);
    for (int i = 0; i < CLIENTS; i++)
        pthread_create(&s[i], NULL, serve, (void *)(long)accept(ls, NULL, NULL));
    for (int i = 0; i < CLIENTS; i++) {
        void *r;
        pthread_join(c[i], &r);
        bad += (long)r;
        pthread_join(s[i], NULL);
    }
    say("echo: %d clients, %ld bad", CLIENTS, bad);
    close(ls);
}

static void *many_writers(void *arg)
{
    char b[1000];
    memset(b, 'a' + (int)(long)arg, sizeof b);
    for (int i = 0; i < 50; i++)
        for (size_t done = 0; done < sizeof b;) {
            ssize_t w = send(pair[0], b + done, sizeof b - done, 0);
            if (w <= 0)
                return NULL;
            done += (size_t)w;
        }
    return NULL;
}

static void shared(void)
{
    pthread_t t[5];
    long count[5] = {0}, n, total = 0;
    char b[5000];
    tcp_pair(pair);
    for (long i = 0; i < 5; i++)
        pthread_create(&t[i], NULL, many_writers, (void *)i);
    while (total < 250000 && (n = recv(pair[1], b, sizeof b, 0)) > 0)
        for (long k = 0; k < n; k++, total++)
            count[b[k] - 'a']++;
    for (int i = 0; i < 5; i++)
        pthread_join(t[i], NULL);
    say("%ld %ld %ld %ld %ld", count[0], count[1], count[2], count[3], count[4]);
    close(pair[0]), close(pair[1]);
}

static volatile int alarms;
static void on_alarm(int sig)
{
    (void)sig;
    alarms++;
}

/* A signal ends a wait, or it goes on, as the handler was installed. */
static void interrupted(int restart)
{
    struct sigaction sa = {.sa_handler = on_alarm, .sa_flags = restart ? SA_RESTART : 0};
    struct timeval tv = {3, 0};
    pthread_t t;
    long r = 0;
    char b[4];
    say("SA_RESTART %d", restart);
    sigaction(SIGALRM, &sa, NULL);
    tcp_pair(pair);
    if (!restart) {
        ualarm(30000, 0);
        R(recv(pair[0], b, 4, 0));
        ls = tcp_listener(1);
        ualarm(30000, 0);
        R(accept(ls, NULL, NULL));
        close(ls);
    }
    setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
    ualarm(30000, 0);
    R(recv(pair[0], b, 4, 0)); /* with a timeout it is never made again */
    tv.tv_sec = 0;
    setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
    if (restart) {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGALRM);
        pthread_sigmask(SIG_BLOCK, &set, NULL);
        pthread_create(&t, NULL, in_send, &r); /* sends until it is reset */
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
        ualarm(50000, 0);
        usleep(100000);
        struct linger l = {1, 0};
        setsockopt(pair[1], SOL_SOCKET, SO_LINGER, &l, sizeof l);
        close(pair[1]);
        pthread_join(t, NULL);
        YES(r == -ECONNRESET);
    }
    V(alarms);
    close(pair[0]), close(pair[1]);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    woken();
    server();
    shared();
    interrupted(0);
    interrupted(1);
    return 0;
}
