/* chmod, chown, access, utimens: bits, owners, times, and who may not. */
#include "t.h"
#include <sys/time.h>

static void show(const char *p)
{
    struct stat st;

    if (lstat(p, &st))
        say("%s: %s", p, t_errno(errno));
    else
        say("%s: %o", p, st.st_mode);
}

static void times_of(const char *p)
{
    struct stat st;

    lstat(p, &st);
    say("%s: atime %ld.%09ld mtime %ld.%09ld", p, (long)st.st_atim.tv_sec, st.st_atim.tv_nsec,
        (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

int main(void)
{
    struct stat st;
    int fd;

    t_scratch();
    t_put("f", "x");
    mkdir("d", 0755);
    symlink("f", "s");
    static const mode_t m[] = {0, 0777, 0644, 04755, 02755, 01777, 07777, 0111, 0100644, 0170000};
    for (size_t i = 0; i < sizeof m / sizeof *m; i++) {
        R(chmod("f", m[i]));
        show("f");
        R(chmod("d", m[i]));
        show("d");
    }
    chmod("f", 0644), chmod("d", 0755);
    R(chmod("s", 0600));
    show("f"), show("s");
    R(chmod("none", 0600));
    R(chmod("f/x", 0600));
    R(chmod("", 0600));
    fd = open("f", O_RDONLY);
    R(fchmod(fd, 0640));
    R(fchmod(-1, 0640));
    R(fchmodat(AT_FDCWD, "s", 0600, AT_SYMLINK_NOFOLLOW));
    R(fchmodat(AT_FDCWD, "f", 0600, 0x4000));
    R(access("f", F_OK));
    R(access("f", R_OK | W_OK));
    R(access("f", X_OK));
    R(access("d", X_OK));
    R(access("f", 8));
    R(access("none", R_OK));
    R(faccessat(AT_FDCWD, "s", R_OK, AT_EACCESS));
    R(faccessat(AT_FDCWD, "s", R_OK, 0x8000));
    R(chown("f", -1, -1));
    R(chown("f", getuid(), getgid()));
    R(lchown("s", -1, -1));
    R(fchown(fd, -1, -1));
    R(chown("none", -1, -1));
    R(fchownat(AT_FDCWD, "s", -1, -1, AT_SYMLINK_NOFOLLOW));
    R(fchownat(AT_FDCWD, "s", -1, -1, 0x8000));
    stat("f", &st);
    YES(st.st_uid == geteuid() && st.st_gid == getegid());
    if (geteuid() == 0) {
        chmod("f", 06755);
        R(chown("f", 12, 34));
        stat("f", &st);
        say("%d %d %o", (int)st.st_uid, (int)st.st_gid, st.st_mode & 07777);
        R(chown("f", 0, 0));
    }

    struct timespec t[2] = {{1000000000, 123456789}, {1234567890, 987654321}};
    R(utimensat(AT_FDCWD, "f", t, 0));
    times_of("f");
    t[0].tv_nsec = UTIME_OMIT, t[1].tv_sec = 5, t[1].tv_nsec = 6;
    R(utimensat(AT_FDCWD, "f", t, 0));
    times_of("f");
    t[0].tv_nsec = UTIME_OMIT, t[1].tv_nsec = UTIME_OMIT;
    R(utimensat(AT_FDCWD, "f", t, 0));
    times_of("f");
    R(utimensat(AT_FDCWD, "none", t, 0));
    t[1].tv_nsec = UTIME_NOW;
    time_t now = time(0);
    R(utimensat(AT_FDCWD, "f", t, 0));
    stat("f", &st);
    YES(st.st_mtime >= now - 1 && st.st_mtime <= time(0) && st.st_atime == 1000000000);
    t[1].tv_nsec = 1000000000;
    R(utimensat(AT_FDCWD, "f", t, 0));
    t[0].tv_sec = -1, t[0].tv_nsec = 0, t[1].tv_sec = 4000000000, t[1].tv_nsec = 0;
    R(utimensat(AT_FDCWD, "f", t, 0));
    times_of("f");
    if (R(utimensat(AT_FDCWD, "s", t, AT_SYMLINK_NOFOLLOW)) == 0)
        times_of("s");
    R(utimensat(AT_FDCWD, "s", t, 0x8000));
    R(futimens(fd, t));
    R(futimens(-1, t));
    struct timeval tv[2] = {{10, 20}, {30, 40}};
    R(utimes("f", tv));
    times_of("f");
    tv[0].tv_usec = 1000000;
    R(utimes("f", tv));
    R(utimes("f", 0));
    /* Which calls move which times. */
    t[0].tv_sec = t[1].tv_sec = 1000;
    t[0].tv_nsec = t[1].tv_nsec = 0;
    utimensat(AT_FDCWD, "d", t, 0);
    t_put("d/new", "");
    stat("d", &st);
    YES(st.st_mtime > 1000);
    utimensat(AT_FDCWD, "d", t, 0), utimensat(AT_FDCWD, "d/new", t, 0);
    t_put("d/new", "content");
    stat("d", &st);
    YES(st.st_mtime == 1000);
    stat("d/new", &st);
    YES(st.st_mtime > 1000);
    utimensat(AT_FDCWD, "d/new", t, 0);
    chmod("d/new", 0600);
    stat("d/new", &st);
    YES(st.st_mtime == 1000 && st.st_ctime > 1000);
    truncate("d/new", 0);
    stat("d/new", &st);
    YES(st.st_mtime > 1000);
    utimensat(AT_FDCWD, "d", t, 0);
    unlink("d/new");
    stat("d", &st);
    YES(st.st_mtime > 1000);
    return 0;
}
