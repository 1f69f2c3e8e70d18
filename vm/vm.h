/* The base: the monitor of the machine `vm`, in ring 0 under an image in ring 3 (pith/abi.h).
 *
 * Freestanding, general registers only, one processor, interrupts off but for the sleep in vm_wait
 * and while the image runs. Nothing in here is preempted. Three parties, three attitudes:
 *  - the image is hostile: what it wrote is read once, checked, then acted on;
 *  - devices and the loader may lie: lengths, addresses and identifiers are checked against what
 *    was asked and against the memory map; what cannot be true ends the run with a sentence
 *    (vm_panic), it never changes memory that was not offered;
 *  - our own mistakes end in a report of the exception in the base.
 *
 * Addresses: `va` is the image's, `pa` is physical; a pointer is the base's own. Every page of RAM
 * that has been handed out is behind VM_DIRECT; devices' registers are behind VM_MMIO. Times are
 * nanoseconds, mono as in abi.h. Functions return 0 or a count, or -errno (VM_E*).
 */
#ifndef VM_H
#define VM_H

#include <pith/abi.h>
#include <pith/note.h>

typedef pith_u8 u8;
typedef pith_u16 u16;
typedef pith_u32 u32;
typedef pith_u64 u64;
typedef pith_s64 s64;
typedef __INT32_TYPE__ s32;
typedef __SIZE_TYPE__ size_t;
#define bool _Bool
#define true 1
#define false 0
#define NULL ((void *)0)
#define NORETURN __attribute__((noreturn))
#define PRINTF(a, b) __attribute__((format(printf, a, b)))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define PAGE ((u64)PITH_PAGE)
#define PAGE_DOWN(x) ((u64)(x) & ~(PAGE - 1))
#define PAGE_UP(x) PAGE_DOWN((u64)(x) + PAGE - 1)
#define HUGE (2ull << 20)

#define VM_EPERM 1
#define VM_EINTR 4
#define VM_EIO 5
#define VM_EAGAIN 11
#define VM_ENOMEM 12
#define VM_EACCES 13
#define VM_EFAULT 14
#define VM_EINVAL 22
#define VM_ENOTTY 25
#define VM_ENOSYS 38

/* ---- Where things lie for the base --------------------------------------------------------*/
#define VM_OFFSET 0xffffffff80000000ull /* the base is linked at this + its physical address */
#define VM_LOAD 0x100000ull             /* its physical address: 1 MiB */
#define VM_DIRECT 0xffff800000000000ull /* RAM: + pa */
#define VM_MMIO 0xffffc00000000000ull   /* registers of devices, uncached: + pa */
#define VM_COUNTS 0xffffe00000000000ull /* names of shared pages (memory.c) */

/* ---- Small things (lib.c) ------------------------------------------------------------------*/
void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t vm_strlen(const char *s);
bool vm_streq(const char *a, const char *b);
/* Does s begin with prefix? What follows it, else NULL. */
const char *vm_after(const char *s, const char *prefix);
/* A number in decimal or 0x...; *end is what follows. False if there is none or it overflows. */
bool vm_number(const char *s, u64 *value, const char **end);

static inline u8 vm_in8(u16 port)
{
    u8 v;
    __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port) : "memory");
    return v;
}
static inline void vm_out8(u16 port, u8 v)
{
    __asm__ volatile("outb %0, %1" ::"a"(v), "Nd"(port) : "memory");
}
static inline u16 vm_in16(u16 port)
{
    u16 v;
    __asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port) : "memory");
    return v;
}
static inline void vm_out16(u16 port, u16 v)
{
    __asm__ volatile("outw %0, %1" ::"a"(v), "Nd"(port) : "memory");
}
static inline u32 vm_in32(u16 port)
{
    u32 v;
    __asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port) : "memory");
    return v;
}
static inline void vm_out32(u16 port, u32 v)
{
    __asm__ volatile("outl %0, %1" ::"a"(v), "Nd"(port) : "memory");
}

/* ---- Words to the user, and ends (say.c, end.c) ---------------------------------------------
 * %s %c %d %u %x %lu %lx with width, 0 and -, nothing else. Goes to standard error. */
void vm_say(const char *fmt, ...) PRINTF(1, 2);
/* The base cannot go on, or a loader or device lied: one sentence, status 128+6. */
NORETURN void vm_panic(const char *fmt, ...) PRINTF(1, 2);
/* Ends the machine with this status (0..255): flushes streams, tells whoever asked. */
NORETURN void vm_end(unsigned status);
/* The image is at fault (a broken ring): as vm_panic, in the image's name. */
NORETURN void vm_broken(const char *fmt, ...) PRINTF(1, 2);
/* Called by vm_end with the status, before power-off: `pith run` reads it (a console port). */
extern void (*vm_tell_status)(unsigned status);

/* ---- The command line (options.c) -------------------------------------------------------------
 * The n-th (0...) word `name=value` or `name` before `--`: its value ("" if there is no '='),
 * percent-decoded; NULL if there are not so many. Lives for ever. */
const char *vm_option(const char *name, unsigned n);

/* ---- Memory: pages (pages.c) ------------------------------------------------------------------
 * Physical pages, zeroed. 0 = there are none left. */
u64 vm_page_take(void);
void vm_page_give(u64 pa);
/* n neighbouring pages for the base itself or for rings, for ever; below 4 GiB where there is
 * any memory left there. NULL: none. */
void *vm_pages_take(unsigned n);
static inline void *vm_direct(u64 pa)
{
    return (void *)(VM_DIRECT + pa);
}
/* Of a pointer of vm_direct or into the base itself. */
static inline u64 vm_physical(const void *p)
{
    u64 a = (u64)p;
    return a >= VM_OFFSET ? a - VM_OFFSET : a - VM_DIRECT;
}
/* Is [pa, pa+len) RAM by the memory map? Anything a loader points to is asked this first; then
 * vm_reach makes vm_direct(pa) usable for what was not handed out by the functions above (boot
 * information, ACPI tables). False: the address is beyond all reason or there is no memory. */
bool vm_is_ram(u64 pa, u64 len);
bool vm_reach(u64 pa, u64 len);
/* Registers of a device, mapped uncached; NULL: no memory, or it is RAM (a lie). Idempotent. */
volatile void *vm_mmio(u64 pa, u64 len);

/* ---- Memory: the image's (span.c) --------------------------------------------------------------
 * Pointer to the image's byte va, and how many bytes from there (0..len) are physically contiguous
 * and the image itself may read (or write). 0: not the image's to use. The pointer is one of
 * vm_direct: vm_physical(p) is what a device is told. Valid until the next PITH_HC_MEM: an image
 * that takes memory away which it gave to a device corrupts only itself if the page is kept, so
 * pages given to a device are pinned (below). */
size_t vm_span(u64 va, size_t len, bool write, void **p);
int vm_copy_in(void *to, u64 va, size_t len); /* 0 or -VM_EFAULT */
int vm_copy_out(u64 va, const void *from, size_t len);
/* A device holds buffers of the image (a chain is in flight): while the count is not zero, pages
 * that the image gives back are not handed out again but kept aside until it is. */
void vm_pin(void);
void vm_unpin(void);

/* ---- Time (time.c) ---------------------------------------------------------------------------*/
u64 vm_now(void);              /* mono; learns the rate when it is first asked */
void vm_delay_until(u64 mono); /* spins; for devices that need microseconds */

/* ---- Interrupts: only to end a sleep (irq.c) ----------------------------------------------------
 * They need no handler: any interrupt wakes vm_wait, which looks at all devices. A line is
 * unmasked by vm_irq_arm(gsi, true) just before a sleep, level- or edge-triggered as given at
 * vm_irq_line; when it fires it is masked again by the base and stays so until armed anew.
 * False: this machine has no such line, and the device is looked at every millisecond instead. */
bool vm_irq_line(u32 gsi, bool level, bool active_low);
void vm_irq_arm(u32 gsi, bool on);
/* For MSI/MSI-X: address and data that wake us. False: there is no local APIC. */
bool vm_irq_msi(u64 *address, u32 *data);

/* ---- Rings as the image sees them (ring.c)
 * ------------------------------------------------------- Laid out by window.c in the boot window;
 * pointers are the base's. */
struct vm_ring {
    volatile struct pith_desc *desc;
    volatile struct pith_avail *avail;
    volatile struct pith_used *used;
    u16 size; /* 0: not there */
    u16 seen; /* available entries taken so far */
    u16 done; /* used entries given back so far */
};
/* How many available entries were not taken yet; more than `size` ends the image (vm_broken). */
unsigned vm_ring_new(struct vm_ring *r);
/* Head of the i-th of them, checked against size. `seen` advances by vm_ring_skip. */
u16 vm_ring_head(const struct vm_ring *r, unsigned i);
static inline void vm_ring_skip(struct vm_ring *r, unsigned n)
{
    r->seen = (u16)(r->seen + n);
}
/* Completes: visible to the image at vm_ring_publish. */
void vm_ring_add(struct vm_ring *r, u16 head, u32 written);
void vm_ring_publish(struct vm_ring *r);
/* Does the driver want to hear of completions (no VIRTQ_AVAIL_F_NO_INTERRUPT)? */
static inline bool vm_ring_wanted(const struct vm_ring *r)
{
    return !(r->avail->flags & 1);
}

/* ---- Devices
 * -------------------------------------------------------------------------------------- vm_start
 * calls vm_devices_probe (vmdev's: mmio, then pci) after the command line and the image's note are
 * known and before the boot window is made. It calls vm_device_add for each device that the image
 * has a driver for (vm_wants) and that could be set up; the order of the calls is the order of
 * boot->devices. */
#define VM_DEVICES 32
#define VM_DEVICE_QUEUES 3

struct vm_device;
struct vm_device_ops {
    /* The window is laid out: d->ring is ready. Second rings can be made now. */
    void (*start)(struct vm_device *d);
    /* Takes new entries from the image's rings to the device. */
    void (*push)(struct vm_device *d);
    /* Takes what the device completed; true if something the image wants to hear of was. */
    bool (*pull)(struct vm_device *d);
    /* Before (on) and after (off) a sleep: notifications by the device. After arming, vm_wait pulls
     * once more before it sleeps. Returns false if the device cannot wake us: then the sleep is
     * cut into milliseconds. */
    bool (*arm)(struct vm_device *d, bool on);
    /* The machine ends: what must reach the device does (a console's last bytes). May be NULL. */
    void (*end)(struct vm_device *d);
};

struct vm_device {
    const struct vm_device_ops *ops;
    u32 type; /* PITH_DEV_*, 0: the image does not see it (a console behind vm_stdio) */
    u32 nqueues;
    u16 queue_size[VM_DEVICE_QUEUES];
    u64 features;
    const void *config; /* copied into the boot window */
    u32 config_len;
    void *priv;
    struct vm_ring ring[VM_DEVICE_QUEUES]; /* filled by window.c */
};

/* Does the image have the driver (its notes)? */
bool vm_wants(u32 type);
/* A copy becomes the next device; vm_panic if there are more than VM_DEVICES. */
struct vm_device *vm_device_add(const struct vm_device *device);
/* vmdev's (virtio.c). */
void vm_devices_probe(void);

/* ---- Standard input, output, error (console.c)
 * ------------------------------------------------------ The image's console device speaks
 * PITH_CONSOLE_* over three streams. By default all are the serial port; a virtio-console replaces
 * them in vm_devices_probe. Functions do not wait. */
struct vm_stream {
    /* Bytes taken (0: not now, ask again), or -errno. data is the base's view. */
    long (*write)(struct vm_stream *s, const void *data, size_t len);
    /* Bytes got, 0 at the end of the file, -VM_EAGAIN if there is nothing now. */
    long (*read)(struct vm_stream *s, void *data, size_t len);
    u32 mode;  /* st_mode for boot->stdio, 0 = closed */
    u32 flags; /* PITH_STDIO_* */
    void *priv;
};
extern struct vm_stream *vm_stdio[3];

#endif
