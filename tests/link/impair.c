/* A bad link between two network namespaces, in user space.
 *
 *   impair [SETTING...]     in a namespace of its own (root there); makes another one
 *
 * Both get a tap device e0: 10.8.0.1/24 and fd08::1/64 here, 10.8.0.2/24 and fd08::2/64 there. It
 * prints "ready PID", the process that keeps the other namespace, and then passes frames on. Lines
 * on stdin change the settings; at its end it prints what it did and stops. Settings:
 *
 *   loss=P dup=P reorder=P corrupt=P   of 1000 frames; both ways
 *   delay=MS jitter=MS                 each frame is late by delay to delay + jitter
 *   rate=KBIT                          0: as fast as it goes; what does not fit a queue is lost
 *   seed=N                             the same seed treats frames alike
 *   down=1                             nothing gets through; down=0 ends that
 *
 * A frame that is reordered is late by 3 to 8 ms more than others. One that is corrupted has one
 * bit turned behind the Ethernet header; ARP, which has no checksum, is spared.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FRAME 2048
#define QUEUE 1024 /* frames on their way, each direction */

struct frame {
    int64_t due;
    uint64_t order; /* of arrival: who is due at the same time goes out in turn */
    int len;
    unsigned char data[FRAME];
};
static struct way {
    int from, to;
    struct frame *heap[QUEUE];
    int n;
    int64_t busy; /* until then the link is taken, if it has a rate */
} ways[2];
static struct frame *spare[2 * QUEUE];
static int nspare;
static long loss, dup_, reorder, corrupt, delay, jitter, rate, down;
static uint64_t seed = 1, order;
static long frames, lost, doubled, late, spoiled, full;

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static unsigned random_below(unsigned n)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)((seed >> 33) % n);
}

static int set(char *text)
{
    static const struct {
        const char *name;
        long *value;
    } known[] = {{"loss", &loss},   {"dup", &dup_},      {"reorder", &reorder},
                 {"delay", &delay}, {"jitter", &jitter}, {"corrupt", &corrupt},
                 {"rate", &rate},   {"down", &down},     {"seed", (long *)&seed}};
    for (char *word = strtok(text, " \n"); word; word = strtok(NULL, " \n")) {
        char *value = strchr(word, '=');
        size_t i = 0, n = sizeof known / sizeof *known;
        if (value)
            *value++ = 0;
        while (i < n && strcmp(word, known[i].name) != 0)
            i++;
        if (i == n || !value)
            return fprintf(stderr, "impair: there is no setting '%s'\n", word), -1;
        *known[i].value = atol(value);
    }
    return 0;
}

static int before(const struct frame *a, const struct frame *b)
{
    return a->due < b->due || (a->due == b->due && a->order < b->order);
}

static void push(struct way *w, struct frame *f)
{
    int i = w->n++;
    for (; i && before(f, w->heap[(i - 1) / 2]); i = (i - 1) / 2)
        w->heap[i] = w->heap[(i - 1) / 2];
    w->heap[i] = f;
}

static struct frame *pop(struct way *w)
{
    struct frame *first = w->heap[0], *last = w->heap[--w->n];
    int i = 0;
    for (int c; (c = 2 * i + 1) < w->n; i = c) {
        if (c + 1 < w->n && before(w->heap[c + 1], w->heap[c]))
            c++;
        if (!before(w->heap[c], last))
            break;
        w->heap[i] = w->heap[c];
    }
    w->heap[i] = last;
    return first;
}

static void enqueue(struct way *w, const unsigned char *data, int len, int64_t when)
{
    if (w->n == QUEUE) {
        full++;
        return;
    }
    struct frame *f = nspare ? spare[--nspare] : malloc(sizeof *f);
    f->len = len;
    f->order = order++;
    f->due = when + (delay + (jitter ? random_below((unsigned)jitter + 1) : 0)) * 1000000;
    if (rate) {
        w->busy = (w->busy > when ? w->busy : when) + (int64_t)len * 8 * 1000000 / rate;
        f->due += w->busy - when;
    }
    memcpy(f->data, data, (size_t)len);
    if (random_below(1000) < (unsigned)reorder) {
        f->due += 3000000 + random_below(5000000);
        late++;
    }
    int arp = data[12] == 8 && data[13] == 6;
    if (!arp && len > 14 && random_below(1000) < (unsigned)corrupt) {
        unsigned bit = random_below((unsigned)(len - 14) * 8);
        f->data[14 + bit / 8] ^= (unsigned char)(1 << bit % 8);
        spoiled++;
    }
    push(w, f);
}

static void take(struct way *w, int64_t when)
{
    unsigned char data[FRAME];
    for (int i = 0; i < 64; i++) {
        ssize_t n = read(w->from, data, sizeof data);
        if (n <= 14)
            return;
        frames++;
        if (down || random_below(1000) < (unsigned)loss) {
            lost++;
            continue;
        }
        enqueue(w, data, (int)n, when);
        if (random_below(1000) < (unsigned)dup_) {
            doubled++;
            enqueue(w, data, (int)n, when);
        }
    }
}

static void give(struct way *w, int64_t when)
{
    while (w->n && w->heap[0]->due <= when) {
        struct frame *f = pop(w);
        if (down || write(w->to, f->data, (size_t)f->len) < 0)
            lost++;
        spare[nspare++] = f;
    }
}

static int tap(int side)
{
    struct ifreq r = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    char line[400];
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    strcpy(r.ifr_name, "e0");
    if (fd < 0 || ioctl(fd, TUNSETIFF, &r) < 0) {
        perror("impair: tap device");
        return -1;
    }
    snprintf(line, sizeof line,
             "ip link set lo up && ip addr add 10.8.0.%d/24 dev e0 && "
             "ip -6 addr add fd08::%d/64 dev e0 nodad && ip link set e0 up",
             side, side);
    return system(line) == 0 ? fd : -1;
}

/* The process that keeps the other namespace, and the tap device there. */
static pid_t other_side(int *fd)
{
    int s[2];
    union {
        struct cmsghdr h;
        char raw[CMSG_SPACE(sizeof(int))];
    } c;
    struct iovec v = {"x", 1};
    struct msghdr m = {
        .msg_iov = &v, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s))
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (unshare(CLONE_NEWNET) || (*fd = tap(2)) < 0)
            _exit(1);
        c.h = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(&c.h), fd, sizeof(int));
        sendmsg(s[1], &m, 0);
        for (;;)
            pause();
    }
    close(s[1]);
    char byte;
    v.iov_base = &byte;
    if (pid < 0 || recvmsg(s[0], &m, MSG_CMSG_CLOEXEC) != 1)
        return -1;
    memcpy(fd, CMSG_DATA(&c.h), sizeof(int));
    return pid;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (set(argv[i]) < 0)
            return 2;
    int here = tap(1), there = -1;
    pid_t pid = here < 0 ? -1 : other_side(&there);
    if (pid < 0)
        return fprintf(stderr, "impair: no link could be made\n"), 1;
    ways[0] = (struct way){.from = here, .to = there};
    ways[1] = (struct way){.from = there, .to = here};
    printf("ready %d\n", (int)pid);
    fflush(stdout);
    struct pollfd p[3] = {{here, POLLIN, 0}, {there, POLLIN, 0}, {0, POLLIN, 0}};
    for (;;) {
        int64_t t = now(), next = t + 1000000000;
        for (int i = 0; i < 2; i++) {
            give(&ways[i], t);
            if (ways[i].n && ways[i].heap[0]->due < next)
                next = ways[i].heap[0]->due;
        }
        struct timespec wait = {0, next > t ? next - t : 0};
        if (wait.tv_nsec == 1000000000)
            wait = (struct timespec){1, 0};
        ppoll(p, 3, &wait, NULL);
        t = now();
        for (int i = 0; i < 2; i++)
            if (p[i].revents)
                take(&ways[i], t);
        if (p[2].revents) {
            char line[200];
            ssize_t n = read(0, line, sizeof line - 1);
            if (n <= 0)
                break;
            line[n] = 0;
            set(line);
        }
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    printf("%ld frames: %ld lost, %ld doubled, %ld late, %ld spoiled, %ld had no room\n", frames,
           lost, doubled, late, spoiled, full);
    return 0;
}
