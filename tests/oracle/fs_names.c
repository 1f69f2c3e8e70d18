/* One file under several names, none, another's: hard links, rename over open files, unlinked files
 * that live on, names that come back as something else. */
#include "t.h"
#include <linux/fs.h>
#include <sys/syscall.h>

static int renameat2_(int a, const char *from, int b, const char *to, unsigned flags)
{
    return (int)syscall(SYS_renameat2, a, from, b, to, flags);
}

static void show(const char *what, int fd)
{
    struct stat st;
    char buf[64] = "";
    ssize_t n = pread(fd, buf, sizeof buf - 1, 0);
    if (fstat(fd, &st))
        say("%s: %s", what, t_errno(errno));
    else
        say("%s: %ld links, size %ld, \"%.*s\"", what, (long)st.st_nlink, (long)st.st_size,
            (int)(n > 0 ? n : 0), buf);
}

static void same(const char *a, const char *b)
{
    struct stat s, t;
    if (lstat(a, &s) || lstat(b, &t))
        say("%s, %s: %s", a, b, t_errno(errno));
    else
        say("%s, %s: %s inode, %ld and %ld links", a, b, s.st_ino == t.st_ino ? "one" : "another",
            (long)s.st_nlink, (long)t.st_nlink);
}

int main(void)
{
    t_scratch();
    t_put("a", "first");
    int fd = open("a", O_RDWR);
    R(link("a", "b"));
    same("a", "b");
    R(unlink("a"));
    show("one name left", fd);
    R(unlink("b"));
    show("none left", fd);
    R(write(fd, "FIRST and more", 14));
    show("written", fd);
    R(ftruncate(fd, 5));
    R(fchmod(fd, 0600));
    R(fsync(fd));
    show("cut", fd);
    t_put("a", "second");
    show("the name is another's", fd);
    t_cat("a");
    int fd2 = open("a", O_RDONLY);
    t_put("c", "third");
    R(rename("c", "a"));
    show("renamed over", fd2);
    t_cat("a");
    R(open("c", O_RDONLY));
    R(rename("a", "sub/a"));
    R(mkdir("sub", 0755));
    R(rename("a", "sub/a"));
    t_cat("sub/a");
    R(open("a", O_RDONLY));
    R(symlink("sub/a", "s"));
    t_cat("s");
    R(unlink("sub/a"));
    R(open("s", O_RDONLY));
    R(open("s", O_WRONLY | O_CREAT | O_EXCL, 0644));
    int made = open("s", O_WRONLY | O_CREAT, 0644);
    R(write(made, "through a link", 14));
    t_cat("sub/a");
    /* A name that changes its kind. */
    t_put("k", "file");
    R(unlink("k"));
    R(mkdir("k", 0755));
    R(open("k", O_WRONLY));
    R(rmdir("k"));
    R(symlink("sub", "k"));
    t_cat("k/a");
    R(unlink("k"));
    R(mkfifo("k", 0600));
    R(open("k", O_WRONLY | O_NONBLOCK));
    R(unlink("k"));
    R(access("k", F_OK));
    t_put("k", "file again");
    t_cat("k");
    /* Without a name, and then with one. */
    int t = open(".", O_TMPFILE | O_RDWR, 0644);
    R(write(t, "nameless", 8));
    show("nameless", t);
    char self[64];
    sprintf(self, "/proc/self/fd/%d", t);
    R(linkat(AT_FDCWD, self, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
    show("named", t);
    t_cat("named");
    same("named", self);
    t = open(".", O_TMPFILE | O_RDWR | O_EXCL, 0644);
    sprintf(self, "/proc/self/fd/%d", t);
    R(linkat(AT_FDCWD, self, AT_FDCWD, "never", AT_SYMLINK_FOLLOW));
    /* Directories under open descriptors. */
    int dir = open("sub", O_RDONLY | O_DIRECTORY);
    R(rename("sub", "moved"));
    R(openat(dir, "a", O_RDONLY) >= 0);
    R(open("sub/a", O_RDONLY));
    R(mkdir("sub", 0755));
    int other = openat(dir, "../sub", O_RDONLY | O_DIRECTORY);
    YES(other >= 0);
    R(renameat2_(AT_FDCWD, "moved", AT_FDCWD, "sub", RENAME_EXCHANGE));
    t_cat("sub/a");
    R(open("moved/a", O_RDONLY));
    R(openat(dir, "a", O_RDONLY) >= 0);
    R(renameat2_(AT_FDCWD, "sub", AT_FDCWD, "moved", RENAME_NOREPLACE));
    R(rename("moved", "sub/moved"));
    R(rename("sub", "sub/moved/sub"));
    R(rename("sub", "named"));
    R(rename("named", "sub"));
    R(link("sub", "sub2"));
    R(unlink("sub"));
    R(rmdir("sub"));
    /* Opened by /proc, after its name went. */
    t_put("p", "by its number");
    int p = open("p", O_RDONLY);
    unlink("p");
    sprintf(self, "/proc/self/fd/%d", p);
    int again = open(self, O_RDWR);
    R(pwrite(again, "BY", 2, 0));
    show("by number", p);
    return 0;
}
