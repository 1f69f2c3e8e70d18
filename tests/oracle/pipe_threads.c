/* Pipes between threads: blocking reads and writes, atomic records, rings of threads, death by
 * SIGPIPE of a blocked writer's pipe. */
#include "t.h"
#include <limits.h>
#include <poll.h>
#include <pthread.h>

static int p[2];

static void *writer(void *arg)
{
    char rec[512];
    long id = (long)arg;

    for (int i = 0; i < 200; i++) {
        memset(rec, (int)('a' + id), sizeof rec);
        if (write(p[1], rec, sizeof rec) != sizeof rec)
            return (void *)1;
    }
    return 0;
}

static void *pump(void *arg)
{
    int *io = arg;
    char c;

    while (read(io[0], &c, 1) == 1) {
        c++;
        if (write(io[1], &c, 1) != 1)
            break;
    }
    close(io[1]);
    return 0;
}

static void *flood(void *arg)
{
    static char big[300000];
    (void)arg;

    memset(big, 'f', sizeof big);
    return (void *)(long)write(p[1], big, sizeof big);
}

static void *close_later(void *arg)
{
    t_sleep_ms(30);
    close((int)(long)arg);
    return 0;
}

int main(void)
{
    pthread_t t[8];
    char rec[512];
    int counts[8] = {0}, mixed = 0;
    void *r;

    pipe(p);
    for (long i = 0; i < 8; i++)
        pthread_create(&t[i], 0, writer, (void *)i);
    for (int i = 0; i < 1600; i++) {
        size_t have = 0;
        while (have < sizeof rec)
            have += read(p[0], rec + have, sizeof rec - have);
        for (size_t k = 1; k < sizeof rec; k++)
            mixed += rec[k] != rec[0];
        counts[rec[0] - 'a']++;
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(t[i], &r);
        say("writer %d: %d records, %ld", i, counts[i], (long)r);
    }
    V(mixed);

    /* A token through a ring of 20 threads, 26 times round would overflow: once each. */
    static int ring[21][2], io[20][2];
    pthread_t rt[20];
    for (int i = 0; i < 21; i++)
        pipe(ring[i]);
    for (int i = 0; i < 20; i++) {
        io[i][0] = ring[i][0], io[i][1] = ring[i + 1][1];
        pthread_create(&rt[i], 0, pump, io[i]);
    }
    char c = 'A';
    for (int i = 0; i < 50; i++) {
        write(ring[0][1], &c, 1);
        read(ring[20][0], rec, 1);
        if (rec[0] != 'A' + 20)
            say("lost");
    }
    close(ring[0][1]);
    R(read(ring[20][0], rec, 1));
    for (int i = 0; i < 20; i++)
        pthread_join(rt[i], 0);

    /* One write larger than the pipe is taken in pieces. */
    pthread_create(t, 0, flood, 0);
    size_t got = 0;
    while (got < 300000)
        got += read(p[0], rec, sizeof rec);
    pthread_join(t[0], &r);
    say("%zu read, %ld written", got, (long)r);

    /* Reader waiting while the writer closes; writer waiting while the reader closes. */
    pthread_create(t, 0, close_later, (void *)(long)p[1]);
    R(read(p[0], rec, 1));
    pthread_join(t[0], 0);
    close(p[0]);
    signal(SIGPIPE, SIG_IGN);
    pipe(p);
    pthread_create(t, 0, flood, 0);
    t_sleep_ms(20);
    close(p[0]);
    pthread_join(t[0], &r);
    YES((long)r == 65536 || (long)r == -1);
    /* A fifo: open waits for the other side. */
    t_scratch();
    mkfifo("fifo", 0600);
    pthread_create(t, 0, (void *(*)(void *))close_later, (void *)99L);
    int rd = open("fifo", O_RDONLY | O_NONBLOCK);
    int wr = open("fifo", O_WRONLY);
    fcntl(rd, F_SETFL, 0);
    R(write(wr, "fifo", 4));
    R(read(rd, rec, 10));
    close(wr);
    R(read(rd, rec, 10));
    struct pollfd pf = {rd, POLLIN, 0};
    R(poll(&pf, 1, 0));
    V(pf.revents);
    pthread_join(t[0], 0);
    return 0;
}
