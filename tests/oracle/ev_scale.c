/* Thousands of descriptors: epoll that costs what is ready and not what is watched, poll and
 * select over all of them, each event seen exactly once.
 * pith-test: timeout=60 mem=512M
 */
#include "t.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>

#define PAIRS 4500
static int s[PAIRS][2];
static struct pollfd p[PAIRS];

/* The least time of some waits that find one socket ready, in ns each. */
static double wait_cost(int ep, int pairs)
{
    double best = 1e9;
    struct epoll_event e[64];
    for (int round = 0; round < 20; round++) {
        double t = t_now();
        for (int i = 0; i < 200; i++) {
            char c;
            int k = (i * 37 + round) % pairs;
            write(s[k][1], "x", 1);
            if (epoll_wait(ep, e, 64, 0) != 1 || (int)e[0].data.u32 != k)
                say("not the one that was written to");
            read(s[k][0], &c, 1);
        }
        t = (t_now() - t) / 200 * 1e9;
        best = t < best ? t : best;
    }
    return best;
}

int main(void)
{
    struct rlimit lim;
    struct epoll_event e = {.events = EPOLLIN}, got[100];
    static char seen[PAIRS];
    int ep = epoll_create1(0), n, wrong = 0, total = 0;
    getrlimit(RLIMIT_NOFILE, &lim);
    lim.rlim_cur = 2 * PAIRS + 50;
    if (setrlimit(RLIMIT_NOFILE, &lim))
        say("setrlimit: %s", t_errno(errno));
    for (int i = 0; i < PAIRS; i++) {
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s[i]))
            return say("socketpair %d: %s", i, t_errno(errno)), 1;
        e.data.u32 = (unsigned)i;
        p[i] = (struct pollfd){s[i][0], POLLIN, 0};
        if (i < 100)
            epoll_ctl(ep, EPOLL_CTL_ADD, s[i][0], &e);
    }
    double few = wait_cost(ep, 100);
    for (int i = 100; i < PAIRS; i++) {
        e.data.u32 = (unsigned)i;
        epoll_ctl(ep, EPOLL_CTL_ADD, s[i][0], &e);
    }
    double many = wait_cost(ep, 100);
    say("a wait costs the same with many: %s", many < few * 8 + 2000 ? "yes" : "no");

    for (int i = 0; i < PAIRS; i += 3)
        write(s[i][1], "x", 1);
    while ((n = epoll_wait(ep, got, 100, 0)) > 0)
        for (int i = 0; i < n; i++) {
            char c;
            wrong += got[i].data.u32 % 3 != 0 || seen[got[i].data.u32]++;
            wrong += read(s[got[i].data.u32][0], &c, 1) != 1;
            total++;
        }
    V(total);
    V(wrong);
    for (int i = 0; i < PAIRS; i += 7)
        write(s[i][1], "x", 1);
    V(poll(p, PAIRS, -1));
    for (int i = 0; i < PAIRS; i++)
        wrong += p[i].revents != (i % 7 ? 0 : POLLIN);
    V(wrong);
    size_t words = (2 * PAIRS + 50) / (8 * sizeof(long)) + 1;
    unsigned long *set = calloc(words, sizeof *set);
    for (int i = 0; i < PAIRS; i++)
        set[s[i][0] / 64] |= 1ul << s[i][0] % 64;
    V(select(s[PAIRS - 1][1] + 1, (fd_set *)set, 0, 0, 0));
    for (int i = 0; i < PAIRS; i++)
        wrong += (set[s[i][0] / 64] >> s[i][0] % 64 & 1) != (i % 7 == 0);
    V(wrong);
    for (int i = 0; i < PAIRS; i++)
        close(s[i][0]), close(s[i][1]);
    V(epoll_wait(ep, got, 100, 0));
    return 0;
}
