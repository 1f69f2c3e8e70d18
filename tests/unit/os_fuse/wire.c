/* The wire between the library OS's file client and the monitor's file server: two rings in memory,
 * which PITH_HC_WAIT empties. The volume is mounted at /tmp, where the tests of ../os_vfs work. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/fuse.h>

#include "monitor/fs.h"

#include <pith/abi.h>

long fake_wait(void);
void fake_boot(struct pith_boot *boot);

#define SIZE PITH_FS_QUEUE_SIZE

static struct {
    struct pith_desc desc[SIZE];
    struct { /* struct pith_avail and struct pith_used, with their entries */
        pith_u16 flags, idx, ring[SIZE];
    } avail;
    struct {
        pith_u16 flags, idx;
        struct pith_used_elem ring[SIZE];
    } used;
    unsigned seen;
} ring[PITH_FS_QUEUES];

static struct fs *fs;
static char dir[] = "/dev/shm/pith-fuse-XXXXXX";

static void remove_dir(void)
{
    char cmd[100];
    snprintf(cmd, sizeof cmd, "rm -rf %s", dir);
    if (system(cmd) != 0)
        puts("# the directory stays");
}

/* Another server: small requests, of a read only a part is answered though there is more; with
 * PITH_TEST_SHORT=direct nothing is to be cached either. */
#define SMALL (4u * PITH_PAGE)
static const char *short_answers;

static void small_only(const struct fuse_in_header *in, const struct iovec *io, unsigned n)
{
    size_t bytes = 0;
    for (unsigned i = 0; i < n; i++)
        bytes += io[i].iov_len;
    if ((in->opcode != FUSE_READ && in->opcode != FUSE_WRITE) || bytes <= SMALL + 256)
        return;
    printf("not ok os-fuse: a request of %zu bytes where %u were agreed on\n", bytes, SMALL);
    exit(1);
}

static size_t cut(unsigned opcode, const struct iovec *out, size_t len)
{
    struct fuse_out_header *head = out[0].iov_base;
    struct fuse_init_out *init = out[1].iov_base;
    struct fuse_open_out *open = out[1].iov_base;
    if (head->error)
        return len;
    if (opcode == FUSE_INIT) {
        init->max_pages = SMALL / PITH_PAGE;
        init->max_write = SMALL;
    } else if (opcode == FUSE_OPEN && !strcmp(short_answers, "direct")) {
        open->open_flags |= FOPEN_DIRECT_IO;
    } else if (opcode == FUSE_READ && len > sizeof *head + 1) {
        len = sizeof *head + 1 + (size_t)rand() % (len - sizeof *head);
        head->len = (uint32_t)len;
    }
    return len;
}

static void serve(unsigned q, unsigned head)
{
    struct iovec io[2][SIZE];
    unsigned n[2] = {0, 0};
    for (unsigned at = head;; at = ring[q].desc[at].next) {
        const struct pith_desc *d = &ring[q].desc[at];
        unsigned out = d->flags >> 1 & 1;
        io[out][n[out]++] = (struct iovec){(void *)d->addr, d->len};
        if (!(d->flags & 1))
            break;
    }
    const struct fuse_in_header in = *(const struct fuse_in_header *)io[0][0].iov_base;
    if (short_answers && q == PITH_FS_REQUEST)
        small_only(&in, io[in.opcode == FUSE_READ], n[in.opcode == FUSE_READ]);
    ssize_t len = fs_request(fs, io[0], n[0], io[1], n[1]);
    if (short_answers && n[1] > 1)
        len = (ssize_t)cut(in.opcode, io[1], (size_t)len);
    if (len < 0) {
        printf("not ok os-fuse: the server refuses the client: %s\n", fs_broken(fs));
        exit(1);
    }
    ring[q].used.ring[ring[q].used.idx % SIZE] = (struct pith_used_elem){head, (pith_u32)len};
    ring[q].used.idx++;
}

long fake_wait(void)
{
    long any = 0;
    for (unsigned q = 0; q < PITH_FS_QUEUES; q++) {
        for (; (pith_u16)ring[q].seen != ring[q].avail.idx; ring[q].seen++) {
            serve(q, ring[q].avail.ring[ring[q].seen % SIZE]);
            any = PITH_WAIT_RING;
        }
    }
    return any;
}

void fake_boot(struct pith_boot *boot)
{
    static struct pith_fs_config config = {.tag = "test", .num_request_queues = 1};
    static struct pith_queue queue[PITH_FS_QUEUES];
    static struct pith_device device = {PITH_DEV_FS,       PITH_FS_QUEUES, 0, (pith_u64)queue,
                                        (pith_u64)&config, sizeof config,  0};
    static struct pith_mount mount = {(pith_u64) "/tmp", PITH_MOUNT_FS, 0, 0, 0, 0};
    /* As on kvm: what is queued without waiting is found at the next exit. */
    static struct pith_clock clock = {.usable = 1};
    const bool behind = getenv("PITH_TEST_BEHIND") != NULL;
    const struct fs_options options = {.strict = false, .behind = behind};
    struct host_error err;
    short_answers = getenv("PITH_TEST_SHORT");
    if (!mkdtemp(dir))
        return; /* without /dev/shm: the tests say so */
    atexit(remove_dir);
    if (fs_open(&fs, dir, &options, &err)) {
        puts("not ok os-fuse: the server does not start");
        exit(1);
    }
    for (unsigned q = 0; q < PITH_FS_QUEUES; q++)
        queue[q] = (struct pith_queue){(pith_u64)ring[q].desc, (pith_u64)&ring[q].avail,
                                       (pith_u64)&ring[q].used, SIZE, 0};
    config.flags = behind ? PITH_FS_BEHIND : 0;
    boot->clock = (pith_u64)&clock;
    boot->devices = (pith_u64)&device;
    boot->ndevices = 1;
    boot->mounts = (pith_u64)&mount;
    boot->nmounts = 1;
}
