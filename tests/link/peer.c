/* Both ends of the tests over a bad link: as a Linux program and, the same file, as a guest.
 *
 *   peer serve PORT [SETTING...]          until a client says quit; then status 0
 *   peer ask ADDR PORT [SETTING...]       connections, and a line about what became of them
 *   peer udp ADDR PORT COUNT              datagrams that the server sends back
 *   peer count ADDR PORT | quit ADDR PORT the server's counters
 *
 * On a connection the client sends one struct ask and `up` bytes, the server `down` bytes at the
 * same time and then a struct report of what it got. All bytes are known on both sides and
 * compared: byte n of a stream is table[(seed + n) % TABLE].
 *
 * Settings of ask: count=N par=N up=N down=N, vary=1 (sizes differ, up to those), half=1 (shuts
 * down its writing side when done), slow=MS (the server rests so long before each read), reset=1
 * (the server ends with RST when it has all), first=1 (the server closes before the client),
 * abort=1 (the client ends in the middle), time=S (goes on for so long, whatever count says),
 * die=MS (the process ends then, without a word), patience=S (no connection moves for so long: they
 * have failed; 20). Of both: ports=N (so many from PORT on, in turn: one port has room for 28,000
 * connections a minute), rcvbuf=N sndbuf=N keep=1 (keepalive: 1 s, 1 s, 3 times; 4 s for unanswered
 * data).
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#define TABLE 1000003u
#define PIECE 65536u
#define MAGIC 0x6b6c6174u

enum { ECHO, COUNT, QUIT };
struct ask {
    uint32_t magic, what, slow, reset, first, unused;
    uint64_t up, down, seed;
};
struct report {
    uint64_t got, wrong, fds, free_bytes;
};

static unsigned char table[TABLE + PIECE];
static long count = 1, par = 1, up, down, vary, half, slow, reset_, abort_, first, ports = 1,
            seconds, die, rcvbuf, sndbuf, keep, patience = 20;

struct conn {
    int fd;
    int asked;    /* client: the ask is out; server: it is in */
    int reported; /* the report is out, or in */
    int shut;
    int64_t rests; /* server: reads on then */
    int64_t moved; /* when something last did */
    unsigned have; /* bytes of ask or report */
    struct ask ask;
    struct report report;
    uint64_t in, out, wrong;
    struct conn *next; /* of those that rest */
    int resting;
};
static int ep;
static struct conn *resting;
static long open_conns;

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

static void settings(char **v)
{
    static const struct {
        const char *name;
        long *value;
    } known[] = {{"count", &count},      {"par", &par},      {"up", &up},       {"down", &down},
                 {"vary", &vary},        {"half", &half},    {"slow", &slow},   {"reset", &reset_},
                 {"abort", &abort_},     {"time", &seconds}, {"die", &die},     {"rcvbuf", &rcvbuf},
                 {"sndbuf", &sndbuf},    {"keep", &keep},    {"first", &first}, {"ports", &ports},
                 {"patience", &patience}};
    for (; *v; v++) {
        size_t i = 0, n = sizeof known / sizeof *known, len = strcspn(*v, "=");
        while (i < n && (strlen(known[i].name) != len || memcmp(*v, known[i].name, len)))
            i++;
        if (i == n || !(*v)[len]) {
            fprintf(stderr, "peer: there is no setting '%s'\n", *v);
            exit(2);
        }
        *known[i].value = atol(*v + len + 1);
    }
}

static void prepare(void)
{
    uint64_t x = 88172645463325252ull;
    struct rlimit lim;
    for (unsigned i = 0; i < TABLE; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        table[i] = (unsigned char)(x >> 32);
    }
    memcpy(table + TABLE, table, PIECE); /* so that no piece has to be cut at the end */
    getrlimit(RLIMIT_NOFILE, &lim);
    lim.rlim_cur = lim.rlim_max < 20000 ? lim.rlim_max : 20000;
    setrlimit(RLIMIT_NOFILE, &lim);
    signal(SIGPIPE, SIG_IGN);
    ep = epoll_create1(0);
}

static void tune(int fd)
{
    int one = 1, three = 3, ms = 4000, n;
    if ((n = (int)rcvbuf))
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &n, sizeof n);
    if ((n = (int)sndbuf))
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &n, sizeof n);
    if (!keep)
        return;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &three, sizeof three);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms);
}

static struct conn *conn_new(int fd)
{
    struct conn *c = calloc(1, sizeof *c);
    struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
    if (!c)
        abort();
    c->fd = fd;
    c->moved = now_ms();
    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
    open_conns++;
    return c;
}

static void conn_end(struct conn *c, int hard)
{
    struct linger l = {1, 0};
    if (hard)
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
    for (struct conn **p = &resting; *p; p = &(*p)->next)
        if (*p == c) {
            *p = c->next;
            break;
        }
    close(c->fd);
    free(c);
    open_conns--;
}

/* Sends of the stream what goes, up to `total`: 1 all is out, 0 not yet, -1 it broke. */
static int pour(struct conn *c, uint64_t seed, uint64_t total)
{
    while (c->out < total) {
        uint64_t n = total - c->out < PIECE ? total - c->out : PIECE;
        ssize_t r = send(c->fd, table + (seed + c->out) % TABLE, n, MSG_NOSIGNAL);
        if (r < 0)
            return errno == EAGAIN ? 0 : -1;
        c->out += (uint64_t)r;
        c->moved = now_ms();
    }
    return 1;
}

/* Receives and compares what is there, up to `total`: 1 all is in, 0 not yet, -1 it broke or ended.
 */
static int drink(struct conn *c, uint64_t seed, uint64_t total, int once)
{
    static unsigned char data[PIECE];
    while (c->in < total) {
        uint64_t n = total - c->in < PIECE ? total - c->in : PIECE;
        ssize_t r = recv(c->fd, data, n, 0);
        if (r <= 0) {
            errno = r ? errno : 0;
            return errno == EAGAIN ? 0 : -1;
        }
        if (memcmp(data, table + (seed + c->in) % TABLE, (size_t)r) != 0)
            for (ssize_t i = 0; i < r; i++)
                c->wrong += data[i] != table[(seed + c->in + (uint64_t)i) % TABLE];
        c->in += (uint64_t)r;
        c->moved = now_ms();
        if (once)
            return c->in == total;
    }
    return 1;
}

/* A struct, piece by piece: as above. */
static int whole(struct conn *c, void *p, size_t size, int out)
{
    while (c->have < size) {
        ssize_t r = out ? send(c->fd, (char *)p + c->have, size - c->have, MSG_NOSIGNAL)
                        : recv(c->fd, (char *)p + c->have, size - c->have, 0);
        if (r <= 0)
            return r < 0 && errno == EAGAIN ? 0 : -1;
        c->have += (unsigned)r;
        c->moved = now_ms();
    }
    return 1;
}

static void counters(struct report *r)
{
    struct sysinfo s;
    sysinfo(&s);
    r->free_bytes = (uint64_t)s.freeram * s.mem_unit;
    r->fds = 0;
    for (int i = 0; i < 20000; i++)
        r->fds += fcntl(i, F_GETFD) != -1;
}

/* ---- the server ---- */

/* 0: goes on; 1: done; -1: broken. */
static int serve_step(struct conn *c)
{
    int r;
    if (!c->asked) {
        if ((r = whole(c, &c->ask, sizeof c->ask, 0)) <= 0)
            return r;
        if (c->ask.magic != MAGIC)
            return -1;
        c->asked = 1;
        c->have = 0;
    }
    int all = c->in == c->ask.up;
    if (!all && c->rests <= now_ms()) {
        if ((r = drink(c, c->ask.seed, c->ask.up, c->ask.slow != 0)) < 0)
            return -1;
        all = r;
        if (!all && c->ask.slow) {
            c->rests = now_ms() + c->ask.slow;
            if (!c->resting) {
                c->resting = 1;
                c->next = resting;
                resting = c;
            }
        }
    }
    if ((r = pour(c, c->ask.seed + 7, c->ask.down)) <= 0 || !all)
        return r < 0 ? -1 : 0;
    if (c->ask.reset)
        return -1;
    if (!c->have) {
        c->report.got = c->in;
        c->report.wrong = c->wrong;
        if (c->ask.what != ECHO)
            counters(&c->report);
    }
    if (!c->reported && (r = whole(c, &c->report, sizeof c->report, 1)) <= 0)
        return r;
    c->reported = 1;
    if (c->ask.first)
        return 1;
    char byte; /* the client closes first, so that it is who has to wait afterwards (TIME_WAIT) */
    ssize_t n = recv(c->fd, &byte, 1, 0);
    return n < 0 && errno == EAGAIN ? 0 : 1;
}

static int quitting;

static void serve_one(struct conn *c)
{
    int r = serve_step(c);
    if (r == 0)
        return;
    quitting |= r > 0 && c->ask.what == QUIT;
    if (r < 0 && !c->ask.reset)
        fprintf(stderr, "peer: server: in %lld of %lld, out %lld of %lld: %s\n", (long long)c->in,
                (long long)c->ask.up, (long long)c->out, (long long)c->ask.down, strerror(errno));
    conn_end(c, c->asked && c->ask.reset);
}

static int listen_on(int type, int port)
{
    int one = 1, fd = socket(AF_INET6, type | SOCK_NONBLOCK, 0);
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (type == SOCK_STREAM)
        tune(fd);
    if (bind(fd, (void *)&a, sizeof a) || (type == SOCK_STREAM && listen(fd, 4096))) {
        perror("peer: bind");
        exit(1);
    }
    return fd;
}

static void echo_datagrams(int fd)
{
    static char data[65536];
    struct sockaddr_storage from;
    socklen_t len = sizeof from;
    ssize_t n;
    while ((n = recvfrom(fd, data, sizeof data, 0, (void *)&from, &len)) >= 0) {
        sendto(fd, data, (size_t)n, 0, (void *)&from, len);
        len = sizeof from;
    }
}

static void accept_some(int l)
{
    for (int k = 0, fd; k < 64 && (fd = accept4(l, 0, 0, SOCK_NONBLOCK)) >= 0; k++) {
        tune(fd);
        serve_one(conn_new(fd));
    }
}

static int serve(int port)
{
    struct epoll_event e[256], mine = {.events = EPOLLIN};
    int u = listen_on(SOCK_DGRAM, port);
    static char is_udp;
    static int listener[64]; /* what events of theirs point to */
    for (int i = 0; i < ports && i < 64; i++) {
        listener[i] = listen_on(SOCK_STREAM, port + i);
        mine.data.ptr = &listener[i];
        epoll_ctl(ep, EPOLL_CTL_ADD, listener[i], &mine);
    }
    mine.data.ptr = &is_udp;
    epoll_ctl(ep, EPOLL_CTL_ADD, u, &mine);
    while (!quitting) {
        int n = epoll_wait(ep, e, 256, resting ? 5 : -1);
        for (int i = 0; i < n; i++) {
            if (e[i].data.ptr == &is_udp) {
                echo_datagrams(u);
            } else if ((int *)e[i].data.ptr >= listener && (int *)e[i].data.ptr < listener + 64) {
                accept_some(*(int *)e[i].data.ptr);
            } else {
                serve_one(e[i].data.ptr);
            }
        }
        for (struct conn *c = resting, *next; c; c = next) {
            next = c->next;
            if (c->rests <= now_ms())
                serve_one(c);
        }
    }
    return 0;
}

/* ---- the client ---- */

static struct sockaddr_storage to;
static int base_port;
static socklen_t to_len;
static uint64_t seed = 1, sum_up, sum_down, sum_wrong;
static long begun, ended, good, failed;

static uint64_t rnd(void)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return seed >> 33;
}

static void resolve(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV}, *got = NULL;
    if (getaddrinfo(host, port, &hints, &got) || !got) {
        fprintf(stderr, "peer: no address '%s'\n", host);
        exit(2);
    }
    memcpy(&to, got->ai_addr, got->ai_addrlen);
    to_len = got->ai_addrlen;
    base_port = atoi(port); /* at the same place in both kinds of address */
    freeaddrinfo(got);
}

static void begin(uint32_t what)
{
    int fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    ((struct sockaddr_in *)&to)->sin_port = htons((uint16_t)(base_port + begun % ports));
    begun++;
    if (fd >= 0)
        tune(fd);
    if (fd < 0 || (connect(fd, (void *)&to, to_len) && errno != EINPROGRESS)) {
        fprintf(stderr, "peer: connect: %s\n", strerror(errno));
        if (fd >= 0)
            close(fd);
        ended++, failed++;
        return;
    }
    struct conn *c = conn_new(fd);
    c->ask = (struct ask){.magic = MAGIC, .what = what, .slow = (uint32_t)slow};
    c->ask.reset = (uint32_t)reset_;
    c->ask.first = (uint32_t)first;
    c->ask.up = (uint64_t)(vary && up ? (long)(rnd() % (unsigned long)up) : up);
    c->ask.down = (uint64_t)(vary && down ? (long)(rnd() % (unsigned long)down) : down);
    c->ask.seed = rnd();
} /* NOLINT(clang-analyzer-unix.Malloc): epoll holds it */

static struct report last;

static int ask_step(struct conn *c)
{
    int r, sent;
    if (!c->asked) {
        if ((r = whole(c, &c->ask, sizeof c->ask, 1)) <= 0)
            return errno == ENOTCONN ? 0 : r;
        c->asked = 1;
        c->have = 0;
    }
    uint64_t enough = abort_ ? c->ask.up / 2 : c->ask.up;
    if ((sent = pour(c, c->ask.seed, enough)) < 0)
        return -1;
    if (sent && abort_)
        return 1;
    if (sent && half && !c->shut) {
        shutdown(c->fd, SHUT_WR);
        c->shut = 1;
    }
    if ((r = drink(c, c->ask.seed + 7, c->ask.down, 0)) <= 0)
        return r;
    if ((r = whole(c, &c->report, sizeof c->report, 0)) <= 0)
        return r;
    if (!sent)
        return -1;
    if (c->report.got != c->ask.up)
        c->wrong++;
    last = c->report;
    return 1;
}

static void ask_one(struct conn *c)
{
    int r = ask_step(c);
    if (r == 0)
        return;
    if (c->ask.reset) /* that is how it must end, and in no other way */
        r = r < 0 && (errno == ECONNRESET || errno == EPIPE) ? 1 : -1;
    if (r > 0) {
        good++;
        sum_up += c->out;
        sum_down += c->in;
        sum_wrong += c->wrong + c->report.wrong;
    } else {
        int e = errno, so = 0;
        socklen_t len = sizeof so;
        getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &so, &len);
        if (failed++ < 3)
            fprintf(stderr, "peer: up %lld of %lld, down %lld of %lld: %s, %s\n", (long long)c->out,
                    (long long)c->ask.up, (long long)c->in, (long long)c->ask.down, strerror(e),
                    strerror(so));
        sum_wrong += c->wrong;
    }
    ended++;
    conn_end(c, abort_ && rnd() % 2);
}

static void run(uint32_t what)
{
    struct epoll_event e[256];
    int64_t t0 = now_ms(), stop = seconds ? t0 + seconds * 1000 : INT64_MAX, checked = t0;
    for (;;) {
        int more = seconds ? now_ms() < stop : begun < count;
        while (more && open_conns < par) {
            begin(what);
            more = seconds ? more : begun < count;
        }
        if (!open_conns)
            break;
        int n = epoll_wait(ep, e, 256, die ? 10 : 1000);
        for (int i = 0; i < n; i++)
            ask_one(e[i].data.ptr);
        if (die && now_ms() - t0 >= die)
            raise(SIGKILL);
        if (now_ms() - checked > (patience + 1) * 1000 && n == 0) {
            fprintf(stderr, "peer: %ld connections hang\n", open_conns);
            failed += open_conns;
            break;
        }
        if (n)
            checked = now_ms();
    }
}

static int ask(void)
{
    run(ECHO);
    printf("%ld connections, %ld failed, %llu wrong\n", good, failed,
           (unsigned long long)sum_wrong);
    if (getenv("PEER_BYTES"))
        printf("%llu up, %llu down\n", (unsigned long long)sum_up, (unsigned long long)sum_down);
    return failed || sum_wrong;
}

static int counted(uint32_t what)
{
    run(what);
    if (failed)
        return 1;
    printf("%llu descriptors, %llu KiB free\n", (unsigned long long)last.fds,
           (unsigned long long)last.free_bytes / 1024);
    return 0;
}

static int datagrams(long n)
{
    static unsigned char data[2000];
    long came = 0, wrong = 0;
    int fd = socket(to.ss_family, SOCK_DGRAM, 0);
    struct timeval tv = {0, 20000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
    if (fd < 0 || connect(fd, (void *)&to, to_len))
        return 1;
    for (long i = 0; i < n; i++) {
        unsigned len = (unsigned)(rnd() % 1400) + 8, off = (unsigned)(rnd() % TABLE);
        memcpy(data, table + off, len);
        memcpy(data, &off, 4);
        memcpy(data + 4, &len, 4);
        send(fd, data, len, 0);
        for (ssize_t r; (r = recv(fd, data, sizeof data, i % 8 ? MSG_DONTWAIT : 0)) >= 0;) {
            came++;
            memcpy(&off, data, 4);
            memcpy(&len, data + 4, 4);
            wrong += r < 8 || off >= TABLE || len != (unsigned)r ||
                     memcmp(data + 8, table + off + 8, len - 8) != 0;
        }
    }
    printf("%ld wrong, %s\n", wrong, came > n / 2 ? "most came back" : "few came back");
    return 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    prepare();
    if (!strcmp(what, "serve") && argc > 2)
        return settings(argv + 3), serve(atoi(argv[2]));
    if (argc < 4)
        return fprintf(stderr, "peer: serve PORT | ask, udp, count or quit ADDR PORT\n"), 2;
    resolve(argv[2], argv[3]);
    if (!strcmp(what, "udp") && argc > 4)
        return datagrams(atol(argv[4]));
    settings(argv + 4);
    return !strcmp(what, "ask") ? ask() : counted(!strcmp(what, "quit") ? QUIT : COUNT);
}
