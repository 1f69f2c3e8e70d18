/* What the guest sees of its memory is what the monitor said last: no right that was taken away,
 * no page that was given back and no name that was removed survives in any translation. Each
 * access is made by guest code in ring 3. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define A (PITH_ARENA_START + (1ull << 30))
#define PAGE 4096ull
#define R PITH_PROT_READ
#define RW (PITH_PROT_READ | PITH_PROT_WRITE)
#define RX (PITH_PROT_READ | PITH_PROT_EXEC)

#define MAP(va, len, prot) expect(kvm_map(&guest, va, len, prot) == 0)
#define PROTECT(va, len, prot) expect(kvm_protect(&guest, va, len, prot) == 0)

static void reads(uint64_t va, uint64_t want)
{
    uint64_t got;
    if (!guest_read(va, &got))
        fail("%#llx cannot be read", (unsigned long long)va);
    if (got != want)
        fail("%#llx holds %#llx, not %#llx", (unsigned long long)va, (unsigned long long)got,
             (unsigned long long)want);
}

static void refuses_read(uint64_t va)
{
    uint64_t got;
    if (guest_read(va, &got))
        fail("%#llx can be read", (unsigned long long)va);
    expect(last.vector == 14 && last.addr == va);
}

static void refuses_write(uint64_t va)
{
    if (guest_write(va, 1))
        fail("%#llx can be written", (unsigned long long)va);
    expect(last.vector == 14 && last.addr == va && (last.error & 2));
}

static void commit_decommit(void)
{
    for (int round = 0; round < 50; round++) {
        MAP(A, 3 * PAGE, RW);
        reads(A, 0);
        expect(guest_write(A + PAGE, 42));
        reads(A + PAGE, 42);
        expect(kvm_unmap(&guest, A + PAGE, PAGE) == PAGE);
        refuses_read(A + PAGE);
        refuses_write(A + PAGE);
        reads(A + 2 * PAGE, 0);
        MAP(A + PAGE, PAGE, RW);
        reads(A + PAGE, 0);
        expect(kvm_unmap(&guest, A, 3 * PAGE) == 3 * PAGE);
        refuses_read(A);
    }
}

static void protect(void)
{
    MAP(A, 4 * PAGE, RW);
    for (int round = 0; round < 50; round++) {
        uint64_t va = A + (unsigned)round % 4 * PAGE;
        expect(guest_write(va, 7));
        PROTECT(va, PAGE, R);
        refuses_write(va);
        reads(va, 7);
        PROTECT(va, PAGE, PITH_PROT_NONE);
        refuses_read(va);
        refuses_write(va);
        PROTECT(va, PAGE, R);
        reads(va, 7);
        refuses_write(va);
        PROTECT(va, PAGE, RW);
        expect(guest_write(va, 8));
        reads(va, 8);
    }
}

static void execute(void)
{
    static const uint8_t code[] = {0xb8, 0x2a, 0, 0, 0, 0xc3}; /* mov $42, %eax; ret */
    uint64_t got;
    void *host;
    MAP(A, PAGE, RW);
    expect(kvm_span(&guest, A, sizeof code, &host) == sizeof code);
    memcpy(host, code, sizeof code);
    expect(!guest_call(A, &got) && last.vector == 14 && (last.error & 16));
    PROTECT(A, PAGE, RX);
    expect(guest_call(A, &got) && got == 42);
    refuses_write(A);
    PROTECT(A, PAGE, R);
    expect(!guest_call(A, &got) && last.vector == 14);
}

static void outside(void)
{
    static const uint64_t bad[] = {0,
                                   4096,
                                   0x3ff000,
                                   IMAGE_START + 0x10000,
                                   PITH_BOOT_START - 4096,
                                   PITH_ARENA_START,
                                   PITH_ARENA_END,
                                   0x7ffffffff000,
                                   0xffff800000000000,
                                   0xffffffffffffffff};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint64_t got;
        expect(!guest_read(bad[i], &got));
        expect(!guest_write(bad[i], 1));
        expect(!guest_call(bad[i], &got));
    }
    uint64_t supervisor = machine->supervisor, got;
    for (unsigned i = 0; i < KVM_CPU_PAGES; i++) {
        refuses_read(supervisor + i * PAGE);
        refuses_write(supervisor + i * PAGE);
        expect(!guest_call(supervisor + i * PAGE, &got));
    }
}

static void fixed_rights(void)
{
    refuses_write(PITH_BOOT_START);
    refuses_write(IMAGE_START);
    refuses_write(guest.hypercall);
    uint64_t got;
    expect(!guest_call(IMAGE_DATA, &got) && (last.error & 16));
    expect(!guest_call(PITH_BOOT_START + guest.window_ro, &got));
    expect(guest_write(IMAGE_DATA, 5));
    reads(IMAGE_DATA, 5);
    PROTECT(IMAGE_DATA, PAGE, R);
    refuses_write(IMAGE_DATA);
    reads(IMAGE_DATA, 5);
    PROTECT(IMAGE_DATA, PAGE, RW);
    expect(guest_write(IMAGE_DATA, 6));
}

static void alias(void)
{
    uint64_t b = A + (8ull << 20);
    for (int round = 0; round < 20; round++) {
        MAP(A, 4 * PAGE, RW | PITH_PROT_SHARED);
        expect(kvm_alias(&guest, b, A, 4 * PAGE, RW) == 0);
        expect(kvm_alias(&guest, b + 64 * PAGE, A + PAGE, PAGE, R) == 0);
        expect(guest_write(A + PAGE, 11));
        reads(b + PAGE, 11);
        reads(b + 64 * PAGE, 11);
        refuses_write(b + 64 * PAGE);
        expect(guest_write(b + PAGE, 12));
        reads(A + PAGE, 12);
        expect(kvm_unmap(&guest, A, 4 * PAGE) == 0);
        refuses_read(A + PAGE);
        reads(b + PAGE, 12);
        expect(kvm_unmap(&guest, b, 4 * PAGE) == 3 * PAGE);
        refuses_read(b + PAGE);
        reads(b + 64 * PAGE, 12);
        expect(kvm_unmap(&guest, b + 64 * PAGE, PAGE) == PAGE);
        refuses_read(b + 64 * PAGE);
    }
}

static void move(void)
{
    uint64_t b = A + (5ull << 30);
    MAP(A, 8 * PAGE, RW);
    for (uint64_t i = 0; i < 8; i++)
        expect(guest_write(A + i * PAGE, 100 + i));
    PROTECT(A + 3 * PAGE, PAGE, R);
    expect(kvm_move(&guest, b, A, 8 * PAGE) == 0);
    for (uint64_t i = 0; i < 8; i++) {
        refuses_read(A + i * PAGE);
        reads(b + i * PAGE, 100 + i);
    }
    refuses_write(b + 3 * PAGE);
    MAP(A, 8 * PAGE, RW);
    reads(A, 0);
    expect(guest_write(A, 1));
    reads(b, 100);
}

/* Random operations against a model of what each page must hold and allow. */
#define PAGES_MAX 4096u
static struct {
    bool mapped;
    unsigned prot;
    uint64_t value;
} model[PAGES_MAX];

static void check_page(uint64_t base, unsigned i)
{
    uint64_t va = base + i * PAGE;
    if (!model[i].mapped || model[i].prot == 0) {
        refuses_read(va);
    } else {
        reads(va, model[i].value);
        if (model[i].prot & PITH_PROT_WRITE) {
            model[i].value = (uint64_t)rand() + 1;
            expect(guest_write(va, model[i].value));
        } else {
            refuses_write(va);
        }
    }
}

enum change { CHANGE_RIGHTS, CHANGE_DROP };

/* Maps what is not mapped of pages [i, i+n); changes what is. */
static void change(uint64_t base, unsigned i, unsigned n, unsigned prot, enum change what)
{
    for (unsigned j = i, end; j < i + n; j = end) {
        for (end = j; end < i + n && model[end].mapped == model[j].mapped; end++)
            ;
        uint64_t va = base + j * PAGE, len = (end - j) * PAGE;
        bool mapped = model[j].mapped, drop = mapped && what == CHANGE_DROP;
        if (!mapped)
            MAP(va, len, prot);
        else if (drop)
            expect(kvm_unmap(&guest, va, len) == len);
        else
            PROTECT(va, len, prot);
        for (unsigned k = j; k < end; k++) {
            if (!mapped)
                model[k].value = 0;
            model[k].mapped = !drop;
            model[k].prot = prot;
        }
    }
}

static const unsigned rights[] = {RW, R, PITH_PROT_NONE, RW};

/* Small pages across the border of two tables. */
static void storm(void)
{
    const unsigned pages = 96;
    uint64_t base = A + (2ull << 20) - 48 * PAGE;
    srand(1);
    for (int round = 0; round < 3000; round++) {
        unsigned i = (unsigned)rand() % pages, n = 1 + (unsigned)rand() % 12;
        n = n > pages - i ? pages - i : n;
        change(base, i, n, rights[rand() % 4], rand() % 3 == 0 ? CHANGE_DROP : CHANGE_RIGHTS);
        for (int k = 0; k < 6; k++)
            check_page(base, (unsigned)rand() % pages);
        check_page(base, i);
    }
    for (unsigned i = 0; i < pages; i++)
        check_page(base, i);
}

/* Large pages: made, broken up, given back and made again at the same place. */
static void storm_large(void)
{
    const unsigned regions = PAGES_MAX / 512;
    unsigned made = 0;
    srand(2);
    for (int round = 0; round < 1500; round++) {
        unsigned first = (unsigned)rand() % regions * 512, n = 512, i = first;
        if (rand() % 4 == 0)
            n *= 2;
        if (rand() % 3 == 0) {
            i += (unsigned)rand() % 512;
            n = 1 + (unsigned)rand() % 600;
        }
        n = n > PAGES_MAX - i ? PAGES_MAX - i : n;
        machine->splits = 0; /* the machine would stop making them */
        change(A, i, n, rights[rand() % 4], rand() % 2 ? CHANGE_DROP : CHANGE_RIGHTS);
        const uint64_t *slot = kvm_directory(machine, A + first * PAGE);
        made += slot && (*slot & KVM_PTE_LARGE) && (*slot & KVM_PTE_MAPPED);
        for (int k = 0; k < 5; k++)
            check_page(A, (unsigned)rand() % PAGES_MAX);
        check_page(A, i);
        check_page(A, i + n - 1);
        if (round % 100 == 99) { /* all gone: tables that are empty become other things */
            change(A, 0, PAGES_MAX, RW, CHANGE_RIGHTS);
            change(A, 0, PAGES_MAX, RW, CHANGE_DROP);
            kvm_tables_collect(machine);
        }
    }
    for (unsigned i = 0; i < PAGES_MAX; i++)
        check_page(A, i);
    expect(made > 100);
}

static void move_large(void)
{
    uint64_t b = A + (1ull << 30) + 16 * PAGE, len = 6ull << 20;
    for (int round = 0; round < 10; round++) {
        machine->splits = 0;
        MAP(A, len, RW);
        for (uint64_t i = 0; i < len; i += 64 * PAGE)
            expect(guest_write(A + i, i + 1));
        expect(kvm_move(&guest, b, A, len) == 0);
        for (uint64_t i = 0; i < len; i += 64 * PAGE) {
            refuses_read(A + i);
            reads(b + i, i + 1);
        }
        expect(kvm_unmap(&guest, b, len) == len);
        kvm_tables_collect(machine);
    }
}

/* All of a small guest's memory, many times over, also scattered: tables are found again. */
static void exhaustion(void)
{
    uint64_t all = guest.ram_bytes - (1ull << 20);
    for (int round = 0; round < 3; round++) {
        MAP(A, all, RW);
        guest_touch(A, all / PAGE);
        expect(kvm_map(&guest, A + (1ull << 30), 64ull << 20, RW) == -12);
        refuses_read(A + (1ull << 30));
        expect(kvm_unmap(&guest, A, all) == all);
    }
    /* One page in each of more 2 MiB regions than there is memory for tables, few at a time. */
    const uint64_t step = 2ull << 20, alive = 50;
    for (uint64_t i = 0; i < 6000; i++) {
        uint64_t va = A + i * step;
        MAP(va, PAGE, RW);
        if (i % 16 == 0) {
            reads(va, 0);
            expect(guest_write(va, i + 1));
        }
        if (i >= alive) {
            uint64_t old = i - alive;
            if (old % 16 == 0)
                reads(A + old * step, old + 1);
            expect(kvm_unmap(&guest, A + old * step, PAGE) == PAGE);
        }
    }
}

static void large(void)
{
    MAP(A, 512ull << 20, RW);
    guest_touch(A, 4096);
    guest_touch(A + (256ull << 20), 4096);
    expect(kvm_unmap(&guest, A, 512ull << 20) == 512ull << 20);
    refuses_read(A);
    MAP(A, 2ull << 20, RW);
    reads(A + PAGE, 0);
}

int main(void)
{
    char why[256];
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (kvm_missing(why, sizeof why)) {
        printf("skip kvm-memory: %s\n", why);
        return 0;
    }
    run("kvm-commit-decommit", 16 << 20, commit_decommit);
    run("kvm-protect", 16 << 20, protect);
    run("kvm-execute", 16 << 20, execute);
    run("kvm-outside", 16 << 20, outside);
    run("kvm-fixed-rights", 16 << 20, fixed_rights);
    run("kvm-alias", 16 << 20, alias);
    run("kvm-move", 16 << 20, move);
    run("kvm-storm", 4 << 20, storm);
    run("kvm-storm-large", 64 << 20, storm_large);
    run("kvm-move-large", 64 << 20, move_large);
    run("kvm-exhaustion", 8 << 20, exhaustion);
    run("kvm-large", 2ull << 30, large);
    return failures() != 0;
}
