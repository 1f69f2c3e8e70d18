/* /dev/null, zero, full, random, urandom, stdin, stdout, fd: what each answers. */
#include "t.h"
#include <dirent.h>
#include <sys/mman.h>

int main(void)
{
    static const char *const names[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random",
                                        "/dev/urandom"};
    static char buf[70000], other[70000];
    struct stat st;

    for (int i = 0; i < 5; i++) {
        int fd = open(names[i], O_RDWR);
        say("%s", names[i]);
        fstat(fd, &st);
        say("%o %x", st.st_mode & (S_IFMT | 0777), (unsigned)st.st_rdev);
        memset(buf, 'x', sizeof buf);
        ssize_t n = read(fd, buf, 65536);
        V(n);
        int zeros = 0, last = 0;
        for (int k = 0; k < 65536; k++)
            zeros += buf[k] == 0, last |= buf[65535 - k % 64] != 'x';
        say("%s", n == 0 ? "untouched" : zeros == 65536 ? "zeroes" : zeros < 1000 ? "random" : "?");
        R(write(fd, buf, 100));
        R(write(fd, buf, 0));
        R(lseek(fd, 12345, SEEK_SET));
        R(lseek(fd, 0, SEEK_CUR));
        R(lseek(fd, -5, SEEK_END));
        R(pread(fd, buf, 10, 5) >= 0);
        R(ftruncate(fd, 5));
        R(read(fd, t_wild, 10));
        R(write(fd, t_wild, 10));
        R(read(fd, buf, 0));
        close(fd);
        R(open(names[i], O_RDONLY | O_DIRECTORY));
        R(close(open(names[i], O_RDWR | O_CREAT | O_TRUNC, 0644)));
        R(open(names[i], O_RDWR | O_CREAT | O_EXCL, 0644));
    }
    int a = open("/dev/urandom", O_RDONLY), b = open("/dev/urandom", O_RDONLY);
    read(a, buf, 64), read(b, other, 64);
    YES(memcmp(buf, other, 64) != 0);
    R(read(a, buf, 70000));
    int same = 0;
    for (int i = 1; i < 70000; i++)
        same += buf[i] == buf[i - 1];
    YES(same < 1000);

    R(stat("/dev", &st));
    YES(S_ISDIR(st.st_mode));
    DIR *d = opendir("/dev");
    int found = 0;
    for (struct dirent *e; d && (e = readdir(d));)
        for (int i = 0; i < 5; i++)
            found += !strcmp(e->d_name, names[i] + 5);
    V(found);
    int p[2];
    char path[40];
    pipe(p);
    write(p[1], "pipe", 4);
    snprintf(path, sizeof path, "/dev/fd/%d", p[0]);
    int fd = open(path, O_RDONLY);
    YES(fd >= 0);
    R(read(fd, buf, 10));
    fd = open("/dev/stdout", O_WRONLY);
    YES(fd >= 0);
    R(write(fd, "to /dev/stdout\n", 15));
    fd = open("/dev/stderr", O_WRONLY);
    R(write(fd, "to /dev/stderr\n", 15));
    R(open("/dev/none", O_RDONLY));
    R(open("/dev/tty", O_RDWR));
    char *z = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, open("/dev/zero", O_RDWR), 0);
    YES(z != MAP_FAILED && z[0] == 0);
    return 0;
}
