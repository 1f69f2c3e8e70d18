/* Appending: several threads and descriptors, O_APPEND switched on and off, RWF_APPEND. */
#include "t.h"
#include <linux/fs.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static ssize_t pwritev2_(int fd, const struct iovec *v, int n, off_t at, int flags)
{
    return syscall(SYS_pwritev2, fd, v, n, at, 0, flags);
}

#define THREADS 6
#define LINES 150

static int own; /* each thread opens the file itself */
static int shared_fd;

static void *writer(void *arg)
{
    int id = (int)(long)arg;
    int fd = own ? open("log", O_WRONLY | O_APPEND) : shared_fd;
    char line[64];
    for (int i = 0; i < LINES; i++) {
        int n = snprintf(line, sizeof line, "%d:%d:%0*d\n", id, i, i % 30 + 1, i);
        if (write(fd, line, n) != n)
            say("short");
        if (i % 16 == id)
            sched_yield();
    }
    if (own)
        close(fd);
    return 0;
}

/* Every line whole, each thread's in order. */
static void check(void)
{
    FILE *f = fopen("log", "r");
    char line[128];
    int next[THREADS] = {0}, id, i, v, lines = 0, bad = 0;
    while (fgets(line, sizeof line, f)) {
        lines++;
        if (sscanf(line, "%d:%d:%d", &id, &i, &v) != 3 || id < 0 || id >= THREADS || i != v ||
            next[id]++ != i)
            bad++;
    }
    fclose(f);
    say("%d lines, %d bad", lines, bad);
}

int main(void)
{
    t_scratch();
    for (own = 0; own < 2; own++) {
        pthread_t t[THREADS];
        shared_fd = open("log", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);
        for (long i = 0; i < THREADS; i++)
            pthread_create(&t[i], 0, writer, (void *)i);
        for (int i = 0; i < THREADS; i++)
            pthread_join(t[i], 0);
        close(shared_fd);
        check();
    }
    t_put("f", "12345");
    int a = open("f", O_RDWR | O_APPEND), b = open("f", O_RDWR);
    R(write(a, "A", 1));
    R(lseek(a, 0, SEEK_CUR));
    R(write(b, "b", 1));
    R(lseek(a, 0, SEEK_SET));
    R(write(a, "B", 1));
    t_cat("f");
    R(pwrite(a, "C", 1, 2));
    t_cat("f");
    R(fcntl(a, F_SETFL, 0));
    R(fcntl(a, F_GETFL) & O_APPEND);
    R(pwrite(a, "!", 1, 2));
    t_cat("f");
    R(fcntl(b, F_SETFL, O_APPEND));
    R(write(b, "D", 1));
    R(lseek(b, 0, SEEK_CUR));
    t_cat("f");
    R(fcntl(b, F_SETFL, 0));
    struct iovec v = {"E", 1};
    R(lseek(b, 1, SEEK_SET));
    R(pwritev2_(b, &v, 1, 0, RWF_APPEND));
    R(lseek(b, 0, SEEK_CUR));
    R(pwritev2_(b, &v, 1, -1, RWF_APPEND));
    R(lseek(b, 0, SEEK_CUR));
    R(pwritev2_(b, &v, 1, 3, 0));
    t_cat("f");
    R(ftruncate(b, 2));
    R(fcntl(a, F_SETFL, O_APPEND));
    R(write(a, "F", 1));
    t_cat("f");
    int c = open("f", O_WRONLY | O_APPEND | O_TRUNC);
    R(write(c, "G", 1));
    R(write(a, "H", 1));
    t_cat("f");
    return 0;
}
