/* A guest image: found in a program file, checked whole, mapped.
 *
 * mon_image_open reads headers only, decides everything, and keeps nothing but this struct and
 * an open descriptor; mon_image_map can then fail only for the host's reasons. A checked image
 * has: segments in ascending order inside [PITH_IMAGE_MIN, PITH_IMAGE_MAX) that share no page,
 * each lying inside the file, none both writable and executable, an entry point inside an
 * executable one, and exactly one note of this ABI.
 */
#ifndef MON_IMAGE_H
#define MON_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/elf.h"
#include "host/error.h"

/* The linker makes three or four; more than this is not one of ours. */
#define MON_SEGMENTS_MAX 16
/* Device kinds one image may name (VIRTIO numbers are small). */
#define MON_DEVICES_MAX 64

struct mon_segment {
    uint64_t va, memsz;      /* as in the program header */
    uint64_t offset, filesz; /* offset in the program file, congruent to va modulo a page */
    unsigned prot;           /* PITH_PROT_READ | WRITE | EXEC */
};

struct mon_image {
    int fd;             /* the program file, open for reading */
    const void *view;   /* all of it, mapped; other processes may change it */
    uint64_t offset;    /* of the image in it */
    uint64_t size;      /* of the image in bytes */
    uint64_t file_size; /* of the program file */
    uint64_t entry;
    uint64_t start, end; /* page-aligned range of all segments */
    uint64_t phdr;       /* guest address of the program headers, 0 if not mapped */
    unsigned phnum;
    unsigned nsegments;
    struct mon_segment segments[MON_SEGMENTS_MAX];
    uint64_t memory;  /* smallest -m by the note */
    uint64_t devices; /* bit n: the note names device n */
    bool jit;         /* the note asks for PITH_PROT_EXEC */
};

/* Opens and checks; 0, or -1 with the sentence (which names the path). */
int mon_image_open(struct mon_image *image, const char *path, struct host_error *err);

/* The same decisions about a program or bare image in memory: fills what is not of a file; *image
 * is zeroed before. The sentence does not name a path. */
int mon_image_check(struct mon_image *image, struct elf_bytes bytes, struct host_error *err);

/* Maps all segments private at host address `base` + (va - image->start). Pages between segments
 * stay as they are. MON_MAP_DATA: over what is there, which must be the caller's; text is only
 * readable (kvm). MON_MAP_GUEST: with the guest's own rights, where nothing may be (process). */
enum mon_map_mode { MON_MAP_DATA, MON_MAP_GUEST };
int mon_image_map(const struct mon_image *image, void *base, enum mon_map_mode mode,
                  struct host_error *err);

#endif
