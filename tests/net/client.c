/* The other end of the network tests, a plain Linux program.
 *
 *   client udp ADDR PORT SIZE COUNT FLIGHT   COUNT datagrams of SIZE bytes are echoed unchanged,
 *                                            FLIGHT of them at a time; prints "echoed COUNT"
 *   client quit ADDR PORT N                  one datagram whose first byte is N
 *   client tcp ADDR PORT                     connects: prints connected, refused or silent
 *   client dns ADDR PORT NAME IPV4           a name server until killed; prints "serves"
 *   client hold ADDR PORT                    listens (TCP) until killed; prints "holds"
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct addrinfo *resolve(const char *host, const char *port, int type)
{
    struct addrinfo hints = {.ai_socktype = type, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *got = NULL;
    if (getaddrinfo(host, port, &hints, &got) || !got) {
        printf("no address %s\n", host);
        exit(2);
    }
    return got;
}

static int udp(char **v)
{
    static unsigned char sent[65536], got[65536];
    struct addrinfo *to = resolve(v[2], v[3], SOCK_DGRAM);
    int s = socket(to->ai_family, SOCK_DGRAM, 0), size = atoi(v[4]);
    long count = atol(v[5]), flight = atol(v[6]), out = 0, in = 0, quiet = 0;
    if (s < 0 || connect(s, to->ai_addr, to->ai_addrlen))
        return 2;
    while (in < count) {
        for (; out < count && out - in < flight; out++) {
            for (int i = 0; i < size; i++)
                sent[i] = (unsigned char)(i * 7);
            memcpy(sent, &out, sizeof out);
            if (send(s, sent, (size_t)size, 0) < 0 && errno != ECONNREFUSED) {
                printf("send: %s\n", strerror(errno));
                return 1;
            }
        }
        struct pollfd p = {.fd = s, .events = POLLIN};
        if (poll(&p, 1, 500) == 0) {
            /* The first ones may be lost while addresses are being resolved. */
            if (++quiet > 10) {
                printf("silent after %ld\n", in);
                return 1;
            }
            out = in;
            continue;
        }
        ssize_t n = recv(s, got, sizeof got, MSG_DONTWAIT);
        if (n < 0)
            continue;
        if (n != size || memcmp(got + sizeof out, sent + sizeof out, (size_t)size - sizeof out)) {
            printf("a datagram of %d came back as %zd, changed\n", size, n);
            return 1;
        }
        in++;
    }
    printf("echoed %ld\n", in);
    return 0;
}

static int quit(char **v)
{
    struct addrinfo *to = resolve(v[2], v[3], SOCK_DGRAM);
    int s = socket(to->ai_family, SOCK_DGRAM, 0);
    unsigned char n = (unsigned char)atoi(v[4]);
    return s < 0 || sendto(s, &n, 1, 0, to->ai_addr, to->ai_addrlen) != 1;
}

static int tcp(char **v)
{
    struct addrinfo *to = resolve(v[2], v[3], SOCK_STREAM);
    int s = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK, 0), error = 0;
    socklen_t n = sizeof error;
    struct pollfd p = {.fd = s, .events = POLLOUT};
    if (connect(s, to->ai_addr, to->ai_addrlen) && errno != EINPROGRESS)
        error = errno;
    else if (poll(&p, 1, 700) == 0) {
        puts("silent");
        return 0;
    } else
        getsockopt(s, SOL_SOCKET, SO_ERROR, &error, &n);
    puts(error == 0 ? "connected" : error == ECONNREFUSED ? "refused" : strerror(error));
    return 0;
}

static int hold(char **v)
{
    struct addrinfo *at = resolve(v[2], v[3], SOCK_STREAM);
    int s = socket(at->ai_family, SOCK_STREAM, 0);
    if (s < 0 || bind(s, at->ai_addr, at->ai_addrlen) || listen(s, 1))
        return 1;
    puts("holds");
    fflush(stdout);
    pause();
    return 0;
}

/* Answers questions for the A record of one name; anything else has no answer (RFC 1035, 4.1). */
static int dns(char **v)
{
    struct addrinfo *at = resolve(v[2], v[3], SOCK_DGRAM);
    struct sockaddr_storage from;
    unsigned char m[512], name[256] = {0};
    int s = socket(at->ai_family, SOCK_DGRAM, 0), length = 0;
    if (s < 0 || bind(s, at->ai_addr, at->ai_addrlen))
        return 1;
    for (char *label = strtok(v[4], "."); label; label = strtok(NULL, ".")) {
        name[length++] = (unsigned char)strlen(label);
        memcpy(name + length, label, strlen(label));
        length += (int)strlen(label);
    }
    length++;
    puts("serves");
    fflush(stdout);
    for (;;) {
        socklen_t size = sizeof from;
        ssize_t n = recvfrom(s, m, 400, 0, (struct sockaddr *)&from, &size);
        if (n < 12 + length + 4)
            continue;
        int ours = memcmp(m + 12, name, (size_t)length) == 0, type = m[12 + length + 1];
        int answer = ours && type == 1;
        n = 12 + length + 4;
        m[2] = 0x85; /* an answer, authoritative */
        m[3] = ours ? 0x80 : 0x83;
        memset(m + 6, 0, 6);
        m[7] = (unsigned char)answer;
        if (answer) {
            const unsigned char record[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4};
            memcpy(m + n, record, sizeof record);
            n += sizeof record;
            inet_pton(AF_INET, v[5], m + n);
            n += 4;
        }
        sendto(s, m, (size_t)n, 0, (struct sockaddr *)&from, size);
    }
}

int main(int c, char **v)
{
    if (c == 7 && strcmp(v[1], "udp") == 0)
        return udp(v);
    if (c == 5 && strcmp(v[1], "quit") == 0)
        return quit(v);
    if (c == 4 && strcmp(v[1], "tcp") == 0)
        return tcp(v);
    if (c == 6 && strcmp(v[1], "dns") == 0)
        return dns(v);
    if (c == 4 && strcmp(v[1], "hold") == 0)
        return hold(v);
    fputs("usage: see the source\n", stderr);
    return 2;
}
