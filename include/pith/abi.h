/* The boundary between a pith guest and what runs it: everything both sides share.
 *
 * Freestanding: no other include, fixed-width types from the compiler only. The guest (the
 * library OS) and the host (the monitor) are built apart and meet in this file and note.h.
 *
 * Rules
 *  - All addresses in here are guest virtual addresses unless a field says otherwise. The host
 *    turns one into a pointer only through a checked function that takes a length.
 *  - Times are nanoseconds; "mono" is CLOCK_MONOTONIC of the host, "real" is CLOCK_REALTIME.
 *  - What the guest writes is hostile to the host: lengths are checked, loops are bounded.
 *  - What the host writes before entry is trusted by the guest.
 *  - PITH_ABI changes whenever a field or the meaning of one changes. There is no negotiation:
 *    the image names its version in a note and the monitor refuses any other.
 */
#ifndef PITH_ABI_H
#define PITH_ABI_H

#define PITH_ABI 2u

typedef __UINT8_TYPE__ pith_u8;
typedef __UINT16_TYPE__ pith_u16;
typedef __UINT32_TYPE__ pith_u32;
typedef __UINT64_TYPE__ pith_u64;
typedef __INT64_TYPE__ pith_s64;

#define PITH_PAGE 4096u

/* ---- Where things lie ---------------------------------------------------------------------
 *
 *   0x0000_0000_0000   never mapped (null page and all below the image)
 *   0x0000_0040_0000   the image, at the addresses its program headers name (below 2 GiB)
 *   0x0800_0000_0000   boot window: boot information, strings, rings, the hypercall page
 *   0x1000_0000_0000   arena: all other memory of the guest; nothing here is accessible
 *   0x2000_0000_0000   until committed, except [mem_start, mem_end) of the boot information
 */
#define PITH_IMAGE_MIN 0x0000000000010000ull
#define PITH_IMAGE_MAX 0x0000000080000000ull
#define PITH_BOOT_START 0x0000080000000000ull
#define PITH_BOOT_MAX (16ull << 20) /* bytes the boot window may take */
#define PITH_ARENA_START 0x0000100000000000ull
#define PITH_ARENA_END 0x0000200000000000ull

/* The monitor commits PITH_BOOT_STACK bytes below and PITH_BOOT_HEAP bytes above
 * PITH_STACK_TOP before entry: [mem_start, mem_end). The main stack grows down from the top of
 * it, the library OS takes its first heap from above it. The arena below is left to the stack. */
#define PITH_STACK_TOP (PITH_ARENA_START + (16ull << 20) - (128u << 10))
#define PITH_BOOT_STACK (64u << 10)
#define PITH_BOOT_HEAP (64u << 10)

/* ---- Hypercalls ----------------------------------------------------------------------------
 *
 * long hypercall(long nr, long a, long b, long c, long d), a System V AMD64 function at
 * boot->hypercall. It needs 16 bytes of the caller's stack at most and may clobber what a C
 * function may clobber. Result: >= 0, or -errno (Linux numbers).
 */
enum pith_hypercall {
    /* wait(a = deadline): take what is queued on every ring with new entries, fill in what has
     * arrived, publish clock and pending bits; then, if nothing has completed and nothing is
     * pending, sleep until something is or until mono time `deadline`. deadline 0: do not sleep;
     * PITH_NEVER: no deadline. Returns a mask of PITH_WAIT_*. */
    PITH_HC_WAIT = 1,
    /* mem(a = enum pith_mem_op, b = address, c = length, d = protection): see below. */
    PITH_HC_MEM = 2,
    /* exit(a = status): end with this exit status (low 8 bits). Does not return. */
    PITH_HC_EXIT = 3,
    /* die(a = signal, b = address of struct pith_regs or 0, c = address of a message or 0,
     * d = its length): end as killed by `signal`. The monitor prints the message if there is
     * one, and for a fault signal the registers and a symbolised backtrace. Does not return. */
    PITH_HC_DIE = 4,
    /* timer(a = mono deadline, 0 = off): one alarm; sets PITH_PEND_TIMER when due. */
    PITH_HC_TIMER = 5,
    /* clock(a = 0 mono, 1 real): the time in ns. For when boot->clock is not usable. */
    PITH_HC_CLOCK = 6,
    /* signals(a = mask caught, b = mask ignored), bit n-1 for signal n: host signals the guest
     * wants as PITH_PEND_SIGNAL (caught) or dropped (ignored). All others act on the monitor
     * as on any process. Signals the host uses for itself are caught without effect. */
    PITH_HC_SIGNALS = 7,
    /* tty(a = enum pith_tty_op, b = 0..2, c = address of struct termios or winsize as in Linux
     * asm-generic, d = its size): acts on the host's stdin, stdout or stderr. */
    PITH_HC_TTY = 8,
    /* stamp(a = enum pith_stamp): for `pith run --time`: note this moment. Made only when
     * boot->flags has PITH_BOOT_STAMPS. */
    PITH_HC_STAMP = 9,
    /* stop(a = signal): stop as by SIGSTOP/SIGTSTP/SIGTTIN/SIGTTOU; returns when continued. */
    PITH_HC_STOP = 10,
    /* cputime(): CPU time of this guest in ns (user and system of the monitor's process). */
    PITH_HC_CPUTIME = 11,
    /* listening(a = IP protocol: 6 TCP, 17 UDP, b = port, c = 1 if it can be reached through a
     * network device, 0 if only from inside the guest): for the user's eyes; changes nothing.
     * Returns 0. */
    PITH_HC_LISTENING = 12,
};

#define PITH_NEVER (~0ull)

#define PITH_WAIT_RING 1u /* some ring has new used entries */
#define PITH_WAIT_PEND 2u /* vcpu->pending is not zero */
#define PITH_WAIT_TIME 4u /* the deadline has passed */

enum pith_mem_op {
    /* Pages of the range not yet committed become zero-filled memory; all pages of the range
     * get the protection. Returns how many became committed. -ENOMEM: guest memory is used up
     * (nothing was changed). */
    PITH_MEM_COMMIT = 1,
    /* Pages of the range become inaccessible and their memory goes back to the host. Pages
     * that were not committed are skipped. Returns how many were; the host's own pages of a file
     * (PITH_FS_MAP) go too and are not counted. */
    PITH_MEM_DECOMMIT = 2,
    /* Committed pages of the range get the protection, their content stays (PITH_PROT_NONE:
     * kept but not accessible). Pages that are not committed are skipped. */
    PITH_MEM_PROTECT = 3,
    /* b = address, c = length, d = source address: pages of [b, b+c) become second names of
     * the committed pages of [d, d+c), which must have been committed with PITH_PROT_SHARED.
     * Target pages must not be committed. A page is freed when its last name is. */
    PITH_MEM_ALIAS = 4,
    /* b = address, c = length, d = source address: the committed pages of [d, d+c) move to
     * [b, b+c) with content and protection; those of the source that were not committed leave
     * holes. No page of the target may be committed, and the ranges must not overlap. Returns
     * how many moved. (mremap of large memory without copying.) */
    PITH_MEM_MOVE = 5,
    /* d = address of one byte a page of [b, b+c): becomes 1 if the page is committed, else 0.
     * At most PITH_QUERY_MAX pages at once. Returns 0 or -EFAULT. (mincore.) */
    PITH_MEM_QUERY = 6,
};
/* All ranges: page aligned, inside the arena; PROTECT also works inside the image's writable
 * segments (RELRO). -EINVAL otherwise. PITH_PROT_EXEC is -EACCES unless the image's note says
 * that it makes code at run time (PITH_NOTE_JIT); WRITE together with EXEC needs the same. */
#define PITH_QUERY_MAX 256u
#define PITH_PROT_NONE 0u
#define PITH_PROT_READ 1u
#define PITH_PROT_WRITE 2u
#define PITH_PROT_EXEC 4u
#define PITH_PROT_SHARED 8u /* with COMMIT: new pages can later be aliased */

enum pith_tty_op {
    PITH_TTY_GET = 1,   /* struct termios (kernel layout, TCGETS) */
    PITH_TTY_SET = 2,   /* TCSETS */
    PITH_TTY_SETW = 3,  /* TCSETSW */
    PITH_TTY_SETF = 4,  /* TCSETSF */
    PITH_TTY_WINSZ = 5, /* TIOCGWINSZ */
    PITH_TTY_SETWINSZ = 6,
    PITH_TTY_FLUSH = 7, /* TCFLSH, d = TCIFLUSH.. */
};

enum pith_stamp { PITH_STAMP_ENTRY = 1, PITH_STAMP_MAIN = 2 };

/* ---- Registers of interrupted guest code ---------------------------------------------------*/
struct pith_regs {
    pith_u64 r15, r14, r13, r12, r11, r10, r9, r8;
    pith_u64 rdi, rsi, rbp, rbx, rdx, rcx, rax;
    pith_u64 vector; /* x86 exception number; for an upcall, PITH_VECTOR_UPCALL */
    pith_u64 error;  /* x86 error code (page fault: bit 1 write, bit 4 instruction fetch) */
    pith_u64 rip, cs, rflags, rsp, ss; /* as iretq pops them */
    pith_u64 addr;                     /* page fault: the address */
};
#define PITH_VECTOR_UPCALL 256u

/* ---- One virtual CPU's shared page (guest writable) ----------------------------------------
 *
 * Fault: the guest touched what it may not or did what the CPU refuses. If fault_entry is not 0
 * and fault_busy is 0, the monitor sets fault_busy to 1, stores the registers in `fault` and
 * continues the guest at fault_entry with rsp = fault_stack (16-byte aligned, the entry is
 * jumped to, not called) and all other registers undefined. The guest sets fault_busy to 0
 * when it no longer needs `fault`. Otherwise the monitor ends the guest as PITH_HC_DIE would,
 * with SIGSEGV, SIGBUS, SIGILL, SIGFPE or SIGTRAP by the vector.
 *
 * Upcall: when `pending` becomes non-zero while guest code outside [os_text_start, os_text_end)
 * runs, and upcall_entry is not 0, and upcall_busy is 0: the same with upcall_busy, `upcall`,
 * upcall_entry and upcall_stack. If the guest was inside, the monitor tries again within a
 * millisecond; the guest itself looks at `pending` after every PITH_HC_WAIT.
 * FPU and vector state are the interrupted code's own in both cases.
 */
struct pith_vcpu {
    pith_u64 os_text_start, os_text_end; /* set by the guest at boot */
    pith_u64 fault_entry, fault_stack;
    pith_u64 upcall_entry, upcall_stack;
    pith_u32 fault_busy, upcall_busy;
    pith_u32 pending; /* PITH_PEND_*; set by the host, taken by the guest with xchg */
    pith_u32 reserved;
    pith_u64 signals; /* bit n-1: host signal n arrived; taken by the guest with xchg */
    struct pith_regs fault;
    struct pith_regs upcall;
};
#define PITH_PEND_TIMER 1u
#define PITH_PEND_SIGNAL 2u

/* ---- Clock page (written by the host; shares a page with the vcpu's) -------------------------
 * If `usable`: mono = mono_ns + (((tsc - tsc0) * mult) >> shift) with a 128-bit product, read
 * while seq is even and unchanged. real = mono + real_offset. Otherwise use PITH_HC_CLOCK. */
struct pith_clock {
    pith_u32 seq;
    pith_u32 usable;
    pith_u64 tsc0;
    pith_u64 mono_ns;
    pith_s64 real_offset;
    pith_u32 mult;
    pith_u32 shift;
};

/* ---- Rings: the split virtqueue of VIRTIO 1.2, 2.7, without the dance -----------------------
 * Laid out and zeroed by the monitor. Addresses in descriptors are guest virtual addresses of
 * committed memory. No notifications: the monitor looks at every ring at each PITH_HC_WAIT. */
struct pith_desc {
    pith_u64 addr;
    pith_u32 len;
    pith_u16 flags; /* 1 NEXT, 2 WRITE (by device), 4 INDIRECT */
    pith_u16 next;
};
struct pith_avail {
    pith_u16 flags, idx;
    pith_u16 ring[];
};
struct pith_used_elem {
    pith_u32 id, len;
};
struct pith_used {
    pith_u16 flags, idx;
    struct pith_used_elem ring[];
};
struct pith_queue {
    pith_u64 desc, avail, used; /* addresses */
    pith_u32 size;              /* entries, a power of two; 0 = queue not there */
    pith_u32 reserved;
};
struct pith_device {
    pith_u32 type; /* VIRTIO 1.2 section 5 device number: 1 net 2 blk 3 console 4 rng 26 fs */
    pith_u32 nqueues;
    pith_u64 features; /* VIRTIO feature bits in effect */
    pith_u64 queues;   /* struct pith_queue[nqueues] */
    pith_u64 config;   /* the device's configuration structure, or 0 */
    pith_u32 config_len;
    pith_u32 reserved;
};
#define PITH_DEV_NET 1u
#define PITH_DEV_BLK 2u
#define PITH_DEV_CONSOLE 3u
#define PITH_DEV_RNG 4u
#define PITH_DEV_FS 26u

/* Console: queue 0 stdin, 1 stdout, 2 stderr (own machines). A request is a chain: first one
 * device-writable descriptor of 8 bytes for the result (pith_s64: bytes moved, 0 on stdin is
 * end of file, or -errno), then the data (stdin: writable, stdout/stderr: readable). Output
 * requests complete when all is written or at the first error (then the result is what was
 * written, or the error if that was nothing); stdin when at least one byte came. */
#define PITH_CONSOLE_STDIN 0u
#define PITH_CONSOLE_STDOUT 1u
#define PITH_CONSOLE_STDERR 2u
#define PITH_CONSOLE_QUEUES 3u
#define PITH_CONSOLE_QUEUE_SIZE 8u

/* Network: queue 0 receives, queue 1 transmits (VIRTIO 1.2, 5.1.2). Every frame stands behind the
 * 12 bytes of struct virtio_net_hdr_v1 (5.1.6). Features in effect on the own machines: CSUM,
 * GUEST_CSUM, GUEST_TSO4/6, HOST_TSO4/6, MRG_RXBUF, MAC, MTU, INDIRECT_DESC, as far as the host's
 * side of the device has them: what is not set is not to be used. The configuration is
 * struct pith_net_config, whose start is struct virtio_net_config (5.1.4). Addresses are in network
 * byte order; an IPv4 address takes the first 4 of its 16 bytes. Sent frames complete within the
 * PITH_HC_WAIT that hands them over, unless the host is congested. Where the available ring of
 * queue 1 says VIRTQ_AVAIL_F_NO_INTERRUPT (flags = 1), their completion is nothing that ends a
 * wait: a driver that frees sent buffers when it needs them sets it. */
#define PITH_NET_RX 0u
#define PITH_NET_TX 1u
#define PITH_NET_QUEUES 2u
#define PITH_NET_QUEUE_SIZE 256u
/* Some devices have a third queue: large frames are left with the host until the guest says where
 * their bytes are to go. While its available ring has flags = 1, a frame may come to queue 0 with
 * its beginning only: num_buffers is 0, the used entry's length is that of the header and the whole
 * frame, and the first PITH_NET_BEGIN bytes of the frame, if it has as many, are in the one buffer,
 * which must have room for them. A chain of queue 2 gets the oldest frame that was left, from its
 * first byte on (of Ethernet; there is no virtio-net header), as much as fits; the rest is gone.
 * Length 0: nothing was left, or it could not be had. Chains complete in order within the
 * PITH_HC_WAIT that hands them over. No more frames are left than queue 2 has entries: until there
 * is room for another, none arrive. A PITH_HC_WAIT that would sleep while frames are left returns
 * PITH_WAIT_RING instead. */
#define PITH_NET_LEFT 2u
#define PITH_NET_BEGIN 192u
#define PITH_NET_ADDRS 16u
#define PITH_NET_ROUTES 32u
struct pith_net_addr {
    pith_u8 family; /* 4 or 6, 0 = unused */
    pith_u8 prefix; /* bits of the network */
    pith_u8 reserved[6];
    pith_u8 addr[16];
};
struct pith_net_route {
    pith_u8 family;
    pith_u8 prefix;  /* 0 = default route */
    pith_u8 on_link; /* 1: no gateway */
    pith_u8 reserved;
    pith_u32 metric;
    pith_u8 to[16], via[16];
};
struct pith_net_config {
    pith_u8 mac[6];
    pith_u16 status, max_pairs, mtu;
    pith_u32 flags; /* PITH_NET_* */
    char name[16];  /* the interface's, "eth0"; NUL-ended */
    pith_u32 naddrs, nroutes;
    struct pith_net_addr addrs[PITH_NET_ADDRS];
    struct pith_net_route routes[PITH_NET_ROUTES];
};
#define PITH_NET_DHCP 1u /* ask for an IPv4 address by DHCP (RFC 2131) */
/* No interface of its own: IP packets, without an Ethernet header, that come from the host as if
 * over lo, and those that the guest sends over lo to the address in addrs[0] by TCP or UDP, and to
 * that in addrs[1] (IPv6, link-local), if there is one. */
#define PITH_NET_INSIDE 4u
#define PITH_NET_AUTOCONF 2u /* IPv6 addresses by router advertisement (RFC 4862) */

/* Block: queue 0 (VIRTIO 1.2, 5.2); the configuration is struct virtio_blk_config. Features:
 * SIZE_MAX and SEG_MAX (together: at most 126 segments of 128 KiB a request), BLK_SIZE, TOPOLOGY,
 * FLUSH, and either RO or DISCARD and WRITE_ZEROES. A status beside those of VIRTIO, of requests
 * that write: the file on the host, which has holes, cannot grow, as its disk is full. Old drivers
 * take it for any other error. */
#define PITH_BLK_QUEUE_SIZE 128u
#define PITH_BLK_S_NOSPC 0x80u

/* Files: queue 0 high priority, queue 1 requests (VIRTIO 1.2, 5.11); FUSE messages as in
 * <linux/fuse.h>. The configuration is struct pith_fs_config, whose start is that of 5.11.4. */
#define PITH_FS_HIPRIO 0u
#define PITH_FS_REQUEST 1u
#define PITH_FS_QUEUES 2u
#define PITH_FS_QUEUE_SIZE 128u
struct pith_fs_config {
    char tag[36]; /* NUL-padded */
    pith_u32 num_request_queues;
    pith_u32 flags; /* PITH_FS_* */
    pith_u32 reserved;
};
/* FUSE_SETUPMAPPING and FUSE_REMOVEMAPPING work, with moffset = guest address - PITH_ARENA_START:
 * the host's own pages of the file appear at arena pages that are not committed, with the rights of
 * the open handle. They do not count against -m. A touch past the end of the file is a fault of
 * vector 14 whose page is mapped. -ENOMEM: there are as many mappings as the host has room for,
 * which says nothing about memory. */
#define PITH_FS_MAP 1u
/* Requests may be queued without a PITH_HC_WAIT behind them: after it has answered a WRITE, OPEN,
 * CREATE or SETLK the host looks at the rings by itself, outside the library OS, PITH_FS_LINGER
 * nanoseconds later at most, and goes on so as long as it finds any of these. Every PITH_HC_WAIT,
 * PITH_HC_STOP and the guest's end, however it comes, empty the rings of files before anything else
 * of the guest is seen outside. `padding` of struct fuse_open_out and fuse_write_out is the room
 * that the file has to grow, in MiB; 0: what the next write answers has to be waited for. */
#define PITH_FS_BEHIND 2u
#define PITH_FS_LINGER 5000000u

/* What is mounted where, in the order of mounting. */
struct pith_mount {
    pith_u64 path;   /* string, absolute; "/" first if it is there at all */
    pith_u32 type;   /* enum pith_mount_type */
    pith_u32 device; /* PITH_MOUNT_FS, PITH_MOUNT_DISK: index in devices */
    pith_u32 flags;  /* PITH_MOUNT_* */
    pith_u32 mode;   /* PITH_MOUNT_TMPFS: permissions of its root */
    pith_u64 size;   /* PITH_MOUNT_TMPFS: most bytes, 0 = half of guest memory */
};
enum pith_mount_type { PITH_MOUNT_FS = 1, PITH_MOUNT_TMPFS = 2, PITH_MOUNT_DISK = 3 };
#define PITH_MOUNT_READ_ONLY 1u
#define PITH_MOUNT_NOEXEC 2u
#define PITH_MOUNT_FILE                                                                            \
    4u /* PITH_MOUNT_FS: the root of what is served is a file, not a directory */

/* Files that the host makes for the program (/etc/resolv.conf, /etc/hosts, /etc/hostname): they are
 * put into the root file system unless that is the host's (a mount at "/") and has them. */
struct pith_file {
    pith_u64 path; /* string, absolute */
    pith_u64 data; /* address of the content */
    pith_u64 len;
    pith_u32 mode; /* permissions */
    pith_u32 reserved;
};

/* ---- Boot information (guest read only) ----------------------------------------------------
 * The entry point is jumped to with rdi = address of this, rsp = PITH_STACK_TOP (aligned to
 * 16), everything else zero, DF clear, MXCSR and x87 in their reset state for user programs. */
struct pith_stdio {
    pith_u32 mode;  /* st_mode of the host's descriptor, 0 = closed */
    pith_u32 flags; /* PITH_STDIO_* */
};
#define PITH_STDIO_TTY 1u
#define PITH_STDIO_READ 2u
#define PITH_STDIO_WRITE 4u

struct pith_boot {
    pith_u32 abi;
    pith_u32 size;    /* sizeof(struct pith_boot) */
    pith_u32 machine; /* enum pith_machine */
    pith_u32 flags;   /* PITH_BOOT_* */
    pith_u64 hypercall;
    pith_u64 ram_bytes; /* memory of the guest (-m) */
    pith_u64 ram_free;  /* of it, what PITH_MEM_COMMIT can still hand out at entry */
    pith_u64 mem_start, mem_end;
    pith_u64 vcpu;    /* struct pith_vcpu */
    pith_u64 clock;   /* struct pith_clock */
    pith_u64 devices; /* struct pith_device[ndevices] */
    pith_u32 ndevices;
    pith_u32 argc;
    pith_u64 argv;     /* char *[argc + 1], ends with 0 */
    pith_u64 envp;     /* char *[], ends with 0 */
    pith_u64 cwd;      /* string: initial working directory, absolute */
    pith_u64 hostname; /* string */
    pith_u64 execfn;   /* string: the program's path, for AT_EXECFN and /proc/self/exe */
    struct pith_stdio stdio[3];
    pith_u8 seed[64]; /* entropy for this run, never the same twice */
    pith_u32 uid, gid, euid, egid;
    pith_u32 pid; /* what getpid answers */
    pith_u32 umask;
    pith_u64 hwcap, hwcap2;
    pith_u64 xsave_size;             /* bytes an XSAVE area needs, 0 = use FXSAVE (512) */
    pith_u64 image_start, image_end; /* address range of the image's segments */
    pith_u64 phdr; /* address of the image's program headers, or 0 if not mapped */
    pith_u32 phnum;
    pith_u32 ncpus;  /* processors of the host, for what asks; the guest has one vcpu */
    pith_u64 mounts; /* struct pith_mount[nmounts] */
    pith_u64 files;  /* struct pith_file[nfiles] */
    pith_u32 nmounts, nfiles;
    pith_u64 rlimits;           /* struct pith_rlimit[nrlimits], by Linux's RLIMIT_* numbers */
    pith_u64 groups;            /* pith_u32[ngroups]: supplementary groups */
    pith_u32 nrlimits, ngroups; /* 0: the host tells none, and the guest begins with its own */
};
struct pith_rlimit {
    pith_u64 soft, hard; /* ~0: no limit */
};
enum pith_machine { PITH_MACHINE_KVM = 1, PITH_MACHINE_PROCESS = 2, PITH_MACHINE_VM = 3 };
#define PITH_BOOT_STAMPS 1u   /* make PITH_HC_STAMP calls */
#define PITH_BOOT_FSGSBASE 2u /* always set: a host without FSGSBASE is refused at start */

#endif
