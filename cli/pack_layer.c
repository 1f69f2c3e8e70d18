/* The one layer of an image: the tree of --files in the order of its names, then the program and
 * the list of its parts. See pack.h.
 *
 * The tree is read without following links: a link stays a link. Sockets and devices have no place
 * in an image and are refused; hard links become files of their own. A file that changes its size
 * while it is read ends the work.
 */
#include "cli/pack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEEPEST 64 /* folders inside each other; each holds a descriptor open */

static int put_file(struct pack_tar *tar, int fd, const char *path, const struct stat *st)
{
    static char buffer[65536];
    uint64_t left = (uint64_t)st->st_size;
    if (pack_tar_begin(tar, PACK_FILE, path, NULL, st->st_mode, left))
        return -1;
    while (left) {
        ssize_t n = read(fd, buffer, left < sizeof buffer ? (size_t)left : sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return pack_fail("/%s: %s", path, n ? strerror(errno) : "it became shorter meanwhile");
        if (pack_tar_write(tar, buffer, (size_t)n))
            return -1;
        left -= (uint64_t)n;
    }
    return pack_tar_pad(tar);
}

static int put_link(struct pack_tar *tar, int folder, const char *name, const char *path)
{
    char target[4096];
    ssize_t n = readlinkat(folder, name, target, sizeof target - 1);
    if (n < 0)
        return pack_fail("/%s: %s", path, strerror(errno));
    target[n] = 0;
    return pack_tar_begin(tar, PACK_LINK, path, target, 0777, 0);
}

static int put_folder(struct pack_tar *tar, int fd, const char *prefix, const char *program,
                      unsigned depth);

static int put_entry(struct pack_tar *tar, int folder, const char *name, const char *path,
                     const char *program, unsigned depth)
{
    struct stat st;
    if (strcmp(path, program) == 0)
        return pack_fail("--files holds /%s, where the program goes", path);
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW))
        return pack_fail("/%s: %s", path, strerror(errno));
    if (S_ISLNK(st.st_mode))
        return put_link(tar, folder, name, path);
    if (S_ISFIFO(st.st_mode))
        return pack_tar_begin(tar, PACK_FIFO, path, NULL, st.st_mode, 0);
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return pack_fail("/%s: sockets and devices have no place in an image", path);
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st)) {
        if (fd >= 0)
            close(fd);
        return pack_fail("/%s: %s", path, strerror(errno));
    }
    int failed;
    if (S_ISREG(st.st_mode)) {
        failed = put_file(tar, fd, path, &st);
    } else {
        char *slash;
        if (asprintf(&slash, "%s/", path) < 0) {
            close(fd);
            return pack_fail("out of memory");
        }
        failed = pack_tar_begin(tar, PACK_FOLDER, slash, NULL, st.st_mode, 0) ||
                 put_folder(tar, fd, slash, program, depth + 1);
        free(slash);
    }
    close(fd);
    return failed ? -1 : 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int no_dots(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* The folder's entries; `prefix` is its path with a slash behind, or "". */
static int put_folder(struct pack_tar *tar, int fd, const char *prefix, const char *program,
                      unsigned depth)
{
    struct dirent **list = NULL;
    char self[32];
    if (depth > DEEPEST)
        return pack_fail("/%s: folders deeper than %d", prefix, DEEPEST);
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    int count = scandir(self, &list, no_dots, by_bytes), failed = 0;
    if (count < 0)
        return pack_fail("/%s: %s", prefix, strerror(errno));
    for (int i = 0; i < count; i++) {
        char *path = NULL;
        if (!failed && asprintf(&path, "%s%s", prefix, list[i]->d_name) < 0)
            failed = pack_fail("out of memory");
        failed = failed || put_entry(tar, fd, list[i]->d_name, path, program, depth);
        free(path);
        free(list[i]);
    }
    free(list);
    return failed ? -1 : 0;
}

static int put_tree(struct pack_tar *tar, const char *files, const char *program)
{
    int fd = open(files, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return pack_fail("%s: %s", files, strerror(errno));
    int failed = put_folder(tar, fd, "", program, 0);
    close(fd);
    return failed;
}

/* The list of parts goes where those who look for one look: *.spdx.json. */
static int put_sbom(struct pack_tar *tar, const char *name, const char *sbom)
{
    char *path;
    if (asprintf(&path, "usr/share/sbom/%s.spdx.json", name) < 0)
        return pack_fail("out of memory");
    int failed = pack_tar_file(tar, path, 0644, sbom, strlen(sbom));
    free(path);
    return failed;
}

int pack_layer_make(const struct pack_options *options, const struct cli_program *program,
                    const char *name, const char *sbom, struct pack_layer *layer)
{
    struct pack_sha256 sha;
    struct pack_tar tar = {.sha = &sha, .time = options->time};
    pack_sha256_begin(&sha);
    layer->file = tar.file = tmpfile();
    if (!tar.file)
        return pack_fail("a temporary file: %s", strerror(errno));
    if ((options->files && put_tree(&tar, options->files, name)) ||
        pack_tar_file(&tar, name, 0755, program->bytes.data, program->bytes.size) ||
        (sbom && put_sbom(&tar, name, sbom)) || pack_tar_end(&tar))
        return -1;
    if (fflush(tar.file) || fseek(tar.file, 0, SEEK_SET))
        return pack_fail("a temporary file: %s", strerror(errno));
    layer->size = tar.written;
    pack_sha256_end(&sha, layer->digest);
    return 0;
}
