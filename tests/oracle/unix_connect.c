/* AF_UNIX connections in one thread: bind, listen, connect, accept, names, backlogs, refusals. */
#include "t.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

static char buf[1000];
/* Abstract names are the whole machine's: each ends with what no other run has. */
static char own[9];

static void bits(const char *what, int fd)
{
    struct pollfd p = {fd, POLLIN | POLLOUT | POLLRDHUP, 0};
    int n = poll(&p, 1, 0);
    say("%s: %d%s%s%s%s%s", what, n, p.revents & POLLIN ? " IN" : "",
        p.revents & POLLOUT ? " OUT" : "", p.revents & POLLERR ? " ERR" : "",
        p.revents & POLLHUP ? " HUP" : "", p.revents & POLLRDHUP ? " RDHUP" : "");
}

static const char *name_of(const struct sockaddr_un *a, socklen_t len)
{
    static char text[200];
    if (len <= 2)
        return len == 2 ? "unnamed" : len ? "odd" : "none";
    int n = snprintf(text, sizeof text, "%d ", (int)len);
    for (unsigned i = 0; i < len - 2; i++)
        text[n++] = a->sun_path[i] ? a->sun_path[i] : '@';
    text[n] = 0;
    if (!a->sun_path[0] && n > 8)
        text[n - 8] = 0;
    return text;
}

static const char *mine(int fd)
{
    struct sockaddr_un a;
    socklen_t len = sizeof a;
    return getsockname(fd, (void *)&a, &len) ? t_errno(errno) : name_of(&a, len);
}

static const char *theirs(int fd)
{
    struct sockaddr_un a;
    socklen_t len = sizeof a;
    return getpeername(fd, (void *)&a, &len) ? t_errno(errno) : name_of(&a, len);
}

static socklen_t address(struct sockaddr_un *a, const char *name)
{
    memset(a, 0, sizeof *a);
    a->sun_family = AF_UNIX;
    if (name[0] == '@') {
        sprintf(a->sun_path + 1, "%s%s", name + 1, own);
        return 2 + strlen(name) + 8;
    }
    strcpy(a->sun_path, name);
    return 2 + strlen(name) + 1;
}

static int do_bind(int fd, const char *name)
{
    struct sockaddr_un a;
    return bind(fd, (void *)&a, address(&a, name));
}

static int do_connect(int fd, const char *name)
{
    struct sockaddr_un a;
    return connect(fd, (void *)&a, address(&a, name));
}

static int stream(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
}

static long opt(int fd, int name)
{
    int v = -7;
    socklen_t len = sizeof v;
    return getsockopt(fd, SOL_SOCKET, name, &v, &len) ? -1 : v;
}

static void binding(void)
{
    struct sockaddr_un a;
    struct stat st;
    int s = stream(), t = stream();
    S(mine(s));
    S(theirs(s));
    R(do_bind(s, "sock"));
    S(mine(s));
    R(do_bind(s, "other"));
    R(access("other", F_OK));
    R(do_bind(t, "sock"));
    R(do_bind(t, "none/sock"));
    R(do_bind(t, "sock/x"));
    R(stat("sock", &st));
    YES(S_ISSOCK(st.st_mode));
    V(st.st_mode & 07777);
    V(st.st_nlink);
    R(open("sock", O_RDWR));
    R(open("sock", O_RDONLY | O_NONBLOCK));
    R(do_bind(t, "./sub/../sock"));
    R(mkdir("dir", 0755));
    R(symlink("dir/in", "link"));
    R(do_bind(t, "link"));
    umask(0177);
    R(do_bind(t, "dir/in"));
    umask(022);
    R(stat("dir/in", &st));
    V(st.st_mode & 07777);
    S(mine(t));
    R(chmod("dir/in", 0600));
    close(t);
    R(access("dir/in", F_OK));
    t = stream();
    R(do_bind(t, "dir/in"));
    R(unlink("dir/in"));
    R(do_bind(t, "dir/in"));
    close(t);

    /* Lengths. */
    t = stream();
    memset(&a, 0, sizeof a);
    a.sun_family = AF_UNIX;
    memset(a.sun_path, 'p', sizeof a.sun_path);
    R(bind(t, (void *)&a, 0));
    R(bind(t, (void *)&a, 1));
    R(bind(t, (void *)&a, sizeof a + 1));
    R(bind(t, (void *)&a, -1));
    R(bind(t, (void *)&a, 1 << 20));
    R(bind(t, t_wild, sizeof a));
    R(bind(t, (void *)&a, sizeof a)); /* 108 characters, no NUL */
    V(strlen(mine(t)));
    R(unlink("ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp"
             "ppppppppppppppppppppppppp"));
    close(t);
    t = stream();
    R(bind(t, (void *)&a, 2 + 5)); /* five of them */
    S(mine(t));
    R(unlink("ppppp"));
    a.sun_family = AF_INET;
    R(bind(s, (void *)&a, 8));
    close(t);
    t = stream();
    R(bind(t, (void *)&a, 8));
    a.sun_family = AF_UNSPEC;
    R(bind(t, (void *)&a, 8));
    a.sun_family = AF_UNIX;
    a.sun_path[0] = 0;
    R(bind(t, (void *)&a, 2)); /* a name of its own choice */
    V(strlen(mine(t)) > 0);
    socklen_t len = sizeof a;
    R(getsockname(t, (void *)&a, &len));
    V(len);
    V(a.sun_path[0]);
    YES(strspn(a.sun_path + 1, "0123456789abcdef") >= 5);
    R(bind(t, (void *)&a, 2));
    R(do_bind(t, "@late"));
    close(t);

    /* Abstract names: each type has its own, all bytes count. */
    t = stream();
    R(do_bind(t, "@name"));
    S(mine(t));
    int u = stream(), d = socket(AF_UNIX, SOCK_DGRAM, 0);
    R(do_bind(u, "@name"));
    R(do_bind(d, "@name"));
    len = address(&a, "@name");
    R(bind(u, (void *)&a, len + 1));
    close(t);
    t = stream();
    R(do_bind(t, "@name"));
    R(do_connect(d, "@name"));
    R(do_connect(d, "sock"));
    close(u), close(t), close(d);
    R(listen(s, 5));
    close(s);
    R(unlink("sock"));
    s = open("f", O_CREAT | O_RDWR, 0600);
    R(do_bind(s, "x"));
    R(do_bind(999, "x"));
    close(s);
}

static void connecting(void)
{
    int l = stream(), c = stream(), d, s;
    struct sockaddr_un a;
    socklen_t len;
    R(listen(l, 3));
    R(do_connect(c, "server"));
    R(do_connect(c, "@server"));
    R(do_bind(l, "server"));
    bits("bound", l);
    R(do_connect(c, "server"));
    R(accept(l, 0, 0));
    V(opt(l, SO_ACCEPTCONN));
    R(listen(l, 3));
    V(opt(l, SO_ACCEPTCONN));
    bits("listening", l);
    R(accept(l, 0, 0));
    R(read(l, buf, 1));
    R(write(l, buf, 1));
    R(ioctl(l, FIONREAD, &s));
    bits("not connected", c);
    R(read(c, buf, 1));
    R(send(c, "x", 1, MSG_NOSIGNAL));
    R(do_connect(c, "server"));
    bits("connected", c);
    bits("waiting", l);
    S(mine(c));
    S(theirs(c));
    R(write(c, "early", 5));
    R(do_connect(c, "server"));
    R(listen(c, 1));
    R(do_bind(c, "client"));
    len = sizeof a;
    R((s = accept4(l, (void *)&a, &len, SOCK_CLOEXEC)) > 0);
    S(name_of(&a, len)); /* bound after connecting, yet seen */
    S(mine(s));
    S(theirs(s));
    R(fcntl(s, F_GETFD));
    R(fcntl(s, F_GETFL) == O_RDWR);
    R(read(s, buf, 99));
    R(write(s, "back", 4));
    len = sizeof a;
    R(recvfrom(c, buf, 99, 0, (void *)&a, &len));
    S(name_of(&a, len));
    R(do_connect(s, "server"));
    close(s);
    bits("other end gone", c);
    R(do_connect(c, "server"));
    close(c);
    R(unlink("client"));
    R(accept4(l, 0, 0, 0x10));
    R(accept(l, (void *)&a, t_wild));
    c = stream();
    R(do_connect(c, "server"));
    len = -1;
    R(accept(l, (void *)&a, &len));
    close(c);

    /* The backlog takes one more than it says. */
    int many[10], n = 0;
    while (n < 10 && (many[n] = stream()) >= 0 && do_connect(many[n], "server") == 0)
        n++;
    say("%d connected, then %s", n, t_errno(errno));
    R(write(many[0], "first", 5));
    close(many[1]);
    R((s = accept(l, 0, 0)) > 0);
    R(read(s, buf, 99));
    close(s);
    R(do_connect(many[n], "server"));
    R(listen(l, 20));
    R((d = stream()) > 0);
    R(do_connect(d, "server"));
    R((s = accept(l, 0, 0)) > 0); /* whose other end has gone */
    R(read(s, buf, 9));
    R(send(s, "x", 1, MSG_NOSIGNAL));
    close(s);

    /* The listener goes while connections wait. */
    R(shutdown(l, SHUT_RD));
    c = stream();
    R(do_connect(c, "server"));
    bits("listener shut", l);
    R((s = accept(l, 0, 0)) > 0);
    close(s);
    close(l);
    bits("never accepted", many[3]);
    R(read(many[3], buf, 1));
    R(read(many[3], buf, 1));
    R(do_connect(c, "server"));
    R(unlink("server"));
    R(do_connect(c, "server"));
    for (int i = 0; i <= n; i++)
        close(many[i]);
    close(d), close(c);

    /* Types, permissions, odd addresses. */
    l = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    R(do_bind(l, "seq"));
    R(listen(l, 0));
    c = stream();
    R(do_connect(c, "seq"));
    R(do_connect(c, "."));
    R(symlink("seq", "to_seq"));
    R(symlink("loop", "loop"));
    R(do_connect(c, "loop"));
    close(c);
    c = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
    bits("new", c);
    R(send(c, "x", 1, 0));
    R(recv(c, buf, 1, 0));
    R(do_connect(c, "to_seq"));
    R((s = accept(l, 0, 0)) > 0);
    R(write(c, "packet", 6));
    R(write(c, "two", 3));
    R(read(s, buf, 99));
    R(read(s, buf, 99));
    close(l);
    R(write(s, "still", 5));
    R(read(c, buf, 99));
    a.sun_family = AF_UNSPEC;
    R(connect(c, (void *)&a, sizeof a));
    a.sun_family = AF_UNIX;
    R(connect(c, (void *)&a, 2));
    R(connect(c, (void *)&a, 0));
    R(connect(c, (void *)&a, 200));
    R(connect(c, t_wild, 20));
    close(c), close(s);

    /* backlog 0 and nonsense */
    l = stream();
    R(do_bind(l, "@zero"));
    R(listen(l, 0));
    c = stream(), d = stream();
    R(do_connect(c, "@zero"));
    R(do_connect(d, "@zero"));
    R(listen(l, -1));
    R(do_connect(d, "@zero"));
    R(do_connect(l, "@zero"));
    bits("c", c);
    close(l), close(c), close(d);

    /* A timeout of a connection that waits for room. */
    l = stream();
    R(do_bind(l, "slow"));
    R(listen(l, 0));
    c = stream(), d = socket(AF_UNIX, SOCK_STREAM, 0);
    R(do_connect(c, "slow"));
    struct timeval tv = {0, 20000};
    R(setsockopt(d, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv));
    double t = t_now();
    R(do_connect(d, "slow"));
    YES(t_now() - t >= 0.019);
    fcntl(l, F_SETFL, 0);
    R(setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
    R((s = accept(l, 0, 0)) > 0);
    t = t_now();
    R(accept(l, 0, 0));
    YES(t_now() - t >= 0.019);
    close(l), close(s), close(c), close(d);
}

static void creds(void)
{
    int s[2], l = stream(), c = stream();
    struct ucred u;
    socklen_t len = sizeof u;
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    R(getsockopt(s[0], SOL_SOCKET, SO_PEERCRED, &u, &len));
    YES(u.pid == getpid() && u.uid == geteuid() && u.gid == getegid());
    V(len);
    R(getsockopt(c, SOL_SOCKET, SO_PEERCRED, &u, &len));
    say("%d %d %d", u.pid, (int)u.uid, (int)u.gid);
    do_bind(l, "@cred");
    listen(l, 1);
    do_connect(c, "@cred");
    R(getsockopt(c, SOL_SOCKET, SO_PEERCRED, &u, &len));
    YES(u.pid == getpid() && u.uid == geteuid() && u.gid == getegid());
    R(setsockopt(c, SOL_SOCKET, SO_PEERCRED, &u, len));
    close(s[0]), close(s[1]), close(l), close(c);
}

static void table(void)
{
    char text[8192], *at;
    int l = stream(), f, n = 0;
    snprintf(own, sizeof own, "%08x", (unsigned)(getpid() ^ (unsigned)(t_now() * 1e6)));
    R(do_bind(l, "in_table"));
    R(listen(l, 1));
    f = open("/proc/net/unix", O_RDONLY);
    if (f < 0 || (n = read(f, text, sizeof text - 1)) < 0)
        say("/proc/net/unix: %s", t_errno(errno));
    text[n] = 0;
    at = strstr(text, "\n");
    say("%.*s", at ? (int)(at - text) : 0, text);
    at = strstr(text, "in_table");
    say("in it: %s", at ? "yes" : "no");
    if (at) {
        while (at > text && at[-1] != '\n')
            at--;
        say("%.25s", strchr(at, ':') + 11);
    }
    close(f), close(l);
}

int main(void)
{
    t_scratch();
    snprintf(own, sizeof own, "%08x", (unsigned)(getpid() ^ (unsigned)(t_now() * 1e6)));
    binding();
    connecting();
    creds();
    table();
    return 0;
}
