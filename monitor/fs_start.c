/* Opening and closing a tree (fs.h): everything a server will ever need is taken here, before the
 * jail closes. Its tables are reserved, not touched: a volume costs what it uses. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "fs_server.h"

static void *table(size_t bytes)
{
    void *got = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return got == MAP_FAILED ? NULL : got;
}

#define SERVER_BYTES sizeof(struct fs)
#define NODE_BYTES ((MON_FS_NODES + 1) * sizeof(struct fs_node))
#define HASH_BYTES (MON_FS_NODES * sizeof(uint32_t))
#define HANDLE_BYTES ((MON_FS_HANDLES + 1) * sizeof(struct fs_handle))
#define LOCK_BYTES (MON_FS_LOCKS * sizeof(struct fs_lock))

static void release(struct fs *fs)
{
    if (fs->nodes)
        munmap(fs->nodes, NODE_BYTES);
    if (fs->hash)
        munmap(fs->hash, HASH_BYTES);
    if (fs->handles)
        munmap(fs->handles, HANDLE_BYTES);
    if (fs->locks)
        munmap(fs->locks, LOCK_BYTES);
    if (fs->proc >= 0)
        close(fs->proc);
    munmap(fs, SERVER_BYTES);
}

static int fill(struct fs *fs, const char *path, struct host_error *err)
{
    struct statx st;
    fs->nodes = table(NODE_BYTES);
    fs->hash = table(HASH_BYTES);
    fs->handles = table(HANDLE_BYTES);
    fs->locks = table(LOCK_BYTES);
    if (!fs->nodes || !fs->hash || !fs->handles || !fs->locks)
        return host_fail(err, "%s: memory is short", path);
    fs->proc = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fs->proc < 0)
        return host_fail(err, "%s: files need /proc, which is not here: %s", path, strerror(errno));
    int root = open(path, O_PATH | O_CLOEXEC);
    if (root < 0)
        return host_fail(err, "%s: %s", path, strerror(errno));
    int error = fs_stat_fd(root, &st);
    if (!error && !S_ISDIR(st.stx_mode) && !S_ISREG(st.stx_mode))
        error = host_fail(err, "%s: it is neither a directory nor a regular file", path);
    else if (error)
        error = host_fail(err, "%s: %s", path, strerror(-error));
    if (error) {
        close(root);
        return -1;
    }
    return fs_nodes_start(fs, root, &st);
}

int fs_open(struct fs **out, const char *path, const struct fs_options *options,
            struct host_error *err)
{
    struct fs *fs = table(SERVER_BYTES);
    if (!fs)
        return host_fail(err, "%s: memory is short", path);
    fs->options = *options;
    fs->descriptors_max = options->descriptors ? options->descriptors : MON_FS_DESCRIPTORS;
    fs->timeout = options->fixed ? MON_FS_TIMEOUT_FIXED : MON_FS_TIMEOUT;
    fs->uid = options->other_user ? options->uid : geteuid();
    fs->gid = options->other_user ? options->gid : getegid();
    fs->proc = -1;
    if (fill(fs, path, err)) {
        release(fs);
        return -1;
    }
    *out = fs;
    return 0;
}

void fs_close(struct fs *fs)
{
    fs_unlock_all(fs);
    fs_handles_close(fs);
    fs_forget_all(fs);
    close(fs->nodes[FS_ROOT].fd);
    release(fs);
}

bool fs_is_file(const struct fs *fs)
{
    return S_ISREG(fs->nodes[FS_ROOT].type);
}

int fs_root(const struct fs *fs)
{
    return fs->nodes[FS_ROOT].fd;
}

bool fs_lingers(const struct fs *fs)
{
    return fs->lingers;
}

const uint64_t *fs_requests(const struct fs *fs)
{
    return fs->requests;
}

void fs_count(const struct fs *fs, unsigned *descriptors, unsigned *nodes, unsigned *handles)
{
    *descriptors = fs->descriptors;
    *nodes = fs->count;
    *handles = fs->handles_count;
}
