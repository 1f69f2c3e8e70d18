/* What stands in the monitor's place in tests/run-oci: it tells how the runtime started it.
 *
 * As `container` it prints its arguments, identity, capabilities, environment and mounts, then,
 * with FAKE=wait in the environment, waits for SIGTERM (status 9), else it ends with status 7. As
 * any other verb it prints the verb, its identity and its capabilities. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;
static volatile sig_atomic_t got;

static void on_signal(int number)
{
    got = number;
}

static void lines(const char *path, const char *const *with)
{
    char line[1024];
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        for (const char *const *w = with; *w; w++)
            if (strstr(line, *w)) {
                fputs(line, stdout);
                break;
            }
    if (file)
        fclose(file);
}

static void opens(const char *path, int flags)
{
    int fd = open(path, flags, 0600);
    printf("open %s %d: %s\n", path, flags & O_ACCMODE, fd < 0 ? "no" : "yes");
    if (fd >= 0)
        close(fd);
}

int main(int argc, char **argv)
{
    static const char *const status[] = {"Cap", "NoNewPrivs", "Seccomp:", NULL};
    static const char *const mounts[] = {"config.json", ".pith", NULL};
    signal(SIGTERM, on_signal);
    for (int i = 0; i < argc; i++)
        printf("arg %s\n", argv[i]);
    printf("user %d:%d %d groups\n", (int)getuid(), (int)getgid(), getgroups(0, NULL));
    lines("/proc/self/status", status);
    if (argc < 2 || strcmp(argv[1], "container"))
        return 5;
    opens("/dev/kvm", O_RDWR);
    opens("/dev/.pith/control", O_RDWR | O_CREAT);
    opens("/dev/.pith/pith", O_RDWR);
    lines("/proc/self/mountinfo", mounts);
    for (char **e = environ; *e; e++)
        printf("env %s\n", *e);
    fflush(stdout);
    const char *wait = getenv("FAKE");
    if (!wait || strcmp(wait, "wait"))
        return 7;
    while (!got)
        pause();
    printf("signal %d\n", (int)got);
    return 9;
}
