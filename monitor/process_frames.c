/* Pages with more than one name (PITH_PROT_SHARED, PITH_MEM_ALIAS) of the process machine.
 *
 * Such a page is a frame of one memfd, made when the first is asked for; a name is a shared
 * mapping of that frame. Each arena page knows its frame, each frame counts its names; when the
 * last goes, a hole is punched and the frame can be used again. There are never more frames than
 * pages in -m, because the common part charges each once.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "process.h"

#define CHUNK_PAGES 4096u
#define CHUNKS ((PITH_ARENA_END - PITH_ARENA_START) / PITH_PAGE / CHUNK_PAGES)

/* frame + 1 of each arena page, 0 = not shared; tables exist where something is shared. */
static uint32_t **names; /* [CHUNKS] */
static uint32_t *counts; /* names of each frame */
static uint32_t nframes, next_frame;
static int file = -1;

static void *sparse(uint64_t size)
{
    void *got = mmap(NULL, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return got == MAP_FAILED ? NULL : got;
}

static uint32_t *name_of(uint64_t va, bool make)
{
    uint64_t page = (va - PITH_ARENA_START) / PITH_PAGE;
    if (!names)
        return NULL;
    uint32_t **table = &names[page / CHUNK_PAGES];
    if (!*table) {
        if (!make)
            return NULL;
        *table = sparse(CHUNK_PAGES * sizeof **table);
        if (!*table)
            return NULL;
    }
    return &(*table)[page % CHUNK_PAGES];
}

static uint32_t frame_at(uint64_t va)
{
    uint32_t *name = name_of(va, false);
    return name ? *name : 0;
}

bool process_frames_has(uint64_t va)
{
    return frame_at(va) != 0;
}

static int start(struct mon *m)
{
    if (file >= 0)
        return 0;
    uint64_t n = (m->ram_most > m->ram_bytes ? m->ram_most : m->ram_bytes) / PITH_PAGE;
    if (n >= UINT32_MAX)
        n = UINT32_MAX - 1;
    int fd = memfd_create("pith-shared", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (!counts)
        counts = sparse(n * sizeof *counts);
    if (!names)
        names = sparse(CHUNKS * sizeof *names);
    if (!counts || !names || ftruncate(fd, (off_t)(n * PITH_PAGE))) {
        int error = errno;
        close(fd);
        return -error;
    }
    nframes = (uint32_t)n;
    file = fd;
    return 0;
}

/* Next run of free frames, at most `want`; returns its length, 0 if there is none. */
static uint32_t take(uint32_t want, uint32_t *first)
{
    for (unsigned lap = 0; lap < 2; lap++) {
        while (next_frame < nframes && counts[next_frame])
            next_frame++;
        if (next_frame < nframes) {
            *first = next_frame;
            uint32_t n = 0;
            while (n < want && next_frame < nframes && !counts[next_frame]) {
                next_frame++;
                n++;
            }
            return n;
        }
        next_frame = 0;
    }
    return 0;
}

static int name_frames(uint64_t va, uint32_t first, uint32_t n, unsigned prot)
{
    for (uint32_t i = 0; i < n; i++)
        if (!name_of(va + (uint64_t)i * PITH_PAGE, true))
            return -ENOMEM;
    if (mmap((void *)(uintptr_t)va, (size_t)n * PITH_PAGE, process_prot(prot),
             MAP_SHARED | MAP_FIXED, file, (off_t)first * PITH_PAGE) == MAP_FAILED)
        return -errno;
    for (uint32_t i = 0; i < n; i++) {
        *name_of(va + (uint64_t)i * PITH_PAGE, true) = first + i + 1;
        counts[first + i]++;
    }
    return 0;
}

/* Takes the names of a range away; returns the bytes of frames that lost their last. */
uint64_t process_frames_unmap(uint64_t va, uint64_t len)
{
    uint64_t freed = 0;
    for (uint64_t at = va; at < va + len; at += PITH_PAGE) {
        uint32_t *name = name_of(at, false);
        if (!name || !*name)
            continue;
        uint32_t frame = *name - 1;
        *name = 0;
        if (--counts[frame] == 0) {
            fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)frame * PITH_PAGE,
                      PITH_PAGE);
            freed += PITH_PAGE;
        }
    }
    return freed;
}

static void undo(uint64_t va, uint64_t len)
{
    process_frames_unmap(va, len);
    if (len)
        mmap((void *)(uintptr_t)va, len, PROT_NONE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

int process_frames_map(struct mon *m, uint64_t va, uint64_t len, unsigned prot)
{
    int error = start(m);
    for (uint64_t done = 0; !error && done < len;) {
        uint64_t left = (len - done) / PITH_PAGE;
        uint32_t first = 0;
        uint32_t n = take(left < UINT32_MAX ? (uint32_t)left : UINT32_MAX, &first);
        error = n ? name_frames(va + done, first, n, prot) : -ENOMEM;
        if (error)
            undo(va, done);
        done += (uint64_t)n * PITH_PAGE;
    }
    return error;
}

int process_frames_alias(uint64_t va, uint64_t src, uint64_t len, unsigned prot)
{
    for (uint64_t done = 0; done < len;) {
        uint32_t first = frame_at(src + done), n = 1;
        while (done + (uint64_t)n * PITH_PAGE < len &&
               frame_at(src + done + (uint64_t)n * PITH_PAGE) == first + n)
            n++;
        int error = name_frames(va + done, first - 1, n, prot);
        if (error) {
            undo(va, done);
            return error;
        }
        done += (uint64_t)n * PITH_PAGE;
    }
    return 0;
}

bool process_frames_move(uint64_t va, uint64_t src, uint64_t len)
{
    for (uint64_t at = 0; at < len; at += PITH_PAGE) {
        uint32_t *from = name_of(src + at, false), *to = name_of(va + at, true);
        if (!from || !to)
            return false;
        *to = *from;
        *from = 0;
    }
    return true;
}
