/* The image's console (abi.h, "Console") over three streams (vm.h). A request that its stream
 * cannot finish stays open and is continued at the next PITH_HC_WAIT.
 */
#include "internal.h"
#include "shadow.h"

#define PIECES PITH_CONSOLE_QUEUE_SIZE
/* Bytes moved for one request before the others have their turn. */
#define TURN (1u << 20)

static struct vm_shadow shadow[PITH_CONSOLE_QUEUES];
static struct request {
    struct vm_piece piece[PIECES];
    unsigned n;
    u16 head;
    bool open;
    u64 moved;
} request[PITH_CONSOLE_QUEUES];
static bool completed;

bool vm_look_soon;

static void complete(unsigned q, s64 result)
{
    struct request *r = &request[q];
    r->open = false;
    if (vm_copy_out(r->piece[0].addr, &result, sizeof result))
        vm_broken("the result of a console request lies in memory it cannot write");
    u32 written = sizeof result;
    if (q == PITH_CONSOLE_STDIN && result > 0)
        written += (u32)result;
    vm_shadow_done(&shadow[q], r->head, written);
    vm_shadow_show(&shadow[q]);
    completed = true;
}

/* The next request, decoded whole. */
static bool next(unsigned q)
{
    struct request *r = &request[q];
    int n = vm_shadow_new(&shadow[q], &r->head);
    if (n > 0) {
        n = vm_shadow_chain(&shadow[q], r->head, r->piece, PIECES);
        shadow[q].seen++;
    }
    if (n < 0)
        vm_broken("it broke the console's queue %u: %s", q, shadow[q].broken);
    if (n == 0)
        return false;
    bool ok = r->piece[0].write && r->piece[0].len == sizeof(s64);
    for (int i = 1; i < n; i++)
        ok &= r->piece[i].write == (q == PITH_CONSOLE_STDIN);
    if (!ok)
        vm_broken("it broke the console's queue %u: a request is not laid out as one", q);
    r->n = (unsigned)n;
    r->moved = 0;
    return r->open = true;
}

/* The next bytes of the request that lie together: 0 at its end, -1 if they are not the image's. */
static long stretch(unsigned q, void **data)
{
    struct request *r = &request[q];
    u64 skip = r->moved, phys;
    for (unsigned i = 1; i < r->n; i++) {
        const struct vm_piece *p = &r->piece[i];
        if (skip >= p->len) {
            skip -= p->len;
            continue;
        }
        size_t n = vm_span(p->addr + skip, p->len - skip, p->write, &phys);
        *data = vm_at(phys);
        return n ? (long)n : -1;
    }
    return 0;
}

/* True: it is finished. */
static bool output(unsigned q)
{
    struct request *r = &request[q];
    for (u64 turn = 0; turn < TURN;) {
        void *data;
        long n = stretch(q, &data);
        if (n <= 0) {
            complete(q, r->moved ? (s64)r->moved : n ? -VM_EFAULT : 0);
            return true;
        }
        long done = vm_stdio[q]->write(vm_stdio[q], data, (size_t)n);
        if (done < 0) {
            complete(q, r->moved ? (s64)r->moved : done);
            return true;
        }
        r->moved += (u64)done;
        turn += (u64)done;
        if (done == 0)
            return false;
    }
    return false;
}

static void input(void)
{
    struct request *r = &request[PITH_CONSOLE_STDIN];
    void *data;
    long n = stretch(PITH_CONSOLE_STDIN, &data), got = n ? n : 0;
    if (n < 0)
        got = -VM_EFAULT;
    else if (n > 0)
        got = vm_stdio[0]->read(vm_stdio[0], data, (size_t)n);
    (void)r;
    if (got != -VM_EAGAIN)
        complete(PITH_CONSOLE_STDIN, got);
}

static void push(struct vm_device *d)
{
    (void)d;
    vm_look_soon = false;
    for (unsigned q = PITH_CONSOLE_STDOUT; q <= PITH_CONSOLE_STDERR; q++) {
        while ((request[q].open || next(q)) && output(q))
            ;
        vm_look_soon |= request[q].open;
    }
    if (request[PITH_CONSOLE_STDIN].open || next(PITH_CONSOLE_STDIN)) {
        input();
        vm_look_soon |= request[PITH_CONSOLE_STDIN].open && !vm_serial_wakes;
    }
}

static bool pull(struct vm_device *d)
{
    (void)d;
    bool any = completed;
    completed = false;
    return any;
}

void vm_stdio_add(void)
{
    static const struct vm_device_ops ops = {.push = push, .pull = pull};
    const struct vm_device device = {
        .ops = &ops,
        .type = PITH_DEV_CONSOLE,
        .nqueues = PITH_CONSOLE_QUEUES,
        .queue_size = {PITH_CONSOLE_QUEUE_SIZE, PITH_CONSOLE_QUEUE_SIZE, PITH_CONSOLE_QUEUE_SIZE},
        .shadow = shadow};
    vm_device_add(&device);
}
