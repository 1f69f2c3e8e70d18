/* See image_media.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/image_media.h"

/* FAT knows no year before 1980. */
#define EPOCH "315532800"

/* The last line of what a tool said. */
static void last_words(int fd, char *text, size_t room)
{
    char all[4096];
    off_t end = lseek(fd, 0, SEEK_END);
    off_t from = end > (off_t)sizeof all - 1 ? end - (off_t)sizeof all + 1 : 0;
    ssize_t n = pread(fd, all, sizeof all - 1, from);
    while (n > 0 && (all[n - 1] == '\n' || all[n - 1] == '\r'))
        n--;
    all[n > 0 ? n : 0] = 0;
    const char *line = strrchr(all, '\n');
    line = line ? line + 1 : all;
    size_t len = strnlen(line, room - 1);
    memcpy(text, line, len);
    text[len] = 0;
}

int image_tool(const char *package, char *const argv[], struct host_error *error)
{
    int said = memfd_create("said", MFD_CLOEXEC), status;
    if (said < 0)
        return host_fail(error, "memory file: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        int null = open("/dev/null", O_RDONLY);
        if (null < 0 || dup2(null, 0) < 0 || dup2(said, 1) < 0 || dup2(said, 2) < 0 ||
            setenv("SOURCE_DATE_EPOCH", EPOCH, 0) || setenv("MTOOLS_SKIP_CHECK", "1", 1) ||
            setenv("MTOOLSRC", "/dev/null", 1) || setenv("TZ", "UTC", 1) ||
            setenv("LC_ALL", "C", 1))
            _exit(126);
        execvp(argv[0], argv);
        _exit(errno == ENOENT ? 127 : 126);
    }
    int result = 0;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (pid < 0)
        result = host_fail(error, "fork: %s", strerror(errno));
    else if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        result =
            host_fail(error, "%s is not there; on Debian: apt-get install %s", argv[0], package);
    else if (!WIFEXITED(status) || WEXITSTATUS(status)) {
        char text[160];
        last_words(said, text, sizeof text);
        result = host_fail(error, "%s failed: %s", argv[0], text);
    }
    close(said);
    return result;
}
