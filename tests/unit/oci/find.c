/* Finding the program of a container: PATH, links, bind mounts, and no way out of the root. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oci/find.h"
#include "oci/home.h"
#include "oci/program.h"
#include "unit.h"

static char top[64];
static int bundle;

static void put(const char *name, const char *text, mode_t mode)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", top, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && !fchmod(fd, mode));
    close(fd);
}
static void folder(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", top, name);
    CHECK(!mkdir(path, 0755));
}
static void sym(const char *to, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", top, name);
    CHECK(!symlink(to, path));
}

/* First bytes of what is found; errno as "E<n>" otherwise. */
static const char *content(const struct oci_spec *spec, const char *path)
{
    static char text[64];
    struct oci_found found;
    if (oci_find(spec, bundle, path, &found)) {
        snprintf(text, sizeof text, "E%d", errno);
        return text;
    }
    char proc[64];
    snprintf(proc, sizeof proc, "/proc/self/fd/%d", found.fd);
    int fd = open(proc, O_RDONLY);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    text[n < 0 ? 0 : n] = 0;
    close(fd);
    close(found.fd);
    return text;
}

static const char *program(struct oci_spec *spec, const char *name, const char *path,
                           const char *cwd)
{
    static struct oci_found found;
    spec->program = name;
    spec->path = path;
    spec->cwd = cwd;
    if (oci_find_program(spec, bundle, &found))
        return errno == ENOENT ? "ENOENT" : errno == EACCES ? "EACCES" : "other";
    close(found.fd);
    return found.path;
}

static void make(void)
{
    strcpy(top, "/tmp/oci-find.XXXXXX");
    CHECK(mkdtemp(top) != NULL);
    bundle = open(top, O_PATH | O_DIRECTORY);
    folder("root");
    folder("root/bin");
    folder("root/etc");
    folder("root/data");
    folder("vol");
    folder("vol/sub");
    put("secret", "host", 0755);
    put("root/bin/web", "web", 0755);
    put("root/bin/text", "text", 0644);
    put("root/bin/mine", "mine", 0700);
    put("vol/prog", "prog", 0755);
    put("vol/one", "one", 0755);
    put("root/etc/passwd", "root:x:0:0::/root:/bin/sh\nbad\nu:x:7:7::/home/u:\nv:x:8:8:::\n", 0644);
    sym("/bin/web", "root/abs");
    folder("root/run");
    folder("root/run/x");
    folder("root/var");
    sym("/run", "root/var/run");
    sym("../../../../../../secret", "root/out");
    sym("bin/../bin/./web", "root/rel");
    sym("loop", "root/loop");
    sym("/data/prog", "root/tovol");
    sym("/../../secret", "vol/out");
    sym("/proc/self/root/etc/passwd", "root/magic");
}

void test_find(void)
{
    char long_name[OCI_PATH_MAX + 10], home[64];
    struct oci_spec s = {.rootfs = "root", .uid = 1234, .gid = 5678};
    struct oci_mount mounts[] = {
        {"/data", "none", NULL, true},        {"/etc/one/", "bind", NULL, true},
        {"/hidden", "tmpfs", "tmpfs", false}, {"/bin2", "bind", "root/bin", true},
        {"relative", "bind", "/", true},      {"/var/run/x", "bind", "root/bin", true},
    };
    char vol[128], one[128];
    make();
    snprintf(vol, sizeof vol, "%s/vol", top);
    snprintf(one, sizeof one, "%s/vol/one", top);
    mounts[0].source = vol;
    mounts[1].source = one;
    s.mount = mounts;
    s.nmounts = sizeof mounts / sizeof *mounts;

    CHECK(!strcmp(content(&s, "/bin/web"), "web"));
    CHECK(!strcmp(content(&s, "bin//./web"), "web"));
    CHECK(!strcmp(content(&s, "/abs"), "web"));
    CHECK(!strcmp(content(&s, "/rel"), "web"));
    CHECK(!strcmp(content(&s, "/../../bin/../bin/web"), "web"));
    /* Out of the root there is no way: the host's secret lies one level above. */
    CHECK(!strcmp(content(&s, "/../secret"), "E2"));
    CHECK(!strcmp(content(&s, "/out"), "E2"));
    CHECK(!strcmp(content(&s, "/data/out"), "E2"));
    CHECK(!strcmp(content(&s, "/data/../../secret"), "E2"));
    CHECK(!strcmp(content(&s, "/magic"), "E2"));
    CHECK(!strcmp(content(&s, "/loop"), "E40"));
    CHECK(!strcmp(content(&s, "/bin/web/x"), "E20"));
    CHECK(!strcmp(content(&s, "/bin/web/"), "E20"));
    /* Mounts: a folder, a file, what will be empty, one below another place. */
    CHECK(!strcmp(content(&s, "/data/prog"), "prog"));
    CHECK(!strcmp(content(&s, "/tovol"), "prog"));
    CHECK(!strcmp(content(&s, "/data/sub/../prog"), "prog"));
    CHECK(!strcmp(content(&s, "/etc/one"), "one"));
    CHECK(!strcmp(content(&s, "/hidden/x"), "E2"));
    CHECK(!strcmp(content(&s, "/hidden"), "E2"));
    CHECK(!strcmp(content(&s, "/bin2/web"), "web"));
    CHECK(!strcmp(content(&s, "/database"), "E2"));
    memset(long_name, 'a', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = 0;
    CHECK(!strcmp(content(&s, long_name), "E36"));

    CHECK(!strcmp(program(&s, "web", "/nowhere:/bin:/data", "/"), "/bin/web"));
    CHECK(!strcmp(program(&s, "prog", "/bin:/data/", "/"), "/data/prog"));
    CHECK(!strcmp(program(&s, "abs", "/", "/"), "/abs"));
    CHECK(!strcmp(program(&s, "web", "bin:.::", "/"), "ENOENT"));
    CHECK(!strcmp(program(&s, "web", NULL, "/bin"), "ENOENT"));
    CHECK(!strcmp(program(&s, "./web", NULL, "/bin"), "/bin/./web"));
    CHECK(!strcmp(program(&s, "bin/web", NULL, "/"), "/bin/web"));
    /* A mount whose place is called by a link of the image. */
    CHECK(!strcmp(program(&s, "/run/x/web", NULL, "/"), "/run/x/web"));
    CHECK(!strcmp(program(&s, "/var/run/x/web", NULL, "/"), "/var/run/x/web"));
    CHECK(!strcmp(program(&s, "/run/x/none", NULL, "/"), "ENOENT"));
    CHECK(!strcmp(program(&s, "text", "/bin", "/"), "EACCES"));
    CHECK(!strcmp(program(&s, "/bin", "/bin", "/"), "EACCES"));
    CHECK(!strcmp(program(&s, "", "/bin", "/"), "ENOENT"));
    CHECK(!strcmp(program(&s, "mine", "/bin", "/"), "EACCES"));
    s.uid = getuid();
    CHECK(!strcmp(program(&s, "mine", "/bin", "/"), "/bin/mine"));

    s.uid = 7;
    CHECK(oci_home(&s, bundle, home, sizeof home) && !strcmp(home, "/home/u"));
    s.uid = 8;
    CHECK(oci_home(&s, bundle, home, sizeof home) && !strcmp(home, "/"));
    s.uid = 9;
    CHECK(oci_home(&s, bundle, home, sizeof home) && !strcmp(home, "/"));
    CHECK(!oci_home(&s, bundle, home, 1));
    snprintf(long_name, sizeof long_name, "rm -r %s", top);
    CHECK(!system(long_name));
    close(bundle);
}

/* Files that are no programs at all are none of pith's; what claims to be one must be whole. */
void test_program(void)
{
    static const char *const texts[] = {"", "x", "#!/bin/sh\n",
                                        "\x7f"
                                        "ELF",
                                        "\x7f"
                                        "ELF\2\1\1"};
    struct oci_program program;
    char path[] = "/tmp/oci-unit.XXXXXX";
    int fd = mkstemp(path);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        CHECK(!ftruncate(fd, 0));
        CHECK(pwrite(fd, texts[i], strlen(texts[i]), 0) == (ssize_t)strlen(texts[i]));
        CHECK(!oci_program_look(fd, "it", &program, &unit_err) && !program.pith);
    }
    close(fd);
    unlink(path);
    fd = open("/bin/true", O_PATH);
    CHECK(!oci_program_look(fd, "it", &program, &unit_err) && !program.pith);
    close(fd);

    /* A pith program, if the tree has one already; then with its image spoiled. */
    const char *build = getenv("BUILD");
    char hello[256];
    snprintf(hello, sizeof hello, "%s/examples/hello", build ? build : "build");
    fd = open(hello, O_RDONLY);
    if (fd < 0)
        return;
    CHECK(!oci_program_look(fd, "it", &program, &unit_err) && program.pith && program.memory);
    CHECK(!program.network);
    static unsigned char bytes[1 << 20];
    ssize_t n = read(fd, bytes, sizeof bytes);
    close(fd);
    CHECK(n > 0);
    strcpy(path, "/tmp/oci-unit.XXXXXX");
    fd = mkstemp(path);
    for (ssize_t at = 0; at < n; at += n / 400 + 1) {
        unsigned char was = bytes[at];
        bytes[at] ^= 0x5a;
        CHECK(!ftruncate(fd, 0) && pwrite(fd, bytes, (size_t)n, 0) == n);
        oci_program_look(fd, "it", &program, &unit_err);
        bytes[at] = was;
    }
    for (ssize_t size = 0; size < n; size += n / 200 + 1) {
        CHECK(!ftruncate(fd, 0) && pwrite(fd, bytes, (size_t)size, 0) == size);
        oci_program_look(fd, "it", &program, &unit_err);
    }
    /* The ABI number stands behind the note's name, "pith" padded to 8. */
    unsigned char *note = memmem(bytes, (size_t)n, "\5\0\0\0\x10\0\0\0\1\0\0\0pith", 16);
    CHECK(note != NULL);
    if (note) {
        note[20] = 99;
        CHECK(pwrite(fd, bytes, (size_t)n, 0) == n);
        CHECK(oci_program_look(fd, "it", &program, &unit_err) == -1);
        CHECK(strstr(unit_err.text, "ABI 99") != NULL);
    }
    close(fd);
    unlink(path);
}
