/* What the base of the machine `vm` and `pith run --on qemu` (or another hypervisor) say to each
 * other: the part of the monitor's work that only a process of the host can do.
 *
 * The hypervisor gives the guest a virtio console with three ports (VIRTIO 1.2, 5.3), told apart by
 * their names: PITH_LINK_CONTROL carries the messages below both ways; what the guest writes to
 * PITH_LINK_STDOUT and PITH_LINK_STDERR is its output. Without such ports the base uses the serial
 * line and is on its own.
 *
 * A message is a struct pith_link and `len` bytes behind it. Each side checks what the other sends;
 * an unknown type or a length past the maximum ends the guest.
 */
#ifndef PITH_LINK_H
#define PITH_LINK_H

#include <pith/abi.h>

#define PITH_LINK_CONTROL "pith.control"
#define PITH_LINK_STDOUT "pith.stdout"
#define PITH_LINK_STDERR "pith.stderr"

struct pith_link {
    pith_u32 type; /* enum pith_link_type */
    pith_u32 len;  /* bytes that follow */
    pith_u64 a, b;
};

/* Bytes that may follow: input of the guest, and a terminal's settings. */
#define PITH_LINK_INPUT_MAX 16384u
#define PITH_LINK_TTY_MAX 64u

enum pith_link_type {
    /* From the base. */
    PITH_LINK_EXIT = 1,      /* a = exit status; all output has been handed over before */
    PITH_LINK_DIE = 2,       /* a = signal: the same, as killed by it */
    PITH_LINK_SIGNALS = 3,   /* a = mask caught, b = mask ignored, as PITH_HC_SIGNALS */
    PITH_LINK_READ = 4,      /* a = most bytes: the guest reads stdin; answer: PITH_LINK_INPUT */
    PITH_LINK_TTY = 5,       /* a = enum pith_tty_op, b = 0..2, the struct; answer: the same */
    PITH_LINK_STOP = 6,      /* a = signal: stop as PITH_HC_STOP does; answer: the same */
    PITH_LINK_LISTENING = 7, /* a = protocol << 16 | port, b = 1 if it can be reached */
    PITH_LINK_FRAME = 8,     /* a = number, b = address: one line of a backtrace on stderr */
    PITH_LINK_STAMP = 9,     /* a = enum pith_stamp: this moment is now (pith.stamps) */
    /* From the host. */
    PITH_LINK_INPUT = 16,  /* a = bytes that follow, 0 at the end of input, or -errno */
    PITH_LINK_SIGNAL = 17, /* a = signal that arrived and that the guest catches */
    PITH_LINK_CLOSED = 18, /* a = 1 or 2: writing to it fails from now on with errno b */
};

#endif
