/* Time whole processes against each other: spawn ROUNDS -- CMD [ARG...] [-- CMD [ARG...]]...
 *
 * Every round starts each command once, in turn, so that what disturbs the machine disturbs all
 * of them alike. A command's time runs from before fork() to after waitpid(), with stdin and
 * stdout on /dev/null. One line a command, in its order, in microseconds:
 *   MEDIAN P10 P90
 * A command that does not exit with status 0 ends everything with status 1 and a sentence.
 * A warm-up round that does not count comes first.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS_MAX 32 /* more than any row of our table has */

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Runs it and returns its time, or -1 after saying what went wrong. */
static double run_once(char **command, int null_in, int null_out)
{
    int status = 0;
    double start = now_us();
    pid_t pid = fork();
    if (pid == 0) {
        if (dup2(null_in, 0) < 0 || dup2(null_out, 1) < 0)
            _exit(126);
        execv(command[0], command);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid) {
        fprintf(stderr, "spawn: cannot start %s: %s\n", command[0], strerror(errno));
        return -1;
    }
    double end = now_us();
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return end - start;
    fprintf(stderr, "spawn: %s ended with status %#x\n", command[0], (unsigned)status);
    return -1;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Cuts argv into commands at each "--"; returns how many, 0 if that cannot be. */
static int find_commands(int argc, char **argv, char ***commands)
{
    int count = 0;
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--") != 0)
            continue;
        argv[i] = NULL;
        if (count == COMMANDS_MAX || i + 1 >= argc)
            return 0;
        commands[count++] = &argv[i + 1];
    }
    return count;
}

int main(int argc, char **argv)
{
    char **commands[COMMANDS_MAX];
    int rounds = argc > 3 ? atoi(argv[1]) : 0; /* NOLINT(cert-err34-c): 0 is refused below */
    int count = rounds > 0 ? find_commands(argc, argv, commands) : 0;
    if (count == 0) {
        fprintf(stderr, "usage: spawn ROUNDS -- CMD [ARG...] [-- CMD [ARG...]]...\n");
        return 2;
    }
    double *times = calloc((size_t)count * (size_t)rounds, sizeof(*times));
    int null_in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int null_out = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (!times || null_in < 0 || null_out < 0) {
        perror("spawn");
        free(times);
        return 1;
    }
    for (int round = -1; round < rounds; round++) {
        for (int i = 0; i < count; i++) {
            double t = run_once(commands[i], null_in, null_out);
            if (t < 0) {
                free(times);
                return 1;
            }
            if (round >= 0)
                times[i * rounds + round] = t;
        }
    }
    for (int i = 0; i < count; i++) {
        double *mine = times + (ptrdiff_t)i * rounds;
        qsort(mine, (size_t)rounds, sizeof(*mine), by_value);
        printf("%.1f %.1f %.1f\n", mine[rounds / 2], mine[rounds / 10], mine[rounds * 9 / 10]);
    }
    free(times);
    return 0;
}
