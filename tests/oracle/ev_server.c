/* A server's shape: an epoll loop over 60 pipes fed by 20 threads, with an eventfd to wake it and
 * a timerfd that ticks; every message arrives once, whole, in the order of its sender.
 * pith-test: mem=64M timeout=30
 */
#include "t.h"
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#define CLIENTS 20
#define PIPES 3
#define MESSAGES 200

struct message {
    int client, pipe, number;
    char body[52];
};

static int pipes[CLIENTS][PIPES][2], wake;

static void *client(void *arg)
{
    struct message m = {.client = (int)(long)arg};
    int next[PIPES] = {0};
    uint64_t one = 1;

    for (int i = 0; i < MESSAGES * PIPES; i++) {
        m.pipe = i % PIPES, m.number = next[m.pipe]++;
        memset(m.body, 'a' + m.number % 26, sizeof m.body);
        if (write(pipes[m.client][m.pipe][1], &m, sizeof m) != sizeof m)
            return (void *)1;
        if (i % 50 == 0)
            write(wake, &one, 8);
    }
    for (int p = 0; p < PIPES; p++)
        close(pipes[m.client][p][1]);
    return 0;
}

int main(void)
{
    static int expect[CLIENTS][PIPES];
    int ep = epoll_create1(0), tick = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), open_pipes = 0;
    long wrong = 0, messages = 0, wakes = 0, ticks = 0;
    struct epoll_event e = {.events = EPOLLIN}, list[16];
    struct itimerspec its = {{0, 1000000}, {0, 1000000}};
    pthread_t t[CLIENTS];
    uint64_t n;

    wake = eventfd(0, EFD_NONBLOCK);
    e.data.u32 = 1000;
    epoll_ctl(ep, EPOLL_CTL_ADD, wake, &e);
    e.data.u32 = 1001;
    epoll_ctl(ep, EPOLL_CTL_ADD, tick, &e);
    timerfd_settime(tick, 0, &its, 0);
    for (int c = 0; c < CLIENTS; c++)
        for (int p = 0; p < PIPES; p++) {
            pipe(pipes[c][p]);
            fcntl(pipes[c][p][0], F_SETFL, O_NONBLOCK);
            e.events = p == 2 ? EPOLLIN | EPOLLET : EPOLLIN;
            e.data.u32 = (unsigned)(c * PIPES + p);
            open_pipes += epoll_ctl(ep, EPOLL_CTL_ADD, pipes[c][p][0], &e) == 0;
        }
    for (long c = 0; c < CLIENTS; c++)
        pthread_create(&t[c], 0, client, (void *)c);
    while (open_pipes > 0 || !ticks) {
        int k = epoll_wait(ep, list, 16, 10000);
        if (k <= 0)
            return say("epoll_wait: %d %s", k, t_errno(errno)), 1;
        for (int i = 0; i < k; i++) {
            unsigned id = list[i].data.u32;
            if (id == 1000) {
                wakes += read(wake, &n, 8) == 8 ? (long)n : 0;
                continue;
            }
            if (id == 1001) {
                ticks += read(tick, &n, 8) == 8 ? (long)n : 0;
                continue;
            }
            int c = (int)id / PIPES, p = (int)id % PIPES;
            struct message m;
            ssize_t r;
            do {
                r = read(pipes[c][p][0], &m, sizeof m);
                if (r == (ssize_t)sizeof m) {
                    messages++;
                    wrong += m.client != c || m.pipe != p || m.number != expect[c][p]++ ||
                             m.body[51] != 'a' + m.number % 26;
                }
            } while (p == 2 && r > 0);
            if (r == 0) {
                close(pipes[c][p][0]);
                open_pipes--;
            } else if (r > 0 && r != (ssize_t)sizeof m) {
                wrong++;
            }
        }
    }
    for (int c = 0; c < CLIENTS; c++)
        pthread_join(t[c], 0);
    while (read(wake, &n, 8) == 8)
        wakes += (long)n;
    say("%ld messages, %ld wrong, %ld wakes, ticks %s", messages, wrong, wakes,
        ticks ? "seen" : "none");
    return 0;
}
