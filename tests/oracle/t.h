/* What every oracle program shares: one way to print what the system answered.
 *
 * A program prints results, errno names, orders and contents, never an address, a process
 * number or a time: its output as a Linux program is the expected output of the guest.
 *  - Each line goes out with one write(), so it is safe in signal handlers and survives death.
 *  - R(call) prints the call as it is written in the source with its result or errno name.
 *  - t_scratch() makes a directory of its own (under $ORACLE_TMP, else /tmp), enters it, and
 *    has it removed at exit.
 */
#ifndef ORACLE_T_H
#define ORACLE_T_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define T_UNUSED __attribute__((unused))

T_UNUSED __attribute__((format(printf, 1, 2))) static void say(const char *fmt, ...)
{
    char line[4096];
    va_list ap;
    int saved = errno;

    va_start(ap, fmt);
    int n = vsnprintf(line, sizeof line - 1, fmt, ap);
    va_end(ap);
    if (n > (int)sizeof line - 2)
        n = sizeof line - 2;
    line[n++] = '\n';
    for (int done = 0; done < n;) {
        ssize_t w = write(1, line + done, n - done);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            break;
        done += w;
    }
    errno = saved;
}

T_UNUSED static const char *t_errno(int e)
{
#define X(n)                                                                                       \
    case n:                                                                                        \
        return #n;
    switch (e) {
    case 0:
        return "0";
        /* clang-format off */
        X(EPERM)
        X(ENOENT)
        X(ESRCH)
        X(EINTR)
        X(EIO) X(ENXIO) X(E2BIG) X(ENOEXEC) X(EBADF) X(ECHILD) X(EAGAIN) X(ENOMEM) X(EACCES)
        X(EFAULT) X(ENOTBLK) X(EBUSY) X(EEXIST) X(EXDEV) X(ENODEV) X(ENOTDIR) X(EISDIR)
        X(EINVAL) X(ENFILE) X(EMFILE) X(ENOTTY) X(ETXTBSY) X(EFBIG) X(ENOSPC) X(ESPIPE)
        X(EROFS) X(EMLINK) X(EPIPE) X(EDOM) X(ERANGE) X(EDEADLK) X(ENAMETOOLONG)
        X(ENOLCK) X(ENOSYS) X(ENOTEMPTY) X(ELOOP) X(ENODATA) X(EOVERFLOW) X(EILSEQ)
        X(ENOTSOCK) X(EOPNOTSUPP) X(EAFNOSUPPORT) X(ETIMEDOUT) X(ESTALE)
        X(ECANCELED) X(EOWNERDEAD) X(ENOTRECOVERABLE) X(EPROTONOSUPPORT)
        X(EDESTADDRREQ)
        X(EMSGSIZE) X(EPROTOTYPE) X(ENOPROTOOPT) X(ESOCKTNOSUPPORT) X(EPFNOSUPPORT) X(EADDRINUSE)
        X(EADDRNOTAVAIL) X(ENETDOWN) X(ENETUNREACH) X(ENETRESET) X(ECONNABORTED) X(ECONNRESET)
        X(ENOBUFS) X(EISCONN) X(ENOTCONN) X(ESHUTDOWN) X(ETOOMANYREFS) X(ECONNREFUSED)
        X(EHOSTDOWN) X(EHOSTUNREACH) X(EALREADY) X(EINPROGRESS) X(ENOTUNIQ) X(EPROTO)
        /* clang-format on */
    }
#undef X
    return "E?";
}

T_UNUSED static long t_result(const char *what, long r)
{
    if (r == -1)
        say("%s = -1 %s", what, t_errno(errno));
    else
        say("%s = %ld", what, r);
    return r;
}

T_UNUSED static long t_ok(const char *what, long r)
{
    if (r == -1)
        say("%s: %s", what, t_errno(errno));
    else
        say("%s: ok", what);
    return r;
}

/* Results: R the value or errno name, OK only whether it worked, P the same of a pointer,
 * RC a returned error number, V a plain number, S a string, YES a condition. */
#define R(e) t_result(#e, (errno = 0, (long)(e)))
#define OK(e) t_ok(#e, (errno = 0, (long)(e)))
#define P(e) t_ok(#e, (errno = 0, (e) ? 0 : -1))
#define RC(e) say("%s = %s", #e, t_errno(e))
#define V(e) say("%s = %ld", #e, (long)(e))
#define S(e) say("%s = \"%s\"", #e, (e))
#define YES(e) say("%s: %s", #e, (e) ? "yes" : "no")

/* An address where nothing is, unknown to the compiler. */
T_UNUSED static void *volatile t_wild = (void *)8;

T_UNUSED static const char *t_signal(int sig)
{
#define X(n)                                                                                       \
    case n:                                                                                        \
        return #n;
    switch (sig) {
        /* clang-format off */
        X(SIGHUP)
        X(SIGINT)
        X(SIGQUIT)
        X(SIGILL)
        X(SIGTRAP) X(SIGABRT) X(SIGBUS) X(SIGFPE) X(SIGKILL) X(SIGUSR1) X(SIGSEGV) X(SIGUSR2)
        X(SIGPIPE) X(SIGALRM) X(SIGTERM) X(SIGSTKFLT) X(SIGCHLD) X(SIGCONT) X(SIGSTOP)
        X(SIGTSTP) X(SIGTTIN) X(SIGTTOU) X(SIGURG) X(SIGXCPU) X(SIGXFSZ) X(SIGVTALRM)
        X(SIGPROF) X(SIGWINCH) X(SIGIO) X(SIGPWR) X(SIGSYS)
        /* clang-format on */
    }
#undef X
    return sig == 0 ? "none" : "SIG?";
}

static char t_dir[256];

T_UNUSED static int t_remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
    (void)st, (void)f;
    if (flag == FTW_DNR)
        chmod(path, 0700);
    return remove(path), 0;
}

T_UNUSED static void t_remove(void)
{
    if (chdir("/") == 0)
        nftw(t_dir, t_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

T_UNUSED static const char *t_scratch(void)
{
    const char *tmp = getenv("ORACLE_TMP");

    snprintf(t_dir, sizeof t_dir, "%s/oracle.XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(t_dir) || chdir(t_dir)) {
        say("no scratch directory: %s", t_errno(errno));
        _exit(99);
    }
    atexit(t_remove);
    umask(022);
    return t_dir;
}

/* A file with this content. */
T_UNUSED static void t_put(const char *path, const char *content)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

    if (fd < 0 || write(fd, content, strlen(content)) != (ssize_t)strlen(content) || close(fd))
        say("t_put %s: %s", path, t_errno(errno));
}

/* Prints a file's content on one line. */
T_UNUSED static void t_cat(const char *path)
{
    char text[1024];
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

    if (n < 0) {
        say("%s: %s", path, t_errno(errno));
    } else {
        text[n] = 0;
        for (ssize_t i = 0; i < n; i++)
            if (text[i] < 32 || text[i] > 126)
                text[i] = text[i] == '\n' ? '|' : text[i] ? '?' : '.';
        say("%s: \"%s\"", path, text);
    }
    if (fd >= 0)
        close(fd);
}

T_UNUSED static void t_sleep_ms(long ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};

    while (nanosleep(&t, &t) && errno == EINTR)
        ;
}

T_UNUSED static double t_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

#endif
