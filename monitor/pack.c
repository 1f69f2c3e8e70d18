/* See pack.h.
 *
 * A piece is one or two pages of one state that lie in the same 8 KiB: less makes more faults on
 * the way back, more brings back what nobody asked for. Pieces stand in the order of their bytes in
 * the store; one that has come back leaves a gap in both until the next round.
 */
#include "pack.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "limits.h"
#include "pack_lz.h"

#define SHIFT 13
#define PIECE (1u << SHIFT)
#define PIECES 8192u
#define HEADS 512u
#define STEP 64u /* pieces */

struct piece {
    uint64_t va;
    uint32_t at;    /* in the store */
    uint16_t size;  /* there */
    uint16_t pages; /* 0: it has come back */
    uint16_t next;  /* of the same head, +1; 0 ends them */
};

/* Memory that is needed only during the work. */
struct work {
    uint8_t plain[PIECE], packed[PIECE];
    struct lz_work lz;
};

static struct {
    uint8_t *store;
    struct work *work;
    size_t used; /* bytes of the store */
    unsigned count, live;
    uint64_t cursor; /* where the round is */
    uint16_t head[HEADS];
    struct piece piece[PIECES];
} pack;

#define STORE ((size_t)PIECES * PIECE)
#define WORK (((sizeof(struct work) - 1) | (PITH_PAGE - 1)) + 1)

static bool prepare(void)
{
    if (pack.store)
        return true;
    uint8_t *got = mmap(NULL, WORK + STORE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (got == MAP_FAILED)
        return false;
    pack.work = (void *)got;
    pack.store = got + WORK;
    return true;
}

static uint16_t *head_of(uint64_t va)
{
    return &pack.head[(va >> SHIFT) % HEADS];
}

static bool has(const struct piece *p, uint64_t va)
{
    return va >= p->va && va - p->va < p->pages * (uint64_t)PITH_PAGE;
}

/* The piece of a packed page. */
static struct piece *find(uint64_t va)
{
    for (unsigned i = *head_of(va); i; i = pack.piece[i - 1].next)
        if (has(&pack.piece[i - 1], va))
            return &pack.piece[i - 1];
    return NULL;
}

static void link_piece(unsigned i)
{
    uint16_t *head = head_of(pack.piece[i].va);
    pack.piece[i].next = *head;
    *head = (uint16_t)(i + 1);
}

static void unlink_piece(const struct piece *p)
{
    uint16_t *at = head_of(p->va), number = (uint16_t)(p - pack.piece + 1);
    while (*at != number)
        at = &pack.piece[*at - 1].next;
    *at = p->next;
}

/* ---- back ---- */

static void restore(struct mon *m, struct piece *p)
{
    size_t len = p->pages * (size_t)PITH_PAGE;
    uint64_t va = p->va;
    /* The host's kernel refuses only where it has no memory left. */
    unsigned prot = mon_page(m, va) & (PITH_PROT_READ | PITH_PROT_WRITE);
    if (m->machine->protect(m, va, len, prot)) {
        mon_die(m, SIGKILL, NULL, "the host has no memory left to bring packed memory back");
        return;
    }
    void *host;
    size_t n = mon_host(m, va, len, &host);
    uint8_t *plain = n == len ? host : pack.work->plain;
    if (lz_unpack(pack.store + p->at, p->size, plain, len) != len) {
        mon_die(m, SIGABRT, NULL, "memory that was packed cannot be unpacked");
        return;
    }
    for (size_t at = 0; plain != host && at < len; at += n) {
        n = mon_host(m, va + at, len - at, &host);
        memcpy(host, plain + at, n);
    }
    unlink_piece(p);
    p->pages = 0;
    m->common->packed -= len;
    m->common->rest.back = true;
    if (--pack.live == 0) {
        m->common->unpack = NULL;
        pack.used = pack.count = 0;
        madvise(pack.store, STORE, MADV_DONTNEED);
    }
}

static void unpack(struct mon *m, uint64_t va, uint64_t len)
{
    uint64_t end = va + len < va ? ~0ull : va + len;
    if ((end - va) >> SHIFT >= pack.count) {
        for (unsigned i = 0, n = pack.count; i < n && !m->over; i++) {
            struct piece *p = &pack.piece[i];
            if (p->pages && p->va < end && va < p->va + p->pages * (uint64_t)PITH_PAGE)
                restore(m, p);
        }
        return;
    }
    for (uint64_t at = va & ~(uint64_t)(PITH_PAGE - 1); at < end && !m->over; at += PITH_PAGE) {
        struct piece *p = find(at);
        if (p)
            restore(m, p);
    }
}

bool mon_unpack_fault(struct mon *m, const struct pith_regs *regs)
{
    if (!m->common->unpack || regs->vector != 14)
        return false;
    struct piece *p = find(regs->addr);
    if (!p)
        return false;
    restore(m, p);
    return true;
}

/* ---- away ---- */

static void discard(struct mon *m, uint64_t va, uint64_t len)
{
    for (uint64_t n; len; len -= n, va += n) {
        void *host;
        n = mon_host(m, va, len, &host);
        madvise(host, n, MADV_DONTNEED);
    }
}

/* Pages of one state, none of them packed. */
static void put_away(struct mon *m, uint64_t va, size_t len)
{
    struct work *w = pack.work;
    for (size_t at = 0, n; at < len; at += n) {
        void *host;
        n = mon_host(m, va + at, len - at, &host);
        memcpy(w->plain + at, host, n);
    }
    /* Nothing but zeros: that is what the host gives in its place, unless it is a file's. */
    if (va >= PITH_ARENA_START && w->plain[0] == 0 &&
        memcmp(w->plain, w->plain + 1, len - 1) == 0) {
        discard(m, va, len);
        return;
    }
    size_t size = lz_pack(&w->lz, w->plain, len, w->packed, len - len / 4);
    if (size == 0 || pack.count == PIECES || STORE - pack.used < size ||
        m->machine->protect(m, va, len, PITH_PROT_NONE))
        return;
    memcpy(pack.store + pack.used, w->packed, size);
    discard(m, va, len);
    pack.piece[pack.count] = (struct piece){.va = va,
                                            .at = (uint32_t)pack.used,
                                            .size = (uint16_t)size,
                                            .pages = (uint16_t)(len / PITH_PAGE)};
    link_piece(pack.count++);
    pack.used += size;
    pack.live++;
    m->common->packed += len;
    m->common->unpack = unpack;
}

/* Closes the gaps. */
static void gather(void)
{
    unsigned n = 0;
    size_t used = 0;
    memset(pack.head, 0, sizeof pack.head);
    for (unsigned i = 0; i < pack.count; i++) {
        struct piece p = pack.piece[i];
        if (p.pages == 0)
            continue;
        memmove(pack.store + used, pack.store + p.at, p.size);
        p.at = (uint32_t)used;
        used += p.size;
        pack.piece[n] = p;
        link_piece(n++);
    }
    pack.count = n;
    pack.used = used;
}

void mon_pack_begin(struct mon *m)
{
    pack.cursor = m->image.start;
    if (prepare() && pack.count != pack.live)
        gather();
}

/* The rest of the store's last page and what only the work needed go back. */
static void tidy(void)
{
    size_t used = (pack.used + PITH_PAGE - 1) & ~(size_t)(PITH_PAGE - 1);
    madvise(pack.store + used, STORE - used, MADV_DONTNEED);
    madvise(pack.work, WORK, MADV_DONTNEED);
}

/* The next piece at or after the cursor that is worth a look: its length, 0 at the end. */
static size_t next_piece(struct mon *m, uint64_t *va)
{
    const unsigned want = PITH_PROT_READ | PITH_PROT_WRITE, not = PITH_PROT_EXEC | PITH_PROT_SHARED;
    for (uint64_t stop, end;; pack.cursor = stop) {
        if (pack.cursor >= m->image.end && pack.cursor < PITH_ARENA_START)
            pack.cursor = PITH_ARENA_START;
        end = pack.cursor < PITH_ARENA_START ? m->image.end : PITH_ARENA_END;
        *va = mon_next_mapped(m, pack.cursor, end, &stop);
        if (*va >= PITH_ARENA_END)
            return 0;
        if (*va >= end) {
            stop = end;
            continue;
        }
        if ((mon_page(m, *va) & (want | not )) != want)
            continue;
        uint64_t limit = (*va | (PIECE - 1)) + 1;
        limit = limit < stop ? limit : stop;
        stop = *va + PITH_PAGE;
        bool packed = find(*va) != NULL;
        while (stop < limit && (find(stop) != NULL) == packed)
            stop += PITH_PAGE;
        if (packed)
            continue;
        pack.cursor = stop;
        return stop - *va;
    }
}

bool mon_pack(struct mon *m)
{
    uint64_t va;
    size_t len;
    if (!pack.store || !mon_small(m))
        return false;
    for (unsigned i = 0; i < STEP && !m->over; i++) {
        len = next_piece(m, &va);
        if (len == 0) {
            tidy();
            return false;
        }
        put_away(m, va, len);
    }
    return !m->over;
}
