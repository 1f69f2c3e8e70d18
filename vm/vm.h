/* The base: the monitor of the machine `vm`, in ring 0 under an image in ring 3 (pith/abi.h).
 *
 * Freestanding, general registers only, one processor, interrupts off but for the sleep in vm_wait
 * and while the image runs. Nothing in here is preempted. Three parties, three attitudes:
 *  - the image is hostile: what it wrote is read once, checked, then acted on;
 *  - devices and the loader may lie: lengths, addresses and identifiers are checked against what
 *    was asked and against the memory map; what cannot be true ends the run with a sentence
 *    (vm_stop), it never changes memory that was not offered;
 *  - our own mistakes end in a report of the exception in the base.
 *
 * Addresses: `va` is the image's, `pa` is physical; a pointer is the base's own. Every page of RAM
 * that has been handed out is behind VM_DIRECT; devices' registers are behind VM_MMIO. Times are
 * nanoseconds, mono as in abi.h. Functions return 0 or a count, or -errno (VM_E*).
 */
#ifndef VM_H
#define VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pith/abi.h>
#include <pith/note.h>

typedef pith_u8 u8;
typedef pith_u16 u16;
typedef pith_u32 u32;
typedef pith_u64 u64;
typedef pith_s64 s64;
typedef __INT32_TYPE__ s32;
#define NORETURN __attribute__((noreturn))
#define PRINTF(a, b) __attribute__((format(printf, a, b)))
/* Small but not inlined: QEMU's emulation translates each place where one stands. */
#define ONCE __attribute__((noinline))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define PAGE ((u64)PITH_PAGE)
#define PAGE_DOWN(x) ((u64)(x) & ~(PAGE - 1))
#define PAGE_UP(x) PAGE_DOWN((u64)(x) + PAGE - 1)
#define HUGE (2ull << 20)

#define VM_EPERM 1
#define VM_EINTR 4
#define VM_EIO 5
#define VM_EBADF 9
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

static inline u64 vm_rdtsc(void)
{
    u32 low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (u64)high << 32 | low;
}

/* ---- Words to the user, and ends (say.c, end.c) ---------------------------------------------
 * %s %c %d %u %x %lu %lx with width, 0 and -, nothing else. Goes to standard error. */
void vm_say(const char *fmt, ...) PRINTF(1, 2);
/* The base cannot go on, or a loader or device lied: one sentence, status 128+6. */
NORETURN void vm_stop(const char *fmt, ...) PRINTF(1, 2);
/* Ends the machine with this status (0..255): flushes streams, tells whoever asked. */
NORETURN void vm_end(unsigned status);
/* The image is at fault (a broken ring): as vm_stop, in the image's name. */
NORETURN void vm_broken(const char *fmt, ...) PRINTF(1, 2);

/* ---- The other end of the console: who reads the output and answers for a terminal -----------
 * By default the serial port (serial.c, tty.c); virtio_console.c puts its own here when it is
 * found. All functions are there; data are the base's. */
struct vm_link {
    /* Bytes of the base's own for standard error, now; waits as long as it takes, bounded. */
    void (*log)(const char *text, size_t n);
    /* The machine ends: status, or killed by `sig` if that is not 0. All output has been handed to
     * the streams; what they hold must get out. */
    void (*end)(unsigned status, unsigned sig);
    void (*signals)(u64 caught, u64 ignored);
    /* data: struct termios or winsize, copied in before and out after; 0 or -errno. */
    long (*tty)(u64 op, u64 fd, void *data, size_t size);
    long (*stop)(u64 sig);
    void (*listening)(u64 protocol, u64 port, u64 reachable);
    /* One line of a backtrace, by somebody who has the program's symbols; may be NULL. */
    void (*frame)(unsigned n, u64 va);
    /* A moment of the start, for somebody who has a clock of his own; may be NULL. */
    void (*stamp)(u64 which);
};
extern const struct vm_link *vm_link;
/* The link's: a signal for the image; it is dropped unless it is caught (then it is pending), and
 * ends the machine if it is neither caught nor ignored. */
void vm_signal(unsigned sig);

/* ---- Boot parameters (options.c): the kernel command line, then the text of the fw_cfg file
 * opt/pith/boot, each up to its `--`. Words are separated by blanks and newlines.
 * vm_word: the first word (NULL), or the one after `last`; NULL at the end. vm_option: the n-th
 * (0...) word `name=value` or `name`: its value, "" if there is no '='; NULL if there are not so
 * many. vm_decode turns %XX into bytes, in place, once; it returns s. All live for ever. */
const char *vm_word(const char *last);
char *vm_decode(const char *s);
const char *vm_option(const char *name, unsigned n);
/* False: no word begins like this. */
bool vm_said(const char *name);
/* The n-th value of virtio_mmio.device= behind `--`, where QEMU puts them; NULL: no more. */
const char *vm_hint(unsigned n);
/* The same walk over the program's arguments, those behind `--`. */
const char *vm_arg(const char *last);

/* ---- Memory: memory.h */

/* ---- Time (time.c) ---------------------------------------------------------------------------*/
u64 vm_now(void);              /* mono; learns the rate when it is first asked */
void vm_delay_until(u64 mono); /* spins; for devices that need microseconds */

/* ---- Interrupts: only to end a sleep (irq.c)
 * Any interrupt wakes vm_wait, which looks at all devices; while the image runs, those of devices
 * it does not see (type 0) are pulled at once. The base has one vector for all of them. A line is
 * level-triggered and active high; devices lower it (vm_virtio_interrupt), and one that nobody
 * lowers is masked until the next sleep. Where there is no such line, all sleeps are cut into
 * milliseconds. */
void vm_irq_route(unsigned gsi);
/* For MSI-X: address and data that wake us. */
void vm_irq_message(u64 *address, u32 *data);

/* ---- Devices
 * -------------------------------------------------------------------------------------- vm_start
 * calls vm_devices_probe (vmdev's: mmio, then pci) after the command line and the image's note are
 * known and before the boot window is made. It calls vm_device_add for each device that the image
 * has a driver for (vm_wants) and that could be set up; the order of the calls is the order of
 * boot->devices. */
#define VM_DEVICES 32
#define VM_DEVICE_QUEUES 3

struct vm_device;
struct vm_shadow;
struct vm_device_ops {
    /* The window is laid out: the shadows are ready. May be NULL. */
    void (*start)(struct vm_device *d);
    /* Takes new entries from the image's rings to the device. */
    void (*push)(struct vm_device *d);
    /* Takes what the device completed; true if something the image wants to hear of was. */
    bool (*pull)(struct vm_device *d);
    /* Before (on) and after (off) a sleep: notifications by the device. After arming, vm_wait pulls
     * once more before it sleeps. May be NULL. */
    void (*arm)(struct vm_device *d, bool on);
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
    struct vm_shadow *shadow; /* [nqueues]; window.c lays their rings out by vm_shadow_init */
};

/* Does the image have the driver (its notes)? */
bool vm_wants(u32 type);
/* A copy becomes the next device; vm_stop if there are more than VM_DEVICES. */
struct vm_device *vm_device_add(const struct vm_device *device);
/* vmdev's (virtio.c). */
void vm_devices_probe(void) __attribute__((weak));

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
