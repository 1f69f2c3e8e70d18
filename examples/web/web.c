/* A web server as small as one can be: every GET is answered with who answers and how often this
 * process was asked. PORT (80) is where it listens; GREETING (Hello) is how it begins.
 * `web --check` is for HEALTHCHECK of a traditional container: status 0 if the server answers. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static void stop(int number)
{
    (void)number;
    _exit(0);
}

static struct sockaddr_in place(uint32_t address)
{
    const char *port = getenv("PORT");
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)(port ? atoi(port) : 80)),
                                .sin_addr.s_addr = htonl(address)};
}

static int check(void)
{
    struct sockaddr_in server = place(INADDR_LOOPBACK);
    static const char request[] = "GET / HTTP/1.0\r\n\r\n";
    char answer[16] = "";
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (s < 0 || connect(s, (void *)&server, sizeof server) < 0 ||
        write(s, request, sizeof request - 1) < 0 || read(s, answer, sizeof answer - 1) < 12)
        return 1;
    return strncmp(answer + 9, "200", 3) != 0;
}

static void answer(int client, const char *greeting, const char *host, unsigned long count)
{
    char request[2048], body[512], head[256];
    struct timeval patience = {.tv_sec = 5};
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (read(client, request, sizeof request) <= 0)
        return;
    int length = snprintf(body, sizeof body, "%s from %s, answer %lu\n", greeting, host, count);
    int size = snprintf(head, sizeof head,
                        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n"
                        "Connection: close\r\n\r\n",
                        length);
    if (write(client, head, (size_t)size) == size && write(client, body, (size_t)length) == length)
        shutdown(client, SHUT_WR);
}

int main(int argc, char **argv)
{
    struct sockaddr_in any = place(INADDR_ANY);
    const char *greeting = getenv("GREETING");
    char host[128] = "nowhere";
    int one = 1;
    if (argc > 1 && strcmp(argv[1], "--check") == 0)
        return check();
    signal(SIGTERM, stop);
    signal(SIGPIPE, SIG_IGN);
    gethostname(host, sizeof host - 1);
    int s = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (s < 0 || bind(s, (void *)&any, sizeof any) < 0 || listen(s, 64) < 0) {
        perror("web");
        return 1;
    }
    puts("web: listening");
    fflush(stdout);
    for (unsigned long count = 1;; count++) {
        int client = accept(s, 0, 0);
        if (client < 0)
            continue;
        answer(client, greeting ? greeting : "Hello", host, count);
        close(client);
    }
}
