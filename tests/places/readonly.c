/* Where nothing can be written: what each call that would change something answers, and that all
 * others work. */
#include "place.h"
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

static const char *const names[] = {"file",   "link", "dlink",   "dangling", "empty",  "full",
                                    "loop",   "none", "file/",   "none/",    "empty/", "file/x",
                                    "none/x", ".",    "deep/..", ""};
#define NAMES (sizeof names / sizeof *names)

static void show(const char *call, const char *path, long r)
{
    say("%s %s: %s", call, path, r < 0 ? t_errno(errno) : "ok");
}

static void each(const char *p)
{
    struct timespec t[2] = {{1, 0}, {2, 0}};
    char long_name[300];

    show("unlink", p, unlink(p));
    show("rmdir", p, rmdir(p));
    show("mkdir", p, mkdir(p, 0755));
    show("symlink to", p, symlink("x", p));
    show("mkfifo", p, mkfifo(p, 0644));
    show("mknod", p, mknod(p, S_IFREG | 0644, 0));
    show("truncate", p, truncate(p, 0));
    show("chmod", p, chmod(p, 0644));
    show("chown", p, chown(p, (uid_t)-1, (gid_t)-1));
    show("lchown", p, lchown(p, getuid(), getgid()));
    show("utimensat", p, utimensat(AT_FDCWD, p, t, 0));
    show("utimensat of the link", p, utimensat(AT_FDCWD, p, t, AT_SYMLINK_NOFOLLOW));
    show("utimensat, nothing", p,
         utimensat(AT_FDCWD, p, (struct timespec[]){{0, UTIME_OMIT}, {0, UTIME_OMIT}}, 0));
    show("access R", p, access(p, R_OK));
    show("access W", p, access(p, W_OK));
    show("O_TMPFILE", p, open(p, O_TMPFILE | O_RDWR, 0600));
    snprintf(long_name, sizeof long_name, "%s/%0260d", p, 1);
    show("mkdir of a long name in", p, mkdir(long_name, 0755));
}

int main(int argc, char **argv)
{
    char text[20] = "";
    struct statvfs fs;
    struct stat st;

    if (place_enter(argc, argv))
        return 0;
    R(statvfs(".", &fs));
    YES(fs.f_flag & ST_RDONLY);
    place_opens(1);
    for (size_t i = 0; i < NAMES; i++)
        each(names[i]);
    for (size_t i = 0; i < NAMES; i++)
        for (size_t k = 0; k < NAMES; k++) {
            int r = rename(names[i], names[k]);
            say("rename %s, %s: %s", names[i], names[k], r ? t_errno(errno) : "ok");
            r = link(names[i], names[k]);
            say("link %s, %s: %s", names[i], names[k], r ? t_errno(errno) : "ok");
        }
    R(syscall(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, "none", 1));
    R(syscall(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, "other", 1));
    R(syscall(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, "other", 2));
    R(syscall(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, "other", 8));
    int fd = open("file", O_RDONLY);
    R(fd < 0);
    R(fchmod(fd, 0644));
    R(fchown(fd, (uid_t)-1, (gid_t)-1));
    R(futimens(fd, 0));
    R(ftruncate(fd, 0));
    R(write(fd, "x", 1));
    R(posix_fallocate(fd, 0, 10));
    R(fsync(fd));
    R(fdatasync(fd));
    R(flock(fd, LOCK_SH | LOCK_NB));
    R(flock(fd, LOCK_UN));
    struct flock l = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    R(fcntl(fd, F_SETLK, &l));
    l.l_type = F_WRLCK;
    R(fcntl(fd, F_SETLK, &l));
    P(mmap(0, 4096, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED);
    P(mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED);
    P(mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) != MAP_FAILED);
    R(pread(fd, text, 7, 0)), S(text);
    close(fd);
    R(fd = open("empty", O_RDONLY | O_DIRECTORY)), R(fsync(fd)), close(fd);
    R(stat("file", &st));
    say("%o of %ld", st.st_mode, (long)st.st_size);
    return 0;
}
