/* The state of every guest page, PITH_HC_MEM, and the account against -m.
 *
 * One byte a page, in tables of 1,024 (a chunk, 4 MiB) that exist only where something is mapped.
 * Image and arena share them, by the numbers of their chunks:
 *
 *     chunk 0 .. 2^22-1          arena, 4 MiB each
 *     chunk 2^22 .. 2^22+511     the image's 2 GiB
 *
 * A table that becomes empty is reused, so tables never outnumber mapped pages. All pages of a
 * request are judged before any is changed. Every loop is bounded by the length of the range in
 * pages that exist, plus one step for each 4 MiB that do not.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "container.h"
#include "limits.h"
#include "run.h"

#define CHUNK_SHIFT 22
#define CHUNK_BYTES (1ull << CHUNK_SHIFT)
#define CHUNK_PAGES 1024u
#define ARENA_CHUNKS ((PITH_ARENA_END - PITH_ARENA_START) >> CHUNK_SHIFT)
#define IMAGE_CHUNKS (PITH_IMAGE_MAX >> CHUNK_SHIFT)
#define PROT_BITS (PITH_PROT_READ | PITH_PROT_WRITE | PITH_PROT_EXEC)
/* Tables are taken from the host in slabs. */
#define SLAB_TABLES 64u

union table {
    uint8_t page[CHUNK_PAGES];
    union table *next_free;
};

struct chunk {
    union table *table; /* NULL: nothing is mapped here */
    uint32_t mapped;    /* pages with state != 0 */
};

/* A small guest is a few chunks: these, with their numbers. Tables of the first of them lie here:
 * at start each page touched costs more than all the work on it. */
#define NEAR 16u
#define NO_CHUNK (~0ull)
static struct near {
    uint64_t number; /* NO_CHUNK: free */
    struct chunk chunk;
} near[NEAR];
static unsigned nnear; /* entries that were ever used */
static union table first_table[4];
static unsigned first_tables;           /* of these, used */
static struct chunk *far_chunk;         /* [ARENA_CHUNKS + IMAGE_CHUNKS], made when near is full */
static union table *free_tables, *slab; /* tables to use again; a slab's next one and its end */
static union table *slab_end;
/* File pages that are mapped, and of how many windows (mon_map_file) they are, or pieces of such.
 */
static uint64_t file_bytes;
static unsigned file_windows;

static bool in_arena(uint64_t va, uint64_t len)
{
    return va >= PITH_ARENA_START && va < PITH_ARENA_END && len <= PITH_ARENA_END - va;
}

/* Which chunk an address is in, NO_CHUNK if in none; and where a chunk begins. */
static uint64_t number_of(uint64_t va)
{
    if (in_arena(va, 1))
        return (va - PITH_ARENA_START) >> CHUNK_SHIFT;
    return va < PITH_IMAGE_MAX ? ARENA_CHUNKS + (va >> CHUNK_SHIFT) : NO_CHUNK;
}

static uint64_t start_of(uint64_t number)
{
    return number < ARENA_CHUNKS ? PITH_ARENA_START + (number << CHUNK_SHIFT)
                                 : (number - ARENA_CHUNKS) << CHUNK_SHIFT;
}

/* The chunk of an address in the image or the arena, NULL for any other, and where nothing is
 * mapped. */
static struct chunk *chunk_of(uint64_t va)
{
    static unsigned last;
    uint64_t number = number_of(va);
    if (number == NO_CHUNK)
        return NULL;
    if (last < nnear && near[last].number == number)
        return &near[last].chunk;
    for (unsigned i = 0; i < nnear; i++)
        if (near[i].number == number) {
            last = i;
            return &near[i].chunk;
        }
    return far_chunk ? &far_chunk[number] : NULL;
}

static union table *new_table(void)
{
    if (first_tables < sizeof first_table / sizeof *first_table)
        return &first_table[first_tables++];
    if (free_tables) {
        union table *t = free_tables;
        free_tables = t->next_free;
        t->next_free = NULL; /* all else is zero: it became free when it was empty */
        return t;
    }
    if (slab == slab_end) {
        union table *got = mmap(NULL, SLAB_TABLES * sizeof *slab, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (got == MAP_FAILED)
            return NULL;
        slab = got;
        slab_end = got + SLAB_TABLES;
    }
    return slab++;
}

static void table_free(struct chunk *c)
{
    c->table->next_free = free_tables;
    free_tables = c->table;
    c->table = NULL;
}

unsigned mon_page(const struct mon *m, uint64_t va)
{
    (void)m;
    const struct chunk *c = chunk_of(va);
    return c && c->table ? c->table->page[(va / PITH_PAGE) % CHUNK_PAGES] : 0;
}

/* The first chunk at or after va, which begins one, that may have pages, below `end`; or `end`. */
static uint64_t next_there(uint64_t va, uint64_t end)
{
    uint64_t next = end;
    if (far_chunk)
        return va;
    for (unsigned i = 0; i < nnear; i++) {
        uint64_t start = near[i].number == NO_CHUNK ? end : start_of(near[i].number);
        if (start >= va && start < next)
            next = start;
    }
    return next;
}

/* End (at most `end`) of the run of pages from va on that are all in the state of va's page. */
static uint64_t run_end(uint64_t va, uint64_t end)
{
    unsigned state = mon_page(NULL, va);
    while (va < end) {
        const struct chunk *c = chunk_of(va);
        uint64_t chunk_end = (va | (CHUNK_BYTES - 1)) + 1;
        if (chunk_end > end)
            chunk_end = end;
        if (!c || !c->table) {
            if (state)
                return va;
            va = next_there(chunk_end, end);
            continue;
        }
        const uint8_t *page = &c->table->page[(va / PITH_PAGE) % CHUNK_PAGES];
        for (; va < chunk_end; va += PITH_PAGE)
            if (*page++ != state)
                return va;
    }
    return end;
}

uint64_t mon_next_mapped(const struct mon *m, uint64_t va, uint64_t end, uint64_t *stop)
{
    while (va < end) {
        *stop = run_end(va, end);
        if (mon_page(m, va) && !(mon_page(m, va) & MON_PAGE_FILE))
            return va;
        va = *stop;
    }
    return end;
}

static bool make_far(void)
{
    if (far_chunk)
        return true;
    void *got = mmap(NULL, (ARENA_CHUNKS + IMAGE_CHUNKS) * sizeof *far_chunk,
                     PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (got == MAP_FAILED)
        return false;
    far_chunk = got;
    return true;
}

/* A chunk for va, which has none. */
static struct chunk *new_chunk(uint64_t va)
{
    uint64_t number = number_of(va);
    struct near *n = near;
    while (n < near + nnear && n->number != NO_CHUNK)
        n++;
    if (n == near + NEAR || far_chunk) /* one that is far stays the only one of its number */
        return number != NO_CHUNK && make_far() ? &far_chunk[number] : NULL;
    if (number == NO_CHUNK)
        return NULL;
    nnear += n == near + nnear;
    *n = (struct near){.number = number};
    return &n->chunk;
}

/* Makes tables exist for a range; false: the host is out of memory. Empty ones are harmless. */
static bool reserve(uint64_t va, uint64_t end)
{
    for (uint64_t at = va & ~(CHUNK_BYTES - 1); at < end; at += CHUNK_BYTES) {
        struct chunk *c = chunk_of(at < va ? va : at);
        if (!c)
            c = new_chunk(at < va ? va : at);
        if (!c)
            return false;
        if (!c->table)
            c->table = new_table();
        if (!c->table)
            return false;
    }
    return true;
}

/* Nothing is mapped in a chunk any more. */
static void chunk_free(struct chunk *c)
{
    table_free(c);
    for (unsigned i = 0; i < nnear; i++)
        if (&near[i].chunk == c)
            near[i].number = NO_CHUNK;
}

/* Sets the state of a range whose tables exist. */
static void set(uint64_t va, uint64_t end, unsigned state)
{
    while (va < end) {
        struct chunk *c = chunk_of(va);
        unsigned first = (va / PITH_PAGE) % CHUNK_PAGES;
        uint64_t left = (end - va) / PITH_PAGE;
        unsigned n = left < CHUNK_PAGES - first ? (unsigned)left : CHUNK_PAGES - first;
        for (unsigned i = first; i < first + n; i++) {
            c->mapped += (state != 0) - (c->table->page[i] != 0);
            c->table->page[i] = (uint8_t)state;
        }
        if (c->mapped == 0)
            chunk_free(c);
        va += (uint64_t)n * PITH_PAGE;
    }
}

/* Undoes the new pages of a COMMIT that failed: those of [va, end) in state MAPPED|prot that were
 * not mapped before are exactly the runs already done, in order, so they are unmapped by run. */
static int map_new(struct mon *m, uint64_t va, uint64_t end, unsigned prot)
{
    uint64_t at, stop;
    int error = 0;
    /* Pages made here carry a mark nobody else uses until all are there. */
    const unsigned mark = 0x40;
    for (at = va; at < end && !error; at = stop) {
        stop = run_end(at, end);
        if (mon_page(m, at))
            continue;
        error = m->machine->map(m, at, stop - at, prot);
        if (!error)
            set(at, stop, MON_PAGE_MAPPED | prot | mark);
    }
    for (at = va; at < end; at = stop) {
        stop = run_end(at, end);
        if (!(mon_page(m, at) & mark))
            continue;
        if (error) {
            m->machine->unmap(m, at, stop - at);
            set(at, stop, 0);
        } else {
            m->common->used += stop - at;
            set(at, stop, MON_PAGE_MAPPED | prot);
        }
    }
    return error;
}

static long commit(struct mon *m, uint64_t va, uint64_t end, unsigned prot)
{
    uint64_t fresh = 0, at, stop, room = m->ram_bytes - m->common->used;
    for (at = va; at < end; at = stop) {
        stop = run_end(at, end);
        if (!mon_page(m, at))
            fresh += stop - at;
        if (fresh > room && mon_container_more(m))
            room = m->ram_bytes - m->common->used;
        if (fresh > room) {
            m->common->short_of = true;
            return -ENOMEM;
        }
    }
    if (fresh) {
        m->common->short_of = false;
        if (!reserve(va, end))
            return -ENOMEM;
        int error = map_new(m, va, end, prot);
        if (error)
            return error;
        if (fresh == end - va)
            return (long)(fresh / PITH_PAGE);
    }
    for (at = va; at < end; at = stop) {
        stop = run_end(at, end);
        unsigned state = mon_page(m, at), want = prot & PROT_BITS;
        if ((state & PROT_BITS) == want)
            continue;
        int error = m->machine->protect(m, at, stop - at, want);
        if (error)
            return error;
        set(at, stop, (state & ~PROT_BITS) | want);
    }
    return (long)(fresh / PITH_PAGE);
}

/* A window that goes on at va becomes two. */
static void cut_window(uint64_t va)
{
    unsigned state = in_arena(va, 1) ? mon_page(NULL, va) : 0;
    if (!(state & MON_PAGE_FILE) || state & MON_PAGE_WINDOW)
        return;
    set(va, va + PITH_PAGE, state | MON_PAGE_WINDOW);
    file_windows++;
}

/* End of the file pages from va on, whatever windows they are of; *windows gets how many begin. */
static uint64_t files_end(uint64_t va, uint64_t end, unsigned *windows)
{
    *windows = 0;
    for (uint64_t stop; va < end && mon_page(NULL, va) & MON_PAGE_FILE; va = stop) {
        stop = run_end(va, end);
        if (mon_page(NULL, va) & MON_PAGE_WINDOW)
            *windows += (unsigned)((stop - va) / PITH_PAGE);
    }
    return va;
}

static uint64_t drop_files(struct mon *m, uint64_t va, uint64_t end)
{
    unsigned windows;
    uint64_t stop = files_end(va, end, &windows);
    cut_window(stop);
    /* Splitting needs mappings that the host may not give; never files as memory. */
    if (m->machine->map_file(m, va, stop - va, -1, 0, 0))
        mon_die(m, SIGKILL, NULL, "the host can hold no more mappings");
    file_bytes -= stop - va;
    file_windows -= windows;
    return stop;
}

static long decommit(struct mon *m, uint64_t va, uint64_t end)
{
    uint64_t gone = 0;
    cut_window(va);
    for (uint64_t at = va, stop; at < end; at = stop) {
        stop = run_end(at, end);
        if (!mon_page(m, at))
            continue;
        if (mon_page(m, at) & MON_PAGE_FILE) {
            stop = drop_files(m, at, end);
        } else {
            m->common->used -= m->machine->unmap(m, at, stop - at);
            gone += stop - at;
        }
        set(at, stop, 0);
    }
    return (long)(gone / PITH_PAGE);
}

static long protect(struct mon *m, uint64_t va, uint64_t end, unsigned prot)
{
    for (uint64_t at = va, stop; at < end; at = stop) {
        stop = run_end(at, end);
        unsigned state = mon_page(m, at);
        if (!state || (state & PROT_BITS) == prot)
            continue;
        int error = m->machine->protect(m, at, stop - at, prot);
        if (error)
            return error;
        set(at, stop, (state & ~PROT_BITS) | prot);
    }
    return 0;
}

static long alias(struct mon *m, uint64_t va, uint64_t src, uint64_t len)
{
    uint64_t at, stop;
    if (mon_page(m, va) || run_end(va, va + len) != va + len)
        return -EINVAL;
    for (at = src; at < src + len; at = stop) {
        stop = run_end(at, src + len);
        if (!(mon_page(m, at) & PITH_PROT_SHARED))
            return -EINVAL;
    }
    if (!reserve(va, va + len))
        return -ENOMEM;
    for (at = src; at < src + len; at = stop) {
        stop = run_end(at, src + len);
        unsigned state = mon_page(m, at);
        uint64_t to = va + (at - src);
        int error = m->machine->alias(m, to, at, stop - at, state & PROT_BITS);
        if (error) {
            decommit(m, va, to);
            return error;
        }
        set(to, to + (stop - at), state);
    }
    return 0;
}

static long move(struct mon *m, uint64_t va, uint64_t src, uint64_t len)
{
    uint64_t at, stop, moved = 0;
    if (va < src + len && src < va + len)
        return -EINVAL;
    if (mon_page(m, va) || run_end(va, va + len) != va + len)
        return -EINVAL;
    cut_window(src);
    cut_window(src + len);
    for (at = src; at < src + len; at = stop) {
        stop = run_end(at, src + len);
        unsigned state = mon_page(m, at);
        uint64_t to = va + (at - src), size = stop - at;
        if (!state)
            continue;
        int error = reserve(to, to + size) ? m->machine->move(m, to, at, size) : -ENOMEM;
        if (error)
            return error;
        set(to, to + size, state);
        set(at, stop, 0);
        moved += size;
    }
    return (long)(moved / PITH_PAGE);
}

int mon_map_file(struct mon *m, int fd, uint64_t offset, uint64_t len, uint64_t at, unsigned prot)
{
    uint64_t va = PITH_ARENA_START + at, stop;
    if (at % PITH_PAGE || len % PITH_PAGE || len == 0 || at >= PITH_ARENA_END - PITH_ARENA_START ||
        !in_arena(va, len))
        return -EINVAL;
    if (fd >= 0) {
        if (len > MON_FILE_PAGES - file_bytes || file_windows >= MON_FILE_WINDOWS)
            return -ENOMEM;
        if (mon_page(m, va) || run_end(va, va + len) != va + len)
            return -EINVAL;
        if (!reserve(va, va + len))
            return -ENOMEM;
        int error = m->machine->map_file(m, va, len, fd, offset, prot);
        if (error)
            return error;
        set(va, va + len, MON_PAGE_MAPPED | MON_PAGE_FILE | prot);
        file_bytes += len;
        cut_window(va);
        return 0;
    }
    for (uint64_t page = va; page < va + len; page = stop) {
        bool file = mon_page(m, page) & MON_PAGE_FILE;
        unsigned windows;
        stop = file ? files_end(page, va + len, &windows) : run_end(page, va + len);
        if (file)
            decommit(m, page, stop);
    }
    return 0;
}

bool mon_small(const struct mon *m)
{
    (void)m;
    return !far_chunk;
}

static long query(struct mon *m, uint64_t va, uint64_t end, uint64_t vec)
{
    uint8_t there[PITH_QUERY_MAX];
    uint64_t n = (end - va) / PITH_PAGE;
    if (n > PITH_QUERY_MAX)
        return -EINVAL;
    for (uint64_t i = 0; i < n; i++)
        there[i] = mon_page(m, va + i * PITH_PAGE) != 0;
    return mon_copy_out(m, vec, there, n);
}

/* Does the range lie in the arena, or (for PROTECT) in one writable segment of the image? */
static bool allowed(const struct mon *m, uint64_t op, uint64_t va, uint64_t len)
{
    if (in_arena(va, len))
        return true;
    if (op != PITH_MEM_PROTECT)
        return false;
    for (unsigned i = 0; i < m->image.nsegments; i++) {
        const struct mon_segment *s = &m->image.segments[i];
        uint64_t start = s->va & ~(uint64_t)(PITH_PAGE - 1);
        uint64_t end = (s->va + s->memsz + PITH_PAGE - 1) & ~(uint64_t)(PITH_PAGE - 1);
        if ((s->prot & PITH_PROT_WRITE) && va >= start && va < end && len <= end - va)
            return true;
    }
    return false;
}

long mon_memory(struct mon *m, uint64_t op, uint64_t va, uint64_t len, uint64_t arg)
{
    if (va % PITH_PAGE || len % PITH_PAGE || len == 0 || !allowed(m, op, va, len))
        return -EINVAL;
    if (m->common->unpack) {
        m->common->unpack(m, va, len);
        if (op == PITH_MEM_ALIAS || op == PITH_MEM_MOVE)
            m->common->unpack(m, arg, len);
    }
    if (op == PITH_MEM_DECOMMIT)
        return decommit(m, va, va + len);
    if (op == PITH_MEM_ALIAS)
        return arg % PITH_PAGE || !in_arena(arg, len) ? -EINVAL : alias(m, va, arg, len);
    if (op == PITH_MEM_MOVE)
        return arg % PITH_PAGE || !in_arena(arg, len) ? -EINVAL : move(m, va, arg, len);
    if (op == PITH_MEM_QUERY)
        return query(m, va, va + len, arg);
    if (op != PITH_MEM_COMMIT && op != PITH_MEM_PROTECT)
        return -EINVAL;
    if (arg & ~(uint64_t)(PROT_BITS | PITH_PROT_SHARED))
        return -EINVAL;
    if ((arg & PITH_PROT_EXEC) && !m->image.jit)
        return -EACCES;
    unsigned prot = (unsigned)arg;
    /* What the processor cannot express: writable or executable memory is readable. */
    if (prot & PROT_BITS)
        prot |= PITH_PROT_READ;
    if (op == PITH_MEM_COMMIT)
        return commit(m, va, va + len, prot);
    return protect(m, va, va + len, prot & PROT_BITS);
}

int mon_memory_start(struct mon *m, struct host_error *err)
{
    uint64_t fixed = m->image.end - m->image.start + m->window_ro + m->window_rw;
    uint64_t need = fixed + PITH_BOOT_STACK + PITH_BOOT_HEAP;
    if (need < m->image.memory)
        need = m->image.memory;
    if (m->ram_bytes < need)
        return host_fail(err, "it needs at least %llu KiB of memory and has %llu (-m)",
                         (unsigned long long)((need + 1023) >> 10),
                         (unsigned long long)(m->ram_bytes >> 10));
    m->common->used = fixed;
    if (!reserve(m->image.start, m->image.end))
        return host_fail(err, "the host is out of memory");
    for (unsigned i = 0; i < m->image.nsegments; i++) {
        const struct mon_segment *s = &m->image.segments[i];
        uint64_t start = s->va & ~(uint64_t)(PITH_PAGE - 1);
        uint64_t end = (s->va + s->memsz + PITH_PAGE - 1) & ~(uint64_t)(PITH_PAGE - 1);
        set(start, end, MON_PAGE_MAPPED | s->prot);
    }
    uint64_t bottom = PITH_STACK_TOP - PITH_BOOT_STACK;
    long error =
        commit(m, bottom, PITH_STACK_TOP + PITH_BOOT_HEAP, PITH_PROT_READ | PITH_PROT_WRITE);
    if (error < 0)
        return host_fail(err, "its first memory cannot be mapped: %s", strerror((int)-error));
    return 0;
}
