/* fork, vfork, exec, posix_spawn, system, popen and wait: what the guest does not have answers
 * ENOSYS (see differences), and the program goes on. */
#include "t.h"
#include <spawn.h>
#include <sys/wait.h>

int main(int argc, char **argv)
{
    char *child[] = {argv[0], (char *)"the child", 0},
         *becomes[] = {argv[0], (char *)"what we became", 0}, *none[] = {(char *)"/none", 0},
         *env[] = {0};
    pid_t pid;
    int status;

    if (argc > 1) {
        say("%s", argv[1]);
        return 5;
    }
    R(wait(&status));
    R(waitpid(-1, &status, WNOHANG));
    R(waitpid(getpid(), &status, 0));
    errno = 0;
    pid = fork();
    if (pid == 0)
        _exit(3);
    say("fork: %s", pid < 0 ? t_errno(errno) : "a child");
    if (pid > 0)
        wait(&status);
    int e = posix_spawn(&pid, argv[0], 0, 0, child, env);
    say("posix_spawn: %s", t_errno(e));
    if (!e) {
        waitpid(pid, &status, 0);
        say("status %d", WEXITSTATUS(status));
    }
    R(execve("/none", none, env));
    say("goes on");
    errno = 0;
    execve(argv[0], becomes, env);
    say("execve: %s", t_errno(errno));
    return 5;
}
