/* Opening a disk, and its requests. See blk.h. */
#include "blk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <pith/abi.h>

#include "buffer.h"
#include "limits.h"

#define SECTOR 512u
#define PIECES 512u
#define RANGES 16u

static int size_of(const struct blk *b, uint64_t *bytes)
{
    struct stat st;
    if (fstat(b->fd, &st))
        return -errno;
    if (S_ISREG(st.st_mode))
        *bytes = (uint64_t)st.st_size;
    else if (!S_ISBLK(st.st_mode))
        return -ENOTBLK;
    else if (ioctl(b->fd, BLKGETSIZE64, bytes))
        return -errno;
    return 0;
}

static void describe(struct blk *b)
{
    b->features = 1ull << VIRTIO_BLK_F_SIZE_MAX | 1ull << VIRTIO_BLK_F_SEG_MAX |
                  1ull << VIRTIO_BLK_F_BLK_SIZE | 1ull << VIRTIO_BLK_F_TOPOLOGY |
                  1ull << VIRTIO_BLK_F_FLUSH;
    b->config.capacity = b->sectors;
    b->config.size_max = MON_BLK_SEGMENT;
    b->config.seg_max = MON_BLK_SEGMENTS;
    b->config.blk_size = SECTOR;
    b->config.physical_block_exp = 3; /* 4 KiB: a page of the host's cache */
    b->config.min_io_size = 8;
    b->config.num_queues = 1;
    if (b->read_only) {
        b->features |= 1ull << VIRTIO_BLK_F_RO;
        return;
    }
    b->features |= 1ull << VIRTIO_BLK_F_DISCARD | 1ull << VIRTIO_BLK_F_WRITE_ZEROES;
    b->config.max_discard_sectors = MON_BLK_DISCARD / SECTOR;
    b->config.max_discard_seg = RANGES;
    b->config.discard_sector_alignment = 8;
    b->config.max_write_zeroes_sectors = MON_BLK_DATA / SECTOR;
    b->config.max_write_zeroes_seg = RANGES;
    b->config.write_zeroes_may_unmap = 1;
}

int blk_open(struct blk *b, const char *path, bool read_only, unsigned number,
             struct host_error *err)
{
    struct flock lock = {.l_type = read_only ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET};
    uint64_t bytes = 0;
    *b = (struct blk){.read_only = read_only};
    b->fd = open(path, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (b->fd < 0)
        return host_fail(err, "%s: %s", path, strerror(errno));
    int error = size_of(b, &bytes);
    b->sectors = bytes / SECTOR;
    if (error == -ENOTBLK)
        error = host_fail(err, "%s: it is neither a regular file nor a block device", path);
    else if (error)
        error = host_fail(err, "%s: %s", path, strerror(-error));
    else if (b->sectors == 0)
        error = host_fail(err, "%s: it is too small for a disk", path);
    else if (fcntl(b->fd, F_OFD_SETLK, &lock))
        error = errno == EAGAIN || errno == EACCES
                    ? host_fail(err, "%s: another guest or program uses it", path)
                    : host_fail(err, "%s: it cannot be locked: %s", path, strerror(errno));
    if (error) {
        close(b->fd);
        return -1;
    }
    snprintf(b->id, sizeof b->id, "pith-disk-%u", number);
    describe(b);
    return 0;
}

/* The status of a call of the host that failed. */
static uint8_t failed(void)
{
    return errno == ENOSPC || errno == EDQUOT ? PITH_BLK_S_NOSPC : VIRTIO_BLK_S_IOERR;
}

/* preadv or pwritev of n bytes, all or an error. */
static uint8_t transfer(const struct blk *b, struct mon_buffer *data, long call, uint64_t n,
                        uint64_t offset)
{
    struct iovec pieces[PIECES];
    while (n) {
        unsigned count = mon_pieces(data, pieces, PIECES, n);
        long some = syscall(call, b->fd, pieces, count, offset, 0);
        if (some < 0 && errno == EINTR)
            continue;
        if (some < 0)
            return failed();
        /* Nothing where there should be something: the file was cut off. */
        if (some == 0)
            return VIRTIO_BLK_S_IOERR;
        mon_skip(data, (uint64_t)some);
        offset += (uint64_t)some;
        n -= (uint64_t)some;
    }
    return VIRTIO_BLK_S_OK;
}

static bool inside(const struct blk *b, uint64_t sector, uint64_t sectors)
{
    return sectors <= b->sectors && sector <= b->sectors - sectors;
}

static uint8_t write_zeros(const struct blk *b, uint64_t offset, uint64_t n)
{
    static char zeros[64 << 10];
    struct iovec pieces[MON_BLK_DATA / sizeof zeros];
    unsigned count = 0;
    for (uint64_t left = n; left; count++) {
        size_t some = left < sizeof zeros ? left : sizeof zeros;
        pieces[count] = (struct iovec){zeros, some};
        left -= some;
    }
    struct mon_buffer all;
    mon_buffer(&all, pieces, count);
    return transfer(b, &all, SYS_pwritev, n, offset);
}

static uint8_t clear(const struct blk *b, const struct virtio_blk_discard_write_zeroes *r,
                     bool zero)
{
    uint64_t offset = r->sector * SECTOR, n = (uint64_t)r->num_sectors * SECTOR;
    bool punch = !zero || r->flags & VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP;
    int mode = FALLOC_FL_KEEP_SIZE | (punch ? FALLOC_FL_PUNCH_HOLE : FALLOC_FL_ZERO_RANGE);
    if (n == 0 || syscall(SYS_fallocate, b->fd, mode, offset, n) == 0)
        return VIRTIO_BLK_S_OK;
    bool cannot = errno == EOPNOTSUPP || errno == ENOSYS;
    if (!cannot)
        return failed();
    /* Discarding is only a hint; zeros are a promise. */
    return zero ? write_zeros(b, offset, n) : VIRTIO_BLK_S_OK;
}

/* DISCARD and WRITE_ZEROES: all ranges are judged before any is touched. */
static uint8_t ranges(const struct blk *b, struct mon_buffer *in, bool zero)
{
    struct virtio_blk_discard_write_zeroes range[RANGES];
    uint64_t n = in->left / sizeof *range;
    uint64_t most = (zero ? MON_BLK_DATA : MON_BLK_DISCARD) / SECTOR;
    if (b->read_only || n == 0 || n > RANGES || in->left % sizeof *range ||
        mon_take(in, range, n * sizeof *range))
        return VIRTIO_BLK_S_IOERR;
    for (uint64_t i = 0; i < n; i++) {
        /* 5.2.6.2: unknown flags, and UNMAP in a DISCARD, are answered with UNSUPP. */
        if (range[i].flags & ~(zero ? VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP : 0u))
            return VIRTIO_BLK_S_UNSUPP;
        if (range[i].num_sectors > most || !inside(b, range[i].sector, range[i].num_sectors))
            return VIRTIO_BLK_S_IOERR;
    }
    uint8_t status = VIRTIO_BLK_S_OK;
    for (uint64_t i = 0; i < n && status == VIRTIO_BLK_S_OK; i++)
        status = clear(b, &range[i], zero);
    return status;
}

static uint8_t serve(struct blk *b, const struct virtio_blk_outhdr *h, struct mon_buffer *in,
                     struct mon_buffer *data)
{
    uint64_t n = h->type == VIRTIO_BLK_T_OUT ? in->left : data->left;
    switch (h->type) {
    case VIRTIO_BLK_T_IN:
    case VIRTIO_BLK_T_OUT:
        if (n % SECTOR || n > MON_BLK_DATA || !inside(b, h->sector, n / SECTOR))
            return VIRTIO_BLK_S_IOERR;
        if (h->type == VIRTIO_BLK_T_OUT && b->read_only)
            return VIRTIO_BLK_S_IOERR;
        return h->type == VIRTIO_BLK_T_IN ? transfer(b, data, SYS_preadv, n, h->sector * SECTOR)
                                          : transfer(b, in, SYS_pwritev, n, h->sector * SECTOR);
    case VIRTIO_BLK_T_FLUSH:
        if (b->read_only)
            return VIRTIO_BLK_S_OK;
        return syscall(SYS_fdatasync, b->fd) ? failed() : VIRTIO_BLK_S_OK;
    case VIRTIO_BLK_T_GET_ID:
        n = n < sizeof b->id ? n : sizeof b->id;
        return mon_put(data, b->id, n) ? VIRTIO_BLK_S_IOERR : VIRTIO_BLK_S_OK;
    case VIRTIO_BLK_T_DISCARD:
        return ranges(b, in, false);
    case VIRTIO_BLK_T_WRITE_ZEROES:
        return ranges(b, in, true);
    default:
        return VIRTIO_BLK_S_UNSUPP;
    }
}

ssize_t blk_request(struct blk *b, const struct iovec *in, unsigned nin, const struct iovec *out,
                    unsigned nout)
{
    struct mon_buffer request, data, last;
    struct virtio_blk_outhdr h;
    mon_buffer(&request, in, nin);
    mon_buffer(&data, out, nout);
    if (mon_take(&request, &h, sizeof h)) {
        b->broken = "a request has no header";
        return -1;
    }
    if (data.left == 0) {
        b->broken = "a request leaves no room for its status";
        return -1;
    }
    last = data;
    mon_skip(&last, data.left - 1);
    data.left--; /* the status is not data */
    uint64_t room = data.left;
    uint8_t status = serve(b, &h, &request, &data);
    if (mon_put(&last, &status, 1)) {
        b->broken = "a request's status cannot be written";
        return -1;
    }
    /* The status stands at the end: what is before it counts as written, as devices do. */
    return (ssize_t)room + 1;
}
