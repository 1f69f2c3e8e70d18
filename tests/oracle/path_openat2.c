/* openat2: sizes, flags it checks, and its ways to stay inside. */
#include "t.h"
#include <sys/syscall.h>

struct how {
    unsigned long flags, mode, resolve;
};

static long try(const char *path, unsigned long flags, unsigned long mode, unsigned long resolve,
                size_t size)
{
    struct {
        struct how how;
        unsigned long more;
    } h = {{flags, mode, resolve}, size > 24 && size < 40};
    long fd = syscall(SYS_openat2, AT_FDCWD, path, &h, size > 32 ? 32 : size);
    if (fd < 0)
        return fd;
    close((int)fd);
    return 0;
}

int main(void)
{
    t_scratch();
    mkdir("b", 0755), t_put("x", "x"), symlink("x", "link"), symlink("/etc", "b/out");
    symlink("../x", "b/up"), t_put("b/in", "in");
    R(try("x", O_RDWR, 0, 0, 0));
    R(try("x", O_RDWR, 0, 0, 24));
    R(try("x", O_RDWR, 0, 0, 32));
    R(try("x", O_RDWR, 0, 0, 48));
    R(try("x", O_RDWR, 0644, 0, 24));
    R(try("x", O_RDWR | 1ul << 40, 0, 0, 24));
    R(try("new", O_RDWR | O_CREAT, 0644, 0, 24));
    R(try("new", O_RDWR | O_CREAT, 0200000, 0, 24));
    R(try("x", O_RDONLY, 0, 1ul << 30, 24));
    R(try("../x", O_RDONLY, 0, 8, 24));
    R(try("b/../x", O_RDONLY, 0, 8, 24));
    R(try("/x", O_RDONLY, 0, 8, 24));
    R(try("b/out", O_RDONLY, 0, 8, 24));
    R(try("b/up", O_RDONLY, 0, 8, 24));
    R(try("/x", O_RDONLY, 0, 16, 24));
    R(try("../../../x", O_RDONLY, 0, 16, 24));
    R(try("b/out", O_RDONLY, 0, 16, 24));
    R(try("x", O_RDONLY, 0, 24, 24));
    R(try("link", O_RDONLY, 0, 4, 24));
    R(try("link", O_RDONLY, 0, 2, 24));
    R(try("/proc/self/fd/0", O_RDONLY, 0, 2, 24));
    R(try("/proc/self", O_RDONLY, 0, 1, 24));
    return 0;
}
