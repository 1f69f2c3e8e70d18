/* Child processes, the temporary folder, and signals while children run. See run.h. */
#include "cc/run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define CHILDREN 4 /* two links at once are the most there are */

static char *temp;
static volatile pid_t children[CHILDREN];
static volatile sig_atomic_t ended_by;

static void on_signal(int signal)
{
    ended_by = signal;
    for (int i = 0; i < CHILDREN; i++)
        if (children[i] > 0)
            kill(children[i], signal);
}

/* Dies of the signal that asked for it, as a compiler would, once nothing is left behind. */
static void die_if_asked(void)
{
    if (!ended_by)
        return;
    run_clean();
    signal(ended_by, SIG_DFL);
    raise(ended_by);
    _exit(128 + ended_by);
}

static void catch_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction catch = {.sa_handler = on_signal}, old;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (!sigaction(signals[i], NULL, &old) && old.sa_handler != SIG_IGN)
            sigaction(signals[i], &catch, NULL);
}

char *run_temp(const char *name)
{
    if (!temp) {
        catch_signals();
        const char *dir = getenv("TMPDIR");
        temp = cc_format("%s/pith-cc-XXXXXX", dir && *dir ? dir : "/tmp");
        if (!mkdtemp(temp)) {
            char *path = temp;
            temp = NULL;
            cc_fail("cannot make a temporary folder %s: %s", path, strerror(errno));
        }
    }
    die_if_asked();
    return cc_format("%s/%s", temp, name);
}

void run_clean(void)
{
    DIR *dir = temp ? opendir(temp) : NULL;
    if (!dir)
        return;
    struct dirent *entry;
    while ((entry = readdir(dir)))
        unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    rmdir(temp);
    temp = NULL;
}

pid_t run_start(char **argv, const char *errors)
{
    posix_spawn_file_actions_t actions;
    pid_t child;
    die_if_asked();
    posix_spawn_file_actions_init(&actions);
    if (errors)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int error = posix_spawnp(&child, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error)
        cc_fail("cannot execute '%s': %s", argv[0], strerror(error));
    for (int i = 0; i < CHILDREN; i++)
        if (!children[i]) {
            children[i] = child;
            break;
        }
    return child;
}

int run_wait(pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            cc_fail("waiting for a child: %s", strerror(errno));
    for (int i = 0; i < CHILDREN; i++)
        if (children[i] == child)
            children[i] = 0;
    die_if_asked();
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

char *run_line(char **argv)
{
    int pipes[2];
    if (pipe2(pipes, O_CLOEXEC))
        cc_fail("pipe: %s", strerror(errno));
    posix_spawn_file_actions_t actions;
    pid_t child;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipes[1], 1);
    int error = posix_spawnp(&child, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(pipes[1]);
    if (error)
        cc_fail("cannot execute '%s': %s", argv[0], strerror(error));
    FILE *in = fdopen(pipes[0], "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t size = in ? getline(&line, &room, in) : -1;
    if (in)
        fclose(in);
    if (run_wait(child) || size < 0)
        return NULL;
    if (size && line[size - 1] == '\n')
        line[size - 1] = 0;
    return line;
}

char *run_find(const char *name)
{
    if (strchr(name, '/'))
        return access(name, X_OK) ? NULL : cc_copy(name, strlen(name));
    const char *path = getenv("PATH");
    if (!path)
        path = "/usr/local/bin:/usr/bin:/bin";
    while (*path) {
        size_t size = strcspn(path, ":");
        char *file = size ? cc_format("%.*s/%s", (int)size, path, name) : cc_format("./%s", name);
        struct stat st;
        if (!access(file, X_OK) && !stat(file, &st) && S_ISREG(st.st_mode))
            return file;
        path += size + (path[size] == ':');
    }
    return NULL;
}
