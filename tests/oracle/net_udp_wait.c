/* Waiting on UDP sockets: time limits, threads, shutdown and signals that end a wait, epoll by
 * level and by edge, a socket closed under a reader, one socket for many threads, many sockets,
 * descriptors used up, SO_BINDTODEVICE.
 *
 * pith-test: net=own
 */
#include "t.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>

static struct sockaddr_in at(int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}

static int bound(int port)
{
    struct sockaddr_in a = at(port);
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(s, (void *)&a, sizeof a))
        say("bind: %s", t_errno(errno));
    return s;
}

static void limit(int s, int name, int ms)
{
    struct timeval t = {ms / 1000, ms % 1000 * 1000};
    setsockopt(s, SOL_SOCKET, name, &t, sizeof t);
}

static const char *took(double from, double low, double high)
{
    double d = t_now() - from;
    return d >= low && d < high ? "in time" : d < low ? "too early" : "too late";
}

static void times(void)
{
    int s = bound(5300);
    char c;
    struct pollfd p = {s, POLLIN, 0};
    fd_set set;
    say("-- time limits");
    double t = t_now();
    limit(s, SO_RCVTIMEO, 60);
    R(recv(s, &c, 1, 0));
    say("%s", took(t, 0.059, 1));
    t = t_now();
    R(poll(&p, 1, 50));
    say("%s", took(t, 0.049, 1));
    FD_ZERO(&set);
    FD_SET(s, &set);
    struct timeval tv = {0, 50000};
    t = t_now();
    R(select(s + 1, &set, 0, 0, &tv));
    say("%s", took(t, 0.049, 1));
    struct mmsghdr m[2];
    struct iovec v = {&c, 1};
    memset(m, 0, sizeof m);
    m[0].msg_hdr.msg_iov = m[1].msg_hdr.msg_iov = &v;
    m[0].msg_hdr.msg_iovlen = m[1].msg_hdr.msg_iovlen = 1;
    t = t_now();
    R(recvmmsg(s, m, 2, 0, 0));
    say("%s", took(t, 0.059, 1));
    fcntl(s, F_SETFL, O_NONBLOCK);
    t = t_now();
    R(recv(s, &c, 1, 0));
    say("%s", took(t, 0, 0.5));
    close(s);
}

static void *late_send(void *arg)
{
    struct sockaddr_in a = at(5300);
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    (void)arg;
    t_sleep_ms(50);
    sendto(s, "late", 4, 0, (void *)&a, sizeof a);
    close(s);
    return 0;
}

static void *late_shutdown(void *arg)
{
    t_sleep_ms(50);
    shutdown(*(int *)arg, SHUT_RD);
    return 0;
}

static void *late_refusal(void *arg)
{
    t_sleep_ms(50);
    send(*(int *)arg, "x", 1, 0);
    return 0;
}

static void threads(void)
{
    int s = bound(5300);
    char buf[10];
    pthread_t t;
    struct pollfd p = {s, POLLIN, 0};
    say("-- threads");
    pthread_create(&t, 0, late_send, 0);
    R(recv(s, buf, sizeof buf, 0));
    pthread_join(t, 0);
    pthread_create(&t, 0, late_send, 0);
    R(poll(&p, 1, 5000));
    say("%x", p.revents);
    R(recv(s, buf, sizeof buf, 0));
    pthread_join(t, 0);
    pthread_create(&t, 0, late_shutdown, &s);
    R(recv(s, buf, sizeof buf, 0));
    pthread_join(t, 0);
    close(s);
    struct sockaddr_in a = at(5399);
    s = socket(AF_INET, SOCK_DGRAM, 0);
    (void)connect(s, (void *)&a, sizeof a);
    pthread_create(&t, 0, late_refusal, &s);
    R(recv(s, buf, sizeof buf, 0));
    pthread_join(t, 0);
    close(s);
}

static volatile int shared;
static void *worker(void *arg)
{
    char buf[8];
    int n = 0;
    while (recv(shared, buf, sizeof buf, 0) > 0)
        n++;
    *(int *)arg = n;
    return 0;
}

static void many_readers(void)
{
    pthread_t t[4];
    int n[4] = {0}, s = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in a = at(5300);
    say("-- many readers");
    shared = bound(5300);
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], 0, worker, &n[i]);
    for (int i = 0; i < 200; i++) {
        sendto(s, "1", 1, 0, (void *)&a, sizeof a);
        if (i % 10 == 0)
            t_sleep_ms(1);
    }
    t_sleep_ms(20);
    for (int i = 0; i < 4; i++)
        sendto(s, "", 0, 0, (void *)&a, sizeof a);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], 0);
    say("%d messages", n[0] + n[1] + n[2] + n[3]);
    close(s), close(shared);
}

static volatile int alarms;
static void on_alarm(int sig)
{
    (void)sig;
    alarms++;
}

static void *late_alarm(void *arg)
{
    t_sleep_ms(50);
    pthread_kill(*(pthread_t *)arg, SIGUSR1);
    return 0;
}

static void signals(void)
{
    int s = bound(5300);
    char c;
    pthread_t me = pthread_self(), t, u;
    struct sigaction sa = {.sa_handler = on_alarm};
    say("-- signals");
    sigaction(SIGUSR1, &sa, 0);
    pthread_create(&t, 0, late_alarm, &me);
    R(recv(s, &c, 1, 0));
    pthread_join(t, 0);
    sa.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &sa, 0);
    pthread_create(&t, 0, late_alarm, &me);
    pthread_create(&u, 0, late_send, 0);
    R(recv(s, &c, 1, 0));
    pthread_join(t, 0);
    pthread_join(u, 0);
    limit(s, SO_RCVTIMEO, 2000);
    pthread_create(&t, 0, late_alarm, &me);
    R(recv(s, &c, 1, 0)); /* with a time limit it is not made again */
    pthread_join(t, 0);
    say("%d signals", alarms);
    close(s);
}

static void epolls(void)
{
    int e = epoll_create1(0), s = bound(5300), o = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in a = at(5300);
    struct epoll_event ev = {.events = EPOLLIN}, got;
    char buf[8];
    say("-- epoll");
    R(epoll_ctl(e, EPOLL_CTL_ADD, s, &ev));
    R(epoll_wait(e, &got, 1, 0));
    sendto(o, "1", 1, 0, (void *)&a, sizeof a);
    R(epoll_wait(e, &got, 1, 0));
    R(epoll_wait(e, &got, 1, 0));
    recv(s, buf, 8, 0);
    R(epoll_wait(e, &got, 1, 0));
    ev.events = EPOLLIN | EPOLLET;
    R(epoll_ctl(e, EPOLL_CTL_MOD, s, &ev));
    sendto(o, "1", 1, 0, (void *)&a, sizeof a);
    R(epoll_wait(e, &got, 1, 0));
    R(epoll_wait(e, &got, 1, 0));
    sendto(o, "2", 1, 0, (void *)&a, sizeof a);
    R(epoll_wait(e, &got, 1, 0));
    R(epoll_wait(e, &got, 1, 0));
    ev.events = EPOLLIN | EPOLLONESHOT;
    R(epoll_ctl(e, EPOLL_CTL_MOD, s, &ev));
    R(epoll_wait(e, &got, 1, 0));
    R(epoll_wait(e, &got, 1, 0));
    ev.events = EPOLLOUT;
    R(epoll_ctl(e, EPOLL_CTL_MOD, s, &ev));
    R(epoll_wait(e, &got, 1, 0));
    say("%x", got.events);
    close(s), close(o), close(e);
}

static void many(void)
{
    static int s[600];
    struct rlimit r;
    struct sockaddr_in a;
    socklen_t len = sizeof a;
    int n = 0, good = 0, x = socket(AF_INET, SOCK_DGRAM, 0);
    char c;
    say("-- many sockets");
    getrlimit(RLIMIT_NOFILE, &r);
    r.rlim_cur = 500;
    setrlimit(RLIMIT_NOFILE, &r);
    while (n < 600 && (s[n] = socket(AF_INET, SOCK_DGRAM, 0)) >= 0) {
        a = at(0);
        (void)bind(s[n], (void *)&a, sizeof a);
        n++;
    }
    say("%s, then %s", n > 480 && n < 500 ? "nearly 500" : "another number", t_errno(errno));
    for (int i = 0; i < n; i++) {
        len = sizeof a;
        getsockname(s[i], (void *)&a, &len);
        sendto(x, "1", 1, 0, (void *)&a, sizeof a);
    }
    for (int i = 0; i < n; i++) {
        good += recv(s[i], &c, 1, MSG_DONTWAIT) == 1;
        close(s[i]);
    }
    say("%s heard", good == n ? "all" : "not all");
    close(x);
}

static void device(void)
{
    int s = socket(AF_INET, SOCK_DGRAM, 0), t = bound(5300);
    struct sockaddr_in a = at(5300), far = at(5300);
    char name[16] = "", c;
    socklen_t len = sizeof name;
    say("-- SO_BINDTODEVICE");
    R(setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, "none", 4));
    R(setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2));
    R(getsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, name, &len));
    say("%s, %d", name, (int)len);
    R(sendto(s, "x", 1, 0, (void *)&a, sizeof a));
    R(recv(t, &c, 1, MSG_DONTWAIT));
    far.sin_addr.s_addr = htonl(0xc0000201);
    R(setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, "", 0));
    R(sendto(s, "x", 1, 0, (void *)&far, sizeof far));
    R(connect(s, (void *)&far, sizeof far));
    close(s), close(t);
}

int main(void)
{
    times();
    threads();
    many_readers();
    signals();
    epolls();
    many();
    device();
    return 0;
}
