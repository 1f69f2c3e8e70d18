/* Kills a program at random moments and asks each time whether all is there that it had called
 * safe.
 *
 *   drive ROUNDS SEED CHECKER ARGS... -- PROGRAM ARGS...
 * A round runs PROGRAM, reads numbers from its stdout, and ends it with SIGKILL up to 100 ms after
 * the first of them, or after its start.
 * Then CHECKER runs with the last whole number as its last argument; it must end with 0.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static unsigned long long seed;

static unsigned pick(unsigned n)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)(seed >> 33) % n;
}

static pid_t start(char **argv, int out)
{
    pid_t pid = fork();
    if (pid)
        return pid;
    if (out >= 0) {
        dup2(out, 1);
        close(out);
    }
    execvp(argv[0], argv);
    perror(argv[0]);
    _exit(127);
}

/* Runs the program and kills it: the last number it told, or -1 if it ended by itself. */
static long round_of(char **argv)
{
    static char text[1 << 20];
    int p[2], status;
    long last = 0;
    size_t len = 0;
    if (pipe(p))
        return -1;
    fcntl(p[1], F_SETPIPE_SZ, sizeof text);
    pid_t pid = start(argv, p[1]);
    close(p[1]);
    /* Three of four after it has told something, however busy this machine is. */
    struct pollfd told = {p[0], POLLIN, 0};
    if (pick(4))
        poll(&told, 1, 20000);
    struct timespec t = {0, 1000000l * (long)pick(100)};
    nanosleep(&t, 0);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    for (ssize_t n; (n = read(p[0], text + len, sizeof text - 1 - len)) > 0;)
        len += (size_t)n;
    close(p[0]);
    while (len && text[len - 1] != '\n') /* not told to the end */
        len--;
    text[len] = 0;
    for (char *line = text; *line; line = strchr(line, '\n') + 1)
        last = atol(line);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? last : -1;
}

int main(int argc, char **argv)
{
    if (argc < 6)
        return 2;
    int rounds = atoi(argv[1]), i = 3, told = 0;
    seed = strtoull(argv[2], 0, 0);
    while (i < argc && strcmp(argv[i], "--"))
        i++;
    char **checker = argv + 3, **program = argv + i + 1;
    if (i + 1 >= argc)
        return 2;
    char number[24];
    argv[i] = number; /* the checker's last argument ... */
    char *after = argv[i + 1];
    long best = 0;
    for (int k = 0; k < rounds; k++) {
        long n = round_of(program);
        if (n < 0) {
            printf("round %d: the program ended by itself\n", k);
            return 1;
        }
        told += n > 0;
        best = n > best ? n : best;
        snprintf(number, sizeof number, "%ld", best);
        argv[i + 1] = 0;
        int status;
        waitpid(start(checker, -1), &status, 0);
        argv[i + 1] = after;
        if (status) {
            printf("round %d: something safe is lost (%s)\n", k, number);
            return 1;
        }
    }
    printf("%d rounds, %d with something safe, %ld in all\n", rounds, told, best);
    return told == 0; /* then nothing was tried */
}
