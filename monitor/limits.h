/* Every limit of the monitor, each with its reason. */
#ifndef MON_LIMITS_H
#define MON_LIMITS_H

/* -m when the user gives none: enough for SQLite's and Lua's test programs with room to spare.
 * Memory is committed when touched, so a generous default costs nothing. */
#define MON_MEMORY_DEFAULT (256ull << 20)

/* The arena is 16 TiB; a guest cannot use more. */
#define MON_MEMORY_MAX (8ull << 40)

/* What is left to the monitor of a container's memory limit: its own pages, tables and buffers, the
 * kernel's buffers of its sockets, and for page tables a part of all. */
#define MON_CONTAINER_SHARE (3ull << 20)
#define MON_CONTAINER_PART 64u
/* Where there is no limit, a guest gets what the host has; this much at most, which every machine
 * can give. */
#define MON_CONTAINER_MOST (60ull << 30)

/* From here on ports are the kernel's own in a container's namespace (oci/rewrite.c), below it the
 * guest's. */
#define MON_CONTAINER_PORTS 61000

/* argv, environment and paths together: Linux's own ARG_MAX is 2 MiB by default, and all of it
 * must fit the boot window (PITH_BOOT_MAX) with its pointers. */
#define MON_STRINGS_MAX (8ull << 20)

/* How long an upcall that found the library OS busy waits for the next try (abi.h: a millisecond
 * at most): half of it leaves room for the host's scheduling. */
#define MON_RETRY_NS 500000

/* One write to a pipe that poll called writable never blocks up to PIPE_BUF (POSIX). */
#define MON_WRITE_CHUNK 4096

/* Pieces of guest memory handed to the host in one writev; a longer request takes more calls. */
#define MON_IOV_MAX 64

/* Frames of a backtrace: endless recursion shows in fewer. */
#define MON_BACKTRACE_MAX 32

/* Bytes of stack searched for return addresses where no unwind table helps. */
#define MON_STACK_SCAN (64u << 10)

/* Text a guest may send along with PITH_HC_DIE. */
#define MON_MESSAGE_MAX 1024

/* Size of the signal stack: AT_MINSIGSTKSZ of today's largest CPUs (AMX) is near 12 KiB, the
 * handler needs less than 8 KiB more, and a report may be written on it. */
#define MON_SIGNAL_STACK (64u << 10)

/* File server. Inodes a guest may know of one volume at a time (each takes 384 bytes of the monitor
 * once used): above, it has to forget some. Open files of one volume. Owners of POSIX locks at a
 * time, each one descriptor. */
#define MON_FS_NODES (1u << 18)
#define MON_FS_HANDLES 16384u
#define MON_FS_LOCKS 256u

/* Descriptors of one volume where the caller sets no bound. */
#define MON_FS_DESCRIPTORS 512u

/* Levels of directories that are walked down again to get a descriptor that was given up. */
#define MON_FS_DEPTH 4096u

/* Bytes of one read or write; FUSE asks for at least 4 KiB, Linux' own bound is 1 MiB. */
#define MON_FS_DATA (1u << 20)
#define MON_FS_DATA_PAGES 256u

/* Seconds that names and attributes stay true for the guest: on trees that others change too, and
 * on those that the user calls fixed. */
#define MON_FS_TIMEOUT 1u
#define MON_FS_TIMEOUT_FIXED 86400u

/* Disks: segments and bytes of one request, which is what they say together (the two segments of
 * PITH_BLK_QUEUE_SIZE that are missing are header and status); bytes of one range to discard. */
#define MON_DISKS 8
#define MON_BLK_SEGMENTS 126u
#define MON_BLK_SEGMENT (128u << 10)
#define MON_BLK_DATA (16u << 20)
#define MON_BLK_DISCARD (1u << 30)

/* Bytes of files that are mapped at a time: the state of their pages costs a 4096th of it. */
#define MON_FILE_PAGES (256ull << 30)
/* Mappings they are of, when another is asked for: a quarter of what Linux lets a process have
 * (vm.max_map_count), so that the guest's own memory and the monitor find theirs. */
#define MON_FILE_WINDOWS 16384u

/* Nanoseconds between two times that the host gives to changes of a file, at most: a tick at 100
 * Hz, and room. */
#define MON_FS_TICK 20000000u

/* Bytes of one copy_file_range: some 10 ms where the host really copies. */
#define MON_FS_COPY (16u << 20)

/* How long wait.c looks at traffic again before it sleeps (a sleep and the waking cost some 5 us,
 * under a hypervisor 20 and more), and how many sleeps as short as that must have been seen before,
 * at first and at most. */
#define MON_LOOK_NS 20000u
#define MON_LOOK_SLEEPS 8u
#define MON_LOOK_SLEEPS_MAX 4096u

/* When a guest rests (rest.c): after this long with hardly anything for it (this many waits found
 * something) its devices let go, then its memory is packed; unless guest and monitor worked for a
 * thirtieth of the time in between. Traffic that pauses for less pays nothing, for longer a
 * millisecond. */
#define MON_REST_EVENTS 8u
/* A rest that was disturbed by no more than that goes on this many times sooner. */
#define MON_REST_BRIEF 8u
/* A sleep for which it is worth packing again what the guest's own timers have brought back. */
#define MON_REST_LONG_NS 10000000000ull
#define MON_REST_NS 2000000000u
#define MON_PACK_NS 4000000000u
#define MON_PACK_CPU_NS 60000000u

/* Every this many nanoseconds the clock page's wall-clock offset is read again. */
#define MON_CLOCK_REAL_NS 10000000

/* The clock page becomes usable once this much time was observed: the rate is then known to
 * 10 ppm with samples 50 ns apart. */
#define MON_CLOCK_LEARN_NS 5000000
/* Ticks of the counter within which clock and counter count as read at one moment: 2 to 4 us, at
 * most a slow system call, never a turn of another process. */
#define MON_CLOCK_MOMENT_TICKS 8000u

#endif
