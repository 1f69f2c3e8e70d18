/* memfd_create: seals, sharing by mmap and by /proc/self/fd, and POSIX shared memory beside it. */
#include "t.h"
#include <sys/mman.h>
#include <sys/syscall.h>

static int memfd(const char *name, unsigned flags)
{
    return (int)syscall(SYS_memfd_create, name, flags);
}

static void seals(void)
{
    int m = memfd("sealed", 2);
    R(write(m, "abc", 3));
    R(fcntl(m, F_GET_SEALS));
    R(fcntl(m, F_ADD_SEALS, F_SEAL_GROW));
    R(write(m, "abc", 3));
    R(ftruncate(m, 10));
    R(ftruncate(m, 1));
    R(fcntl(m, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_WRITE));
    R(ftruncate(m, 0));
    R(pwrite(m, "x", 1, 0));
    R(fcntl(m, F_ADD_SEALS, F_SEAL_SEAL));
    R(fcntl(m, F_ADD_SEALS, F_SEAL_GROW));
    R(fcntl(m, F_GET_SEALS));
    R(fcntl(memfd("plain", 0), F_GET_SEALS));
    R(memfd("flags", 0x100));
    R(memfd(0, 0));
    R(memfd(t_wild, 0));
}

int main(void)
{
    char path[60], target[60] = "", text[10] = "";
    struct stat st;
    t_scratch();
    seals();
    int m = memfd("shared", 0);
    ftruncate(m, 10000);
    char *a = mmap(0, 10000, PROT_READ | PROT_WRITE, MAP_SHARED, m, 0);
    sprintf(path, "/proc/self/fd/%d", m);
    R(readlink(path, target, sizeof target - 1));
    S(target);
    int again = open(path, O_RDWR);
    char *b = mmap(0, 10000, PROT_READ | PROT_WRITE, MAP_SHARED, again, 0);
    strcpy(a + 5000, "one");
    S(b + 5000);
    pwrite(again, "two", 3, 5000);
    S(a + 5000);
    strcpy(b + 5000, "three");
    R(pread(m, text, 6, 5000));
    S(text);
    fstat(m, &st);
    V(st.st_nlink);
    V(st.st_mode);
    close(m), close(again), munmap(a, 10000);
    S(b + 5000);

    int s = shm_open("/pith-oracle", O_CREAT | O_EXCL | O_RDWR, 0600);
    YES(s >= 0);
    R(ftruncate(s, 100));
    a = mmap(0, 100, PROT_READ | PROT_WRITE, MAP_SHARED, s, 0);
    strcpy(a, "kept");
    close(s), munmap(a, 100);
    R(shm_open("/pith-oracle", O_CREAT | O_EXCL | O_RDWR, 0600));
    s = shm_open("/pith-oracle", O_RDWR, 0);
    R(pread(s, text, 5, 0));
    S(text);
    R(shm_unlink("/pith-oracle"));
    R(shm_unlink("/pith-oracle"));
    return 0;
}
