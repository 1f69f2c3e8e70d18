/* Every socket call with absurd arguments, and with two wrong at once: whose error comes first.
 */
#include "tcp.h"
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>

static const int families[] = {AF_INET, AF_INET6, AF_UNIX};

static void making(void)
{
    static const int fam[] = {-1, 0, AF_UNIX, AF_INET, AF_INET6, 46, 47, 1000, 0x7fffffff};
    static const int types[] = {-1, 0,  SOCK_STREAM, SOCK_DGRAM, SOCK_RDM, SOCK_SEQPACKET,     9,
                                10, 11, 15,          16,         0x100,    SOCK_STREAM | 0x100};
    static const int protos[] = {-1, 0, IPPROTO_TCP, IPPROTO_UDP, 1, 255, 256, 300, 0x7fffffff};
    for (unsigned f = 0; f < sizeof fam / sizeof *fam; f++)
        for (unsigned t = 0; t < sizeof types / sizeof *types; t++)
            for (unsigned p = 0; p < sizeof protos / sizeof *protos; p++) {
                if (fam[f] == AF_UNIX && protos[p] && protos[p] != -1)
                    continue;
                if (fam[f] == AF_INET && (types[t] == 10 || protos[p] == 1))
                    continue; /* AF_PACKET by its old name; ping sockets, which the host may forbid
                               */
                int fd = socket(fam[f], types[t], protos[p]);
                say("socket(%d, %#x, %d): %s", fam[f], types[t], protos[p],
                    fd < 0 ? t_errno(errno) : "ok");
                if (fd >= 0)
                    close(fd);
            }
    int pair[2] = {-5, -5};
    R(socketpair(AF_INET, SOCK_STREAM, 0, pair));
    R(socketpair(AF_INET6, SOCK_DGRAM, 0, pair));
    R(socketpair(AF_INET, SOCK_SEQPACKET, 0, pair));
    R(socketpair(-1, SOCK_STREAM, 0, pair));
    R(socketpair(AF_UNIX, 77, 0, pair));
    R(socketpair(AF_UNIX, SOCK_STREAM | 0x1000, 0, pair));
    R(socketpair(AF_UNIX, SOCK_STREAM, 0, t_wild));
    R(socketpair(AF_INET, SOCK_STREAM, 0, t_wild));
    R(socketpair(AF_UNIX, 0, 0, t_wild));
}

/* The same on no descriptor, one that is no socket, and fresh sockets. */
static void all_calls(int fd)
{
    static char buf[64] = "x"; /* the length -1 counts from low addresses */
    struct sockaddr_in a = v4("127.0.0.1", 0);
    struct iovec iov = {buf, 1}, bad = {t_wild, 5}, huge = {buf, (size_t)-1};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    socklen_t len = sizeof a, neg = (socklen_t)-1;
    int v = 1;

    R(bind(fd, t_wild, 16));
    R(bind(fd, SA(&a), 0));
    R(bind(fd, SA(&a), 1));
    R(bind(fd, SA(&a), (socklen_t)-1));
    R(bind(fd, SA(&a), 1000));
    R(connect(fd, t_wild, 16));
    R(connect(fd, SA(&a), 0));
    R(connect(fd, SA(&a), 1));
    R(connect(fd, SA(&a), (socklen_t)-1));
    R(connect(fd, SA(&a), 129));
    R(accept(fd, NULL, NULL));
    R(accept(fd, t_wild, t_wild));
    R(accept4(fd, NULL, NULL, 1));
    R(accept4(fd, NULL, NULL, SOCK_CLOEXEC | 2));
    R(shutdown(fd, -1));
    R(shutdown(fd, 3));
    R(shutdown(fd, 1 << 30));
    R(getsockname(fd, SA(&a), t_wild));
    R(getsockname(fd, SA(&a), &neg));
    R(getsockname(fd, t_wild, &len));
    R(getpeername(fd, SA(&a), t_wild));
    R(getpeername(fd, SA(&a), &neg));
    R(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &v, (socklen_t)-1));
    R(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &v, 3));
    R(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, t_wild, 4));
    R(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, NULL, 4));
    R(setsockopt(fd, SOL_SOCKET, 12345, &v, 4));
    R(setsockopt(fd, SOL_SOCKET, 12345, t_wild, 4));
    R(setsockopt(fd, SOL_SOCKET, 12345, &v, 0));
    R(setsockopt(fd, 12345, 1, &v, 4));
    R(setsockopt(fd, -1, -1, &v, 4));
    len = 4;
    R(getsockopt(fd, SOL_SOCKET, SO_TYPE, &v, t_wild));
    R(getsockopt(fd, SOL_SOCKET, SO_TYPE, &v, &neg));
    R(getsockopt(fd, SOL_SOCKET, SO_TYPE, t_wild, &len));
    R(getsockopt(fd, SOL_SOCKET, 12345, &v, &len));
    R(getsockopt(fd, 12345, 1, &v, &len));
    R(send(fd, buf, 1, MSG_NOSIGNAL | MSG_DONTWAIT));
    R(send(fd, t_wild, 1, MSG_NOSIGNAL | MSG_DONTWAIT));
    R(send(fd, buf, (size_t)-1, MSG_NOSIGNAL | MSG_DONTWAIT));
    R(sendto(fd, buf, 1, MSG_NOSIGNAL | MSG_DONTWAIT, t_wild, 16));
    R(sendto(fd, buf, 1, MSG_NOSIGNAL | MSG_DONTWAIT, SA(&a), (socklen_t)-1));
    R(sendto(fd, buf, 1, MSG_NOSIGNAL | MSG_DONTWAIT, SA(&a), 200));
    R(recv(fd, buf, 1, MSG_DONTWAIT));
    R(recv(fd, t_wild, 1, MSG_DONTWAIT));
    R(recv(fd, buf, (size_t)-1, MSG_DONTWAIT));
    R(recvfrom(fd, buf, 1, MSG_DONTWAIT, t_wild, t_wild));
    R(syscall(SYS_sendmsg, fd, t_wild, MSG_NOSIGNAL | MSG_DONTWAIT));
    R(syscall(SYS_sendmsg, fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT));
    m.msg_iov = &bad;
    R(syscall(SYS_sendmsg, fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT));
    m.msg_iov = &huge;
    R(syscall(SYS_sendmsg, fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT));
    m.msg_iov = t_wild;
    R(syscall(SYS_sendmsg, fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT));
    m.msg_iovlen = 1025;
    R(syscall(SYS_sendmsg, fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT));
    R(syscall(SYS_recvmsg, fd, &m, MSG_DONTWAIT));
    m.msg_iov = &iov;
    m.msg_iovlen = 1;
    m.msg_name = &a;
    m.msg_namelen = (socklen_t)-1;
    R(syscall(SYS_sendmsg, fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT));
    R(syscall(SYS_recvmsg, fd, &m, MSG_DONTWAIT));
    m.msg_name = t_wild;
    m.msg_namelen = 16;
    R(syscall(SYS_sendmsg, fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT));
    R(syscall(SYS_recvmsg, fd, t_wild, MSG_DONTWAIT));
    R(syscall(SYS_sendmmsg, fd, t_wild, 1, MSG_NOSIGNAL | MSG_DONTWAIT));
    R(syscall(SYS_sendmmsg, fd, t_wild, 0, MSG_NOSIGNAL | MSG_DONTWAIT));
    R(syscall(SYS_recvmmsg, fd, t_wild, 1, MSG_DONTWAIT, NULL));
    R(syscall(SYS_recvmmsg, fd, t_wild, 0, MSG_DONTWAIT, NULL));
    R(syscall(SYS_recvmmsg, fd, t_wild, 1, MSG_DONTWAIT, t_wild));
    R(lseek(fd, 0, SEEK_SET));
    R(pread(fd, buf, 1, 0));
    R(pwrite(fd, buf, 1, 0));
    R(ftruncate(fd, 0));
    R(fsync(fd));
    R(ioctl(fd, 0x1234, &v));
    R(ioctl(fd, FIONREAD, t_wild));
}

int main(void)
{
    making();
    int p[2];
    say("no descriptor");
    all_calls(-1);
    say("a pipe");
    if (pipe2(p, O_NONBLOCK) < 0)
        return 1;
    all_calls(p[0]);
    for (unsigned i = 0; i < sizeof families / sizeof *families; i++) {
        say("a fresh stream socket of family %d", families[i]);
        int fd = socket(families[i], SOCK_STREAM | SOCK_NONBLOCK, 0);
        all_calls(fd);
        close(fd);
    }
    struct stat st;
    int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    R(fstat(s, &st));
    say("mode %o nlink %d size %d uid %d blksize %d time %d", st.st_mode, (int)st.st_nlink,
        (int)st.st_size, (int)st.st_uid, (int)st.st_blksize, st.st_mtime != 0);
    R(fcntl(s, F_GETFD));
    say("flags %#x", fcntl(s, F_GETFL));
    char link[64], path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", s);
    memset(link, 0, sizeof link);
    YES(readlink(path, link, sizeof link - 1) > 9);
    say("%.8s", link);
    R(open(path, O_RDONLY));
    R(dup(s) > s);
    R(read(s, link, 0));
    R(read(s, link, 1));
    R(write(s, link, 0));
    return 0;
}
