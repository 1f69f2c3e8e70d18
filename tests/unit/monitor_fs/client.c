/* See client.h. Requests are handed over in pieces of odd lengths, so that fields lie across them.
 */
#include "client.h"

#include <dirent.h>
#include <sys/uio.h>

struct fs *fs;
char top[256];
unsigned char answer[(1 << 20) + 4096];
ssize_t answer_bytes;
static unsigned char reply[sizeof answer + sizeof(struct fuse_out_header)];
static uint64_t unique;

static unsigned split(struct iovec *iov, unsigned max, void *base, size_t len, unsigned first)
{
    unsigned n = 0;
    char *p = base;
    while (len && n < max) {
        size_t some = n + 1 == max ? len : (first + n * 7) % 61;
        some = some < len ? some : len;
        iov[n++] = (struct iovec){p, some};
        p += some;
        len -= some;
    }
    return n;
}

static void no_canary(size_t n)
{
    if (n >= sizeof CANARY - 1 && memmem(reply, n, CANARY, sizeof CANARY - 1))
        CHECK(!"what is outside was read");
}

ssize_t ask_raw(const void *request, size_t len, size_t room)
{
    static unsigned char copy[sizeof answer + 65536];
    struct iovec in[8], out[8];
    CHECK(len <= sizeof copy && room <= sizeof reply);
    memcpy(copy, request, len);
    memset(reply, 0xee, sizeof reply < room + 64 ? sizeof reply : room + 64);
    unsigned turn = (unsigned)(unique % 53);
    unsigned nin = split(in, 8, copy, len, turn), nout = split(out, 8, reply, room, turn + 5);
    ssize_t n = fs_request(fs, in, nin, out, nout);
    CHECK(n <= (ssize_t)room);
    for (size_t i = n > 0 ? (size_t)n : 0; i < room && i < 256; i++)
        if (n >= 0 && reply[i] != 0xee && n <= 16)
            CHECK(!"a reply wrote behind its end");
    no_canary(room);
    return n;
}

int ask_room(unsigned op, uint64_t node, const struct part *parts, unsigned n, size_t room)
{
    static unsigned char request[sizeof answer + 65536];
    unique++;
    struct fuse_in_header h = {.opcode = op,
                               .nodeid = node,
                               .unique = unique,
                               .uid = geteuid(),
                               .gid = getegid(),
                               .pid = 77};
    size_t len = sizeof h;
    for (unsigned i = 0; i < n; i++) {
        memcpy(request + len, parts[i].data, parts[i].len);
        len += parts[i].len;
    }
    h.len = (uint32_t)len;
    memcpy(request, &h, sizeof h);
    ssize_t got = ask_raw(request, len, room + sizeof(struct fuse_out_header));
    struct fuse_out_header out = {0};
    answer_bytes = 0;
    if (got <= 0)
        return got < 0 ? 1 : 0;
    memcpy(&out, reply, sizeof out);
    CHECK(got >= (ssize_t)sizeof out && out.len == got && out.unique == unique);
    CHECK(out.error <= 0 && out.error > -4096);
    CHECK(out.error == 0 || out.len == sizeof out);
    answer_bytes = got - (ssize_t)sizeof out;
    memcpy(answer, reply + sizeof out, (size_t)answer_bytes);
    return out.error;
}

int ask(unsigned op, uint64_t node, const struct part *parts, unsigned n)
{
    return ask_room(op, node, parts, n, 65536);
}

int init(struct fs *server)
{
    struct fuse_init_in in = {.major = 7, .minor = 38, .max_readahead = 1 << 20, .flags = ~0u};
    fs = server;
    return ASK(FUSE_INIT, 0, ARG(in));
}

struct fs *serve(const char *name, const struct fs_options *options)
{
    struct host_error err;
    struct fs *made = NULL;
    if (fs_open(&made, at(name), options, &err)) {
        printf("# %s\n", err.text);
        return NULL;
    }
    return made;
}

struct fuse_entry_out entry(void)
{
    struct fuse_entry_out e = {0};
    if (answer_bytes >= (ssize_t)sizeof e)
        memcpy(&e, answer, sizeof e);
    return e;
}

int lookup(uint64_t dir, const char *name, uint64_t *node)
{
    int error = ASK(FUSE_LOOKUP, dir, NAME(name));
    *node = entry().nodeid;
    return error;
}

int open_node(uint64_t node, unsigned flags, uint64_t *fh)
{
    struct fuse_open_in in = {.flags = flags};
    int error = ASK(FUSE_OPEN, node, ARG(in));
    memcpy(fh, answer, sizeof *fh);
    return error;
}

int opendir_node(uint64_t node, uint64_t *fh)
{
    struct fuse_open_in in = {0};
    int error = ASK(FUSE_OPENDIR, node, ARG(in));
    memcpy(fh, answer, sizeof *fh);
    return error;
}

int create(uint64_t dir, const char *name, unsigned flags, unsigned mode, uint64_t *node,
           uint64_t *fh)
{
    struct fuse_create_in in = {.flags = flags, .mode = mode | S_IFREG};
    int error = ASK(FUSE_CREATE, dir, ARG(in), NAME(name));
    *node = entry().nodeid;
    memcpy(fh, answer + sizeof(struct fuse_entry_out), sizeof *fh);
    return error;
}

int read_at(uint64_t node, uint64_t fh, uint64_t offset, uint32_t n)
{
    struct fuse_read_in in = {.fh = fh, .offset = offset, .size = n};
    return ask_room(FUSE_READ, node, (struct part[]){ARG(in)}, 1, n);
}

int write_at(uint64_t node, uint64_t fh, uint64_t offset, const void *data, uint32_t n)
{
    struct fuse_write_in in = {.fh = fh, .offset = offset, .size = n};
    int error = ASK(FUSE_WRITE, node, ARG(in), {data, n});
    struct fuse_write_out out;
    if (error)
        return error;
    memcpy(&out, answer, sizeof out);
    return (int)out.size;
}

int release(uint64_t fh, bool directory)
{
    struct fuse_release_in in = {.fh = fh};
    return ASK(directory ? FUSE_RELEASEDIR : FUSE_RELEASE, 0, ARG(in));
}

const char *at(const char *path)
{
    static char text[8][512];
    static unsigned turn;
    char *s = text[turn++ % 8];
    snprintf(s, sizeof text[0], "%s/%s", top, path);
    return s;
}

void put_file(const char *path, const char *text)
{
    FILE *f = fopen(at(path), "w");
    CHECK(f != NULL);
    if (f) {
        fputs(text, f);
        fclose(f);
    }
}

/* One line for each thing outside: everything that could be changed about it. */
static void describe(char *to, size_t room)
{
    static const char *const files[] = {"outside", "outside/secret", "outside/dir",
                                        "outside/dir/inner"};
    size_t n = 0;
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {
        struct stat st = {0};
        char text[64] = "";
        int error = lstat(at(files[i]), &st);
        int fd = S_ISREG(st.st_mode) ? open(at(files[i]), O_RDONLY | O_NOATIME) : -1;
        if (fd >= 0) {
            if (read(fd, text, sizeof text - 1) < 0)
                text[0] = '!';
            close(fd);
        }
        n += (size_t)snprintf(to + n, room - n, "%s %d %o %u %u %lu %ld %ld.%ld %s\n", files[i],
                              error, st.st_mode, st.st_uid, st.st_gid, st.st_nlink,
                              (long)st.st_size, (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, text);
    }
    struct dirent **list;
    int count = scandir(at("outside"), &list, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        n += (size_t)snprintf(to + n, room - n, "%s ", list[i]->d_name);
        free(list[i]);
    }
    if (count >= 0)
        free(list);
}

int outside_changed(void)
{
    static char before[4096], now[4096];
    describe(now, sizeof now);
    if (!before[0])
        strcpy(before, now);
    if (strcmp(before, now) == 0)
        return 0;
    printf("# outside was\n%s\n# and is\n%s\n", before, now);
    return 1;
}
