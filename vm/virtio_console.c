/* A virtio console (VIRTIO 1.2, 5.3). With ports named as in pith/link.h it is the link to `pith
 * run`; one without ports is all three streams of the program if the command line says
 * console=hvc0, as Linux takes it. Any other console is left alone. */
#include "console.h"
#include "devices.h"

#include <pith/link.h>

#define F_MULTIPORT (1ull << 1)
#define CONFIG_PORTS 4u /* 5.3.4: max_nr_ports */
enum { DEVICE_READY = 0, DEVICE_ADD = 1, PORT_READY = 3, PORT_OPEN = 6, PORT_NAME = 7 };
struct control {
    u32 id;
    u16 event, value;
};

#define QUEUE 8u
#define PORTS 5u /* those we look at: the first one is for hvc0 */
#define MESSAGES 8u
#define MESSAGE 64u
/* Ticks of the time-stamp counter for the device to name its ports, half a second and more: its
 * rate is not known yet. A device that does not is no link. */
#define PATIENCE 4000000000ull

static struct vm_port ports[PORTS];

/* 5.3.2 */
static unsigned queue_of(unsigned port)
{
    return port ? 2 * port + 2 : 0;
}

static bool set_up(struct vm_virtio *v, struct vm_port *p, unsigned queue)
{
    p->v = v;
    p->queue = queue;
    return vm_virtio_queue(v, queue, QUEUE, &p->rx) && vm_virtio_queue(v, queue + 1, QUEUE, &p->tx);
}

/* ---- Bytes ---- */

bool vm_port_sent(struct vm_port *p)
{
    u32 token, len;
    int got;
    while ((got = vm_vq_get(&p->tx, &token, &len)) > 0)
        p->page[token].busy = false;
    if (got < 0)
        vm_virtio_bad(p->v, p->tx.broken);
    return p->tx.in_flight == 0;
}

size_t vm_port_write(struct vm_port *p, const void *data, size_t len)
{
    size_t done = 0;
    p->full = false;
    vm_port_sent(p);
    for (u32 i = 0; i < PORT_PAGES && done < len; i++) {
        if (p->page[i].busy)
            continue;
        if (!p->page[i].at && !(p->page[i].at = vm_vq_pages(1, &p->page[i].phys)))
            break;
        size_t part = len - done < PAGE ? len - done : PAGE;
        memcpy(p->page[i].at, (const u8 *)data + done, part);
        struct vm_seg seg = {p->page[i].phys, (u32)part, false};
        if (vm_vq_add(&p->tx, &seg, 1, i))
            break;
        p->page[i].busy = true;
        done += part;
        vm_virtio_kick(p->v, p->queue + 1, &p->tx);
        vm_port_sent(p); /* most devices are done when they have been told */
    }
    p->full = done < len;
    return done;
}

static void post(struct vm_port *p)
{
    struct vm_seg seg = {p->in_phys, (u32)PAGE, true};
    if (!p->in && !(p->in = vm_vq_pages(1, &p->in_phys)))
        vm_stop("there is no memory for the console");
    seg.phys = p->in_phys;
    vm_vq_add(&p->rx, &seg, 1, 0);
    vm_virtio_kick(p->v, p->queue, &p->rx);
}

size_t vm_port_read(struct vm_port *p, void *data, size_t len)
{
    u32 token;
    if (p->at == p->end) {
        if (!p->rx.in_flight)
            post(p);
        p->at = p->end = 0;
        if (vm_vq_get(&p->rx, &token, &p->end) < 0)
            vm_virtio_bad(p->v, p->rx.broken);
    }
    size_t n = p->end - p->at < len ? p->end - p->at : len;
    memcpy(data, p->in + p->at, n);
    p->at += (u32)n;
    if (p->at == p->end && !p->rx.in_flight)
        post(p);
    return n;
}

void vm_port_arm(struct vm_port *p, bool on)
{
    vm_vq_interrupts(&p->rx, on);
    vm_vq_interrupts(&p->tx, on && p->full);
}

/* ---- Ports and their names ---- */

static void tell(struct vm_port *control, u32 id, u16 event, u16 value)
{
    struct control m = {id, event, value};
    while (!vm_port_write(control, &m, sizeof m))
        __asm__ volatile("pause");
    while (!vm_port_sent(control))
        __asm__ volatile("pause");
}

static bool named(const char *name, u32 len, const char *wanted)
{
    size_t n = vm_strlen(wanted);
    /* QEMU counts the NUL. */
    return (len == n || (len == n + 1 && !name[n])) && memcmp(name, wanted, n) == 0;
}

/* Takes messages until all three are found or nothing more comes. */
static bool find_link(struct vm_virtio *v, unsigned most, struct vm_port *link[3])
{
    static const char *const names[] = {PITH_LINK_CONTROL, PITH_LINK_STDOUT, PITH_LINK_STDERR};
    struct vm_port control = {.v = v};
    u64 phys, begun = vm_rdtsc();
    u32 found = 0, token, len;
    if (!set_up(v, &control, 2))
        vm_virtio_bad(v, "its control queues are missing");
    for (unsigned i = 1; i < PORTS && i < most; i++)
        set_up(v, &ports[i], queue_of(i));
    vm_virtio_go(v);
    u8 *buffer = vm_ring_memory(MESSAGES * MESSAGE, &phys);
    for (u32 i = 0; i < MESSAGES; i++) {
        struct vm_seg seg = {phys + i * MESSAGE, MESSAGE, true};
        vm_vq_add(&control.rx, &seg, 1, i);
    }
    vm_virtio_kick(v, 2, &control.rx);
    tell(&control, ~0u, DEVICE_READY, 1);
    while (found != 7 && vm_rdtsc() - begun < PATIENCE) {
        int got = vm_vq_get(&control.rx, &token, &len);
        if (got < 0)
            vm_virtio_bad(v, control.rx.broken);
        if (!got) {
            __asm__ volatile("pause");
            continue;
        }
        struct control m = {0};
        const u8 *message = buffer + token * MESSAGE;
        if (len >= sizeof m)
            memcpy(&m, message, sizeof m);
        if (len >= sizeof m && m.event == DEVICE_ADD)
            tell(&control, m.id, PORT_READY, 1);
        for (unsigned i = 0; i < 3 && len > sizeof m && m.event == PORT_NAME; i++)
            if (m.id && m.id < PORTS && m.id < most && ports[m.id].v &&
                named((const char *)message + sizeof m, len - (u32)sizeof m, names[i])) {
                link[i] = &ports[m.id];
                found |= 1u << i;
            }
        struct vm_seg seg = {phys + token * MESSAGE, MESSAGE, true};
        vm_vq_add(&control.rx, &seg, 1, token);
        vm_virtio_kick(v, 2, &control.rx);
    }
    for (unsigned i = 0; found == 7 && i < 3; i++)
        tell(&control, (u32)(link[i] - ports), PORT_OPEN, 1);
    return found == 7;
}

/* ---- hvc0 ---- */

static long hvc_write(struct vm_stream *s, const void *data, size_t len)
{
    return (long)vm_port_write(s->priv, data, len);
}

static long hvc_read(struct vm_stream *s, void *data, size_t len)
{
    size_t n = vm_port_read(s->priv, data, len);
    return n ? (long)n : -VM_EAGAIN;
}

static void hvc_arm(struct vm_device *d, bool on)
{
    vm_port_arm(d->priv, on);
}

static void hvc_push(struct vm_device *d)
{
    vm_port_sent(d->priv);
}

static bool hvc_pull(struct vm_device *d)
{
    vm_port_sent(d->priv);
    return false;
}

static void hvc_end(struct vm_device *d)
{
    while (!vm_port_sent(d->priv))
        __asm__ volatile("pause");
}

static void hvc_start(struct vm_virtio *v)
{
    static const struct vm_device_ops ops = {
        .push = hvc_push, .pull = hvc_pull, .arm = hvc_arm, .end = hvc_end};
    static struct vm_stream stream = {.write = hvc_write,
                                      .read = hvc_read,
                                      .mode = 020600,
                                      .flags = PITH_STDIO_TTY | PITH_STDIO_READ | PITH_STDIO_WRITE,
                                      .priv = &ports[0]};
    if (!set_up(v, &ports[0], 0))
        vm_virtio_bad(v, "its queues are missing");
    vm_virtio_go(v);
    vm_device_add(&(struct vm_device){.ops = &ops, .priv = &ports[0]});
    for (unsigned i = 0; i < 3; i++)
        vm_stdio[i] = &stream;
}

void vm_virtio_console_add(struct vm_virtio *v)
{
    static bool done;
    struct vm_port *link[3];
    const char *word = vm_option("console", 0);
    u32 most = 0;
    bool hvc = word && vm_streq(word, "hvc0");
    if (done)
        return;
    if (hvc || !(vm_virtio_offered(v) & F_MULTIPORT)) {
        if (!hvc)
            return;
        vm_virtio_start(v, 0);
        hvc_start(v);
    } else {
        vm_virtio_start(v, F_MULTIPORT);
        vm_virtio_config(v, CONFIG_PORTS, &most, sizeof most);
        if (!find_link(v, most, link)) {
            v->t->set_status(v, 0);
            v->used = false;
            return;
        }
        vm_link_start(link[0], link[1], link[2]);
    }
    done = true;
}
