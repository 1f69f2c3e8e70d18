/* Physical memory: the map, and pages out of it (memory.h, internal.h).
 *
 * Nothing is prepared: pages that were never used are ranges, from whose low end small pages are
 * cut and from whose high end large ones, so a start costs the same with any amount of memory.
 * What comes back lies in three stocks: pages that were the base's, and small and large ones that
 * were the image's. The last two never become the base's own: a device may still write to them.
 * For the same reason their links are told from what a device wrote by keys.
 *
 * The last pages that were never used are the base's alone (`reserve`), for tables.
 */
#include "internal.h"

/* Behind VM_DIRECT there is room for this much; more RAM is not used. */
#define REACH (512ull << 30)
#define RANGES 96u

/* Of these, so many are not for tables: a console that finds no page for its output would stand
 * still for ever. */
#define FOR_DEVICES 12u

struct range {
    u64 start, end;
};
struct list {
    unsigned n;
    struct range r[RANGES]; /* ascending, apart */
};

static struct list ram, fresh;
static u64 fresh_pages, reserve, total;
static u64 base_stock, image_stock, huge_stock; /* physical, 0 = empty */
static u64 image_pages, huge_pages;             /* in the stocks */
static u64 key[2];
static u64 low = HUGE; /* all below is reached: the loader's 2 MiB, and what follows them */

extern u64 vm_pdpt_direct[], vm_pd_spare[];
/* A zeroed page, for the table that makes the next GiB reachable; the first is the base's own. */
static u64 spare;

static void insert(struct list *l, unsigned at, u64 start, u64 end)
{
    if (l->n == RANGES)
        return; /* what does not fit is not used */
    for (unsigned i = l->n++; i > at; i--)
        l->r[i] = l->r[i - 1];
    l->r[at] = (struct range){start, end};
}

static void drop(struct list *l, unsigned at)
{
    for (l->n--; at < l->n; at++)
        l->r[at] = l->r[at + 1];
}

static void subtract(struct list *l, u64 start, u64 end)
{
    for (unsigned i = 0; i < l->n; i++) {
        struct range r = l->r[i];
        if (r.end <= start || r.start >= end)
            continue;
        if (r.start < start && r.end > end) {
            l->r[i].end = start;
            insert(l, i + 1, end, r.end);
        } else if (r.start < start) {
            l->r[i].end = start;
        } else if (r.end > end) {
            l->r[i].start = end;
        } else {
            drop(l, i--);
        }
    }
}

void vm_ram_start(void)
{
    spare = vm_own(vm_pd_spare);
    vm_clear(vm_pd_spare, PAGE);
}

void vm_ram_add(u64 start, u64 end)
{
    start = PAGE_UP(start);
    end = PAGE_DOWN(end < REACH ? end : REACH);
    if (start >= end)
        return;
    if (!ram.n || (start > ram.r[ram.n - 1].end && ram.n < RANGES)) { /* as loaders do it */
        ram.r[ram.n++] = (struct range){start, end};
        return;
    }
    subtract(&ram, start, end); /* a map may say it twice */
    unsigned at = 0;
    while (at < ram.n && ram.r[at].start < start)
        at++;
    insert(&ram, at, start, end);
    while (at && ram.r[at - 1].end == ram.r[at].start) {
        ram.r[at - 1].end = ram.r[at].end;
        drop(&ram, at--);
    }
    while (at + 1 < ram.n && ram.r[at].end == ram.r[at + 1].start) {
        ram.r[at].end = ram.r[at + 1].end;
        drop(&ram, at + 1);
    }
}

void vm_ram_remove(u64 start, u64 end)
{
    subtract(&ram, PAGE_DOWN(start), end > REACH ? REACH : PAGE_UP(end));
}

bool vm_is_ram(u64 phys, u64 len)
{
    for (unsigned i = 0; i < ram.n; i++)
        if (phys >= ram.r[i].start && phys < ram.r[i].end)
            return len <= ram.r[i].end - phys;
    return false;
}

bool vm_has_ram(u64 phys, u64 len)
{
    bool any = false;
    for (unsigned i = 0; i < ram.n; i++)
        any |= phys < ram.r[i].end && phys + len > ram.r[i].start;
    return any;
}

u64 vm_ram_total(void)
{
    return total;
}

static u64 *directory(u64 phys)
{
    u64 *slot = &vm_pdpt_direct[phys >> 30];
    if (!*slot) {
        if (!spare)
            return NULL;
        *slot = spare | PTE_PRESENT | PTE_WRITE | PTE_TOUCHED;
        spare = 0;
    }
    return (u64 *)vm_at(*slot & PTE_FRAME) + (phys >> 21 & 511);
}

bool vm_reach(u64 phys, u64 len)
{
    if (phys < low && len <= low - phys)
        return true;
    if (phys >= REACH || len > REACH - phys)
        return false;
    for (u64 at = phys & ~(HUGE - 1); at < phys + len; at += HUGE) {
        u64 *slot = directory(at);
        if (!slot)
            return false;
        if (!*slot)
            *slot = at | PTE_PRESENT | PTE_WRITE | PTE_HUGE | PTE_TOUCHED | PTE_NX;
        if (at == low)
            low += HUGE;
    }
    return true;
}

static void clear(u64 phys, u64 bytes)
{
    vm_clear(vm_at(phys), bytes);
}

/* A page that was never used, zeroed, if more than `keep` of them are there. */
static u64 take_fresh(u64 keep)
{
    while (fresh_pages > keep) {
        struct range *r = &fresh.r[0];
        u64 phys = r->start;
        r->start += PAGE;
        fresh_pages--;
        if (r->start == r->end)
            drop(&fresh, 0);
        if (!vm_page_ready(phys))
            continue; /* cannot be: there is always a spare */
        if (spare)
            return phys;
        spare = phys;
    }
    return 0;
}

void vm_pages_start(void)
{
    /* The image lies behind the base (pith/join.h). */
    u64 base = vm_own(vm_base_start), end = PAGE_UP(vm_joined.image + vm_joined.size);
    bool there = false;
    fresh.n = ram.n;
    for (unsigned i = 0; i < ram.n; i++) {
        struct range r = ram.r[i];
        fresh.r[i] = r;
        total += r.end - r.start;
        there |= base >= r.start && end <= r.end;
    }
    if (!there)
        vm_stop("the loader put the program where its own memory map has no memory");
    fresh_pages = total / PAGE;
    subtract(&fresh, base, end);
    fresh_pages -= (end - base) / PAGE;
    if (fresh.n && fresh.r[0].start == 0) {
        fresh.r[0].start = PAGE;
        fresh_pages--;
        if (fresh.r[0].end == PAGE)
            drop(&fresh, 0);
    }
    reserve = fresh_pages / 256 + 8 + FOR_DEVICES;
}

u64 vm_page_base(void)
{
    u64 phys = base_stock;
    if (!phys)
        return take_fresh(FOR_DEVICES);
    base_stock = *(u64 *)vm_at(phys);
    clear(phys, PAGE);
    return phys;
}

void vm_page_base_give(u64 phys)
{
    *(u64 *)vm_at(phys) = base_stock;
    base_stock = phys;
}

u64 vm_stretch(u64 want, u64 *room)
{
    struct range best = {0, 0};
    for (unsigned i = 0; i < fresh.n && best.end - best.start < want; i++)
        if (fresh.r[i].end - fresh.r[i].start > best.end - best.start)
            best = fresh.r[i];
    *room = best.end - best.start;
    return best.start;
}

bool vm_page_ready(u64 phys)
{
    if (!vm_reach(phys, PAGE))
        return false;
    clear(phys, PAGE);
    return true;
}

void vm_stretch_take(u64 phys, u64 bytes)
{
    subtract(&fresh, phys, phys + bytes);
    fresh_pages -= bytes / PAGE;
    if (!spare && !(spare = vm_page_base()))
        vm_too_small();
}

/* n neighbours from the first range that has them. */
void *vm_vq_pages(unsigned pages, u64 *phys)
{
    for (unsigned i = 0; i < fresh.n; i++) {
        u64 at = fresh.r[i].start, bytes = (u64)pages * PAGE;
        if (fresh.r[i].end - at < bytes)
            continue;
        subtract(&fresh, at, at + bytes);
        fresh_pages -= pages;
        for (u64 page = at; page < at + bytes; page += PAGE)
            if (!vm_reach(page, PAGE) || (!spare && !(spare = vm_page_base())))
                return NULL;
        clear(at, bytes);
        *phys = at;
        return vm_at(at);
    }
    return NULL;
}

static void push(u64 *stock, u64 phys)
{
    u64 *link = vm_at(phys);
    if (!key[1])
        vm_random(key, sizeof key);
    link[0] = *stock ^ key[0];
    link[1] = (*stock * 0x9e3779b97f4a7c15u ^ key[1]) + phys;
    *stock = phys;
}

static u64 pop(u64 *stock)
{
    u64 phys = *stock;
    const u64 *link = vm_at(phys);
    u64 next = link[0] ^ key[0];
    if (link[1] != (next * 0x9e3779b97f4a7c15u ^ key[1]) + phys)
        vm_stop("memory that the program had given back was written to: a device is at fault");
    *stock = next;
    return phys;
}

u64 vm_pages_left(void)
{
    return image_pages + huge_pages * 512 + (fresh_pages > reserve ? fresh_pages - reserve : 0);
}

u64 vm_page_image(void)
{
    u64 phys = 0;
    if (!image_stock && (phys = take_fresh(reserve)) != 0)
        return phys;
    if (!image_stock && huge_stock) {
        u64 large = pop(&huge_stock);
        huge_pages--;
        for (u64 i = 512; i-- > 0;)
            push(&image_stock, large + i * PAGE);
        image_pages += 512;
    }
    if (image_stock) {
        phys = pop(&image_stock);
        image_pages--;
        clear(phys, PAGE);
    }
    return phys;
}

u64 vm_huge_image(void)
{
    u64 phys = 0;
    if (huge_stock) {
        phys = pop(&huge_stock);
        huge_pages--;
    } else if (fresh_pages > reserve + 512 && fresh.n < RANGES - 2) {
        for (unsigned i = fresh.n; i-- > 0 && !phys;) {
            u64 at = (fresh.r[i].end & ~(HUGE - 1)) - HUGE;
            if (fresh.r[i].end >= 2 * HUGE && at >= fresh.r[i].start && vm_reach(at, HUGE) &&
                (spare || (spare = vm_page_base()))) {
                phys = at;
                subtract(&fresh, at, at + HUGE);
                fresh_pages -= 512;
            }
        }
    }
    if (phys)
        clear(phys, HUGE);
    return phys;
}

void vm_page_image_give(u64 phys)
{
    push(&image_stock, phys);
    image_pages++;
}

void vm_huge_image_give(u64 phys)
{
    push(&huge_stock, phys);
    huge_pages++;
}
