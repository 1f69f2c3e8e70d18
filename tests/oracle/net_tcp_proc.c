/* /proc/net/tcp and tcp6: this program's listeners and connections as the tables have them.
 */
#include "tcp.h"

static char row[8][300];
static int n;

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The lines about a local port, without what differs from run to run. */
static void lines(const char *path, int port)
{
    char line[300];
    FILE *f = fopen(path, "r");
    if (!f) {
        say("%s: %s", path, t_errno(errno));
        return;
    }
    if (fgets(line, sizeof line, f))
        say("%s %d |%.*s|", path, (int)strlen(line), (int)strcspn(line, "\n"), line);
    n = 0;
    while (fgets(line, sizeof line, f)) {
        char local[64], remote[64], tx[32];
        unsigned state, uid;
        unsigned long inode;
        int lp, rp;
        if (sscanf(line, " %*d: %63[0-9A-F]:%x %63[0-9A-F]:%x %x %31s %*s %*s %u %*u %lu", local,
                   (unsigned *)&lp, remote, (unsigned *)&rp, &state, tx, &uid, &inode) != 8) {
            say("odd line %s", line);
            continue;
        }
        if (lp != port && rp != port)
            continue;
        snprintf(row[n++], sizeof row[0], "%s:%s %s:%s state %u tx,rx %s uid %u inode %d length %d",
                 local, lp == port ? "L" : "x", remote,
                 rp == port ? "L"
                 : rp       ? "x"
                            : "0",
                 state, tx, uid, inode != 0, strlen(local) == 8 ? (int)strlen(line) : 0);
    }
    fclose(f);
    qsort(row, n, sizeof row[0], by_text); /* the order is the table's */
    for (int i = 0; i < n; i++)
        say("%s", row[i]);
}

int main(void)
{
    int l = tcp_listener(4), c, s;
    char b[8];
    lines("/proc/net/tcp", port_of(l));
    c = tcp_client(l);
    R(send(c, "abc", 3, 0));
    R(polled(l, POLLIN, 1000) & POLLIN);
    s = accept(l, NULL, NULL);
    R(polled(s, POLLIN, 1000) & POLLIN);
    struct stat st;
    char want[32], line[300];
    fstat(s, &st);
    snprintf(want, sizeof want, " %lu ", (unsigned long)st.st_ino);
    FILE *f = fopen("/proc/self/net/tcp", "r");
    int found = 0;
    while (f && fgets(line, sizeof line, f))
        found += strstr(line, want) != NULL;
    V(found);
    usleep(60000);
    int port = port_of(l);
    close(l);
    lines("/proc/net/tcp", port);
    R(recv(s, b, 8, 0));
    R(shutdown(c, SHUT_WR));
    R(polled(s, POLLRDHUP, 1000) & POLLRDHUP ? 1 : 0);
    usleep(60000);
    lines("/proc/net/tcp", port);
    close(s);
    R(recv(c, b, 8, 0));
    close(c);
    struct sockaddr_in6 a = v6("::1", 0);
    l = socket(AF_INET6, SOCK_STREAM, 0);
    R(bind(l, SA(&a), sizeof a));
    R(listen(l, 3));
    lines("/proc/net/tcp6", port_of(l));
    return 0;
}
