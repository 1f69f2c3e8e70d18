/* Questions of the guest to the name server on a loopback address of its container: see inside.h.
 *
 * One connected socket carries all of them, so each gets a number of ours in place of its own (RFC
 * 1035, 4.1.1: the first two bytes), by which the answer finds back. The oldest makes room; a
 * resolver asks again.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "inside.h"
#include "run.h"

#define QUESTIONS 64u /* under way */
#define PORT INSIDE_NAMES_PORT
#define UDP_HEADER 8u
#define HEADER 12u /* of a message */

static int server = -1;
static struct {
    bool used;
    uint8_t from[4];
    uint16_t port, number, ours;
} question[QUESTIONS];
static unsigned next;
static uint16_t epoch; /* so that a number is not used again at once */

/* The container's first name server, if that is on a loopback address. */
static bool server_of(const char *path, struct in_addr *at)
{
    char text[4096], *rest = NULL, *words;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    if (n < 0)
        return false;
    text[n] = 0;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *word = strtok_r(line, " \t", &words), *value = strtok_r(NULL, " \t#;", &words);
        if (word && value && strcmp(word, "nameserver") == 0 &&
            inet_pton(AF_INET, value, at) == 1 && ntohl(at->s_addr) >> 24 == 127 &&
            ntohl(at->s_addr) != INADDR_LOOPBACK)
            return true;
    }
    return false;
}

int inside_dns_open(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    if (!server_of("/etc/resolv.conf", &at.sin_addr))
        return -1;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || connect(fd, (const void *)&at, sizeof at)) {
        mon_say("pith: the container's name server cannot be reached: %s\n", strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    memcpy(inside_address, &at.sin_addr, 4);
    inside_names_open(&at);
    return server = fd;
}

static void ask(const uint8_t *packet, size_t n, size_t at)
{
    uint8_t message[INSIDE_PACKET];
    if (server < 0 || n < at + UDP_HEADER + HEADER)
        return;
    size_t len = inside_get16(packet + at + 4);
    if (len < UDP_HEADER + HEADER || len > n - at)
        return;
    unsigned slot = next++ % QUESTIONS;
    if (slot == 0)
        epoch = (uint16_t)(epoch + QUESTIONS);
    question[slot].used = true;
    memcpy(question[slot].from, packet + 12, 4);
    question[slot].port = inside_get16(packet + at);
    question[slot].number = inside_get16(packet + at + UDP_HEADER);
    memcpy(message, packet + at + UDP_HEADER, len - UDP_HEADER);
    question[slot].ours = (uint16_t)(epoch + slot);
    inside_put16(message, question[slot].ours);
    inside_send(server, message, len - UDP_HEADER);
}

void inside_udp(uint8_t *packet, size_t n, size_t at)
{
    if (n >= at + UDP_HEADER && inside_get16(packet + at + 2) == PORT)
        ask(packet, n, at);
    else
        inside_local_out(packet, n, at);
}

void inside_dns_answers(void)
{
    uint8_t packet[INSIDE_PACKET];
    const size_t head = INSIDE_IP + UDP_HEADER;
    for (unsigned i = 0; i < QUESTIONS; i++) {
        long n = inside_receive(server, packet + head, 65507 - UDP_HEADER);
        if (n < (long)HEADER)
            return;
        uint16_t number = inside_get16(packet + head);
        unsigned slot = number % QUESTIONS;
        /* Else an answer to a question that was given up. */
        if (!question[slot].used || question[slot].ours != number)
            continue;
        question[slot].used = false;
        inside_put16(packet + head, question[slot].number);
        inside_put16(packet + INSIDE_IP, PORT);
        inside_put16(packet + INSIDE_IP + 2, question[slot].port);
        inside_put16(packet + INSIDE_IP + 4, (uint32_t)n + UDP_HEADER);
        inside_put16(packet + INSIDE_IP + 6, 0); /* no checksum: it was on no wire */
        inside_put(packet, head + (size_t)n, IPPROTO_UDP, inside_address, question[slot].from);
    }
}
