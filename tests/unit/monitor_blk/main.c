/* The disk (monitor/blk.h): what a good driver gets, what a bad one is refused, and that nothing
 * beside the sectors named is ever read or written. Prints one line a test. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../monitor/unit.h"
#include <pith/abi.h>

#include "monitor/blk.h"
#include "monitor/limits.h"

#define SECTORS 64u
#define OK VIRTIO_BLK_S_OK
#define BAD VIRTIO_BLK_S_IOERR

const char *unit_why;
char unit_text[256];
static int failed;
static char dir[64], path[128];
static struct blk disk;
static unsigned char answer[1 << 16];
static ssize_t answered;

void unit_run(const char *name, void (*test)(void))
{
    unit_why = NULL;
    test();
    printf("%s %s%s%s\n", unit_why ? "not ok" : "ok", name, unit_why ? ": " : "",
           unit_why ? unit_why : "");
    failed |= unit_why != NULL;
}

/* One request, cut into pieces of 13 bytes and more; its status, -1 if it was none. */
static int ask(uint32_t type, uint64_t sector, const void *data, size_t n, size_t room)
{
    static unsigned char request[1 << 16];
    struct virtio_blk_outhdr h = {.type = type, .sector = sector};
    struct iovec in[4], out[3];
    memcpy(request, &h, sizeof h);
    if (n)
        memcpy(request + sizeof h, data, n);
    in[0] = (struct iovec){request, 13};
    in[1] = (struct iovec){request + 13, sizeof h - 13};
    in[2] = (struct iovec){request + sizeof h, n / 3};
    in[3] = (struct iovec){request + sizeof h + n / 3, n - n / 3};
    memset(answer, 0xee, room + 64 < sizeof answer ? room + 64 : sizeof answer);
    out[0] = (struct iovec){answer, room / 2};
    out[1] = (struct iovec){answer + room / 2, room - room / 2};
    out[2] = (struct iovec){answer + room, 1};
    answered = blk_request(&disk, in, 4, out, 3);
    CHECK(answered <= (ssize_t)room + 1);
    CHECK(room + 1 >= sizeof answer || answer[room + 1] == 0xee);
    return answered < 0 ? -1 : answer[room];
}

static int range(uint32_t type, uint64_t sector, uint32_t n, uint32_t flags)
{
    struct virtio_blk_discard_write_zeroes r = {sector, n, flags};
    return ask(type, 0, &r, sizeof r, 0);
}

/* Every sector begins with its number + 1. */
static void fresh(void)
{
    char sector[512] = {0};
    struct host_error err;
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    for (unsigned i = 0; i < SECTORS; i++) {
        sector[0] = (char)(i + 1);
        CHECK(write(fd, sector, sizeof sector) == sizeof sector);
    }
    CHECK(write(fd, "behind", 6) == 6); /* not a whole sector: not of the disk */
    close(fd);
    if (blk_open(&disk, path, false, 3, &err)) {
        printf("# %s\n", err.text);
        CHECK(!"it opens");
    }
}

static int first_byte(unsigned sector)
{
    unsigned char byte = 0;
    CHECK(pread(disk.fd, &byte, 1, (off_t)sector * 512) == 1);
    return byte;
}

static void untouched_but(unsigned from, unsigned to)
{
    char tail[7] = "";
    for (unsigned i = 0; i < SECTORS; i++)
        CHECK((i >= from && i < to) || first_byte(i) == (int)i + 1);
    CHECK(pread(disk.fd, tail, 6, SECTORS * 512) == 6 && !strcmp(tail, "behind"));
}

static void reads_and_writes(void)
{
    static char data[8 * 512];
    fresh();
    CHECK(disk.config.capacity == SECTORS && disk.features & 1ull << VIRTIO_BLK_F_FLUSH);
    CHECK(ask(VIRTIO_BLK_T_IN, 5, NULL, 0, 3 * 512) == OK && answered == 3 * 512 + 1);
    CHECK(answer[0] == 6 && answer[512] == 7 && answer[1024] == 8);
    memset(data, 'w', sizeof data);
    CHECK(ask(VIRTIO_BLK_T_OUT, 10, data, sizeof data, 0) == OK);
    CHECK(first_byte(10) == 'w' && first_byte(17) == 'w');
    untouched_but(10, 18);
    CHECK(ask(VIRTIO_BLK_T_FLUSH, 0, NULL, 0, 0) == OK);
    CHECK(ask(VIRTIO_BLK_T_GET_ID, 0, NULL, 0, 20) == OK && !strcmp((char *)answer, "pith-disk-3"));
    CHECK(ask(VIRTIO_BLK_T_GET_ID, 0, NULL, 0, 4) == OK && !memcmp(answer, "pith", 4));
    CHECK(ask(VIRTIO_BLK_T_IN, 0, NULL, 0, 0) == OK);
    close(disk.fd);
}

static void outside(void)
{
    static const uint64_t sectors[] = {SECTORS,    SECTORS + 1, ~0ull,
                                       ~0ull - 7,  1ull << 55,  1ull << 54,
                                       1ull << 63, ~0ull >> 9,  (~0ull >> 9) + 1};
    char data[512] = "x";
    fresh();
    for (unsigned i = 0; i < sizeof sectors / sizeof *sectors; i++) {
        CHECK(ask(VIRTIO_BLK_T_IN, sectors[i], NULL, 0, 512) == BAD);
        CHECK(ask(VIRTIO_BLK_T_OUT, sectors[i], data, 512, 0) == BAD);
        CHECK(range(VIRTIO_BLK_T_DISCARD, sectors[i], 1, 0) == BAD);
        CHECK(range(VIRTIO_BLK_T_WRITE_ZEROES, sectors[i], 1, 0) == BAD);
        CHECK(range(VIRTIO_BLK_T_WRITE_ZEROES, sectors[i], ~0u, 0) == BAD);
    }
    CHECK(ask(VIRTIO_BLK_T_IN, SECTORS - 1, NULL, 0, 512) == OK);
    CHECK(ask(VIRTIO_BLK_T_IN, SECTORS - 1, NULL, 0, 1024) == BAD);
    CHECK(range(VIRTIO_BLK_T_WRITE_ZEROES, 60, 5, 0) == BAD);
    CHECK(range(VIRTIO_BLK_T_DISCARD, 0, ~0u, 0) == BAD);
    untouched_but(0, 0);
    close(disk.fd);
}

static void wrong_shapes(void)
{
    char data[600] = "x";
    struct virtio_blk_discard_write_zeroes many[17] = {{0, 1, 0}};
    struct iovec in = {data, 15}, out = {answer, 0};
    fresh();
    CHECK(ask(VIRTIO_BLK_T_IN, 0, NULL, 0, 511) == BAD &&
          ask(VIRTIO_BLK_T_IN, 0, NULL, 0, 1) == BAD);
    CHECK(ask(VIRTIO_BLK_T_OUT, 0, data, 600, 0) == BAD &&
          ask(VIRTIO_BLK_T_OUT, 0, data, 1, 0) == BAD);
    CHECK(ask(VIRTIO_BLK_T_DISCARD, 0, data, 15, 0) == BAD);
    CHECK(ask(VIRTIO_BLK_T_DISCARD, 0, NULL, 0, 0) == BAD);
    CHECK(ask(VIRTIO_BLK_T_WRITE_ZEROES, 0, many, sizeof many, 0) == BAD);
    CHECK(range(VIRTIO_BLK_T_DISCARD, 0, 1, 1) == VIRTIO_BLK_S_UNSUPP);
    CHECK(range(VIRTIO_BLK_T_WRITE_ZEROES, 0, 1, 2) == VIRTIO_BLK_S_UNSUPP);
    /* A good range before a bad one is not touched. */
    many[1] = (struct virtio_blk_discard_write_zeroes){SECTORS, 1, 0};
    CHECK(ask(VIRTIO_BLK_T_WRITE_ZEROES, 0, many, 32, 0) == BAD);
    for (uint32_t type = 0; type < 40; type++)
        if (type > 13 || (type > 1 && type < 4) || (type > 4 && type < 8) ||
            (type > 8 && type < 11) || type == 12)
            CHECK(ask(type, 0, data, 512, 512) == VIRTIO_BLK_S_UNSUPP);
    CHECK(ask(~0u, 0, data, 512, 512) == VIRTIO_BLK_S_UNSUPP);
    CHECK(blk_request(&disk, &in, 1, &out, 1) == -1 && disk.broken);
    in.iov_len = 16;
    CHECK(blk_request(&disk, &in, 1, &out, 1) == -1 && blk_request(&disk, &in, 0, &out, 0) == -1);
    untouched_but(0, 0);
    close(disk.fd);
}

static void clearing(void)
{
    fresh();
    CHECK(range(VIRTIO_BLK_T_WRITE_ZEROES, 3, 4, 0) == OK);
    CHECK(first_byte(3) == 0 && first_byte(6) == 0);
    untouched_but(3, 7);
    CHECK(range(VIRTIO_BLK_T_WRITE_ZEROES, 3, 9, VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP) == OK);
    CHECK(first_byte(11) == 0);
    untouched_but(3, 12);
    CHECK(range(VIRTIO_BLK_T_DISCARD, 8, 8, 0) == OK);
    untouched_but(3, 16);
    CHECK(range(VIRTIO_BLK_T_WRITE_ZEROES, 0, 0, 0) == OK);
    struct stat st;
    CHECK(fstat(disk.fd, &st) == 0 && st.st_size == SECTORS * 512 + 6);
    close(disk.fd);
}

static void read_only(void)
{
    struct host_error err;
    char data[512] = "x";
    fresh();
    close(disk.fd);
    CHECK(blk_open(&disk, path, true, 0, &err) == 0);
    CHECK(disk.features & 1ull << VIRTIO_BLK_F_RO &&
          !(disk.features & 1ull << VIRTIO_BLK_F_DISCARD));
    CHECK(ask(VIRTIO_BLK_T_IN, 1, NULL, 0, 512) == OK && answer[0] == 2);
    CHECK(ask(VIRTIO_BLK_T_OUT, 1, data, 512, 0) == BAD);
    CHECK(range(VIRTIO_BLK_T_DISCARD, 1, 1, 0) == BAD);
    CHECK(range(VIRTIO_BLK_T_WRITE_ZEROES, 1, 1, 0) == BAD);
    CHECK(ask(VIRTIO_BLK_T_FLUSH, 0, NULL, 0, 0) == OK);
    untouched_but(0, 0);
    close(disk.fd);
}

/* One guest that writes, or any number that read. */
static void one_writer(void)
{
    struct host_error err;
    struct blk second, third;
    fresh();
    CHECK(blk_open(&second, path, false, 1, &err) == -1 && strstr(err.text, "uses it"));
    CHECK(blk_open(&second, path, true, 1, &err) == -1);
    close(disk.fd);
    CHECK(blk_open(&disk, path, true, 1, &err) == 0 && blk_open(&second, path, true, 1, &err) == 0);
    CHECK(blk_open(&third, path, false, 1, &err) == -1);
    close(disk.fd);
    close(second.fd);
    CHECK(blk_open(&second, "/dev/null", false, 1, &err) == -1 && strstr(err.text, "neither"));
    CHECK(blk_open(&second, dir, true, 1, &err) == -1);
    CHECK(blk_open(&second, "/nowhere/at/all", true, 1, &err) == -1);
    CHECK(truncate(path, 511) == 0 && blk_open(&second, path, true, 1, &err) == -1);
}

/* Sectors past 2 TiB, on a file that holds next to nothing. */
static void large(void)
{
    struct host_error err;
    char data[1024] = "far away";
    const uint64_t last = (3ull << 40) / 512 - 1;
    CHECK(truncate(path, 3ll << 40) == 0);
    CHECK(blk_open(&disk, path, false, 0, &err) == 0 && disk.config.capacity == last + 1);
    CHECK(ask(VIRTIO_BLK_T_OUT, last, data, 512, 0) == OK);
    CHECK(ask(VIRTIO_BLK_T_IN, last, NULL, 0, 512) == OK && !memcmp(answer, data, 512));
    CHECK(ask(VIRTIO_BLK_T_OUT, last, data, 1024, 0) == BAD);
    CHECK(range(VIRTIO_BLK_T_DISCARD, last - 1000, 1000, 0) == OK);
    /* The file gets shorter behind our back: an error, not zeros. */
    CHECK(truncate(path, 4096) == 0);
    CHECK(ask(VIRTIO_BLK_T_IN, 100, NULL, 0, 512) == BAD);
    CHECK(ask(VIRTIO_BLK_T_IN, 7, NULL, 0, 1024) == BAD);
    close(disk.fd);
}

/* The host has no room for what is written: no other error looks like that. */
static void no_room(void)
{
    char data[1024] = "x";
    fresh();
    int full = open("/dev/full", O_RDWR), file = disk.fd;
    CHECK(full >= 0);
    disk.fd = full;
    CHECK(ask(VIRTIO_BLK_T_OUT, 3, data, sizeof data, 0) == (int)PITH_BLK_S_NOSPC);
    CHECK(ask(VIRTIO_BLK_T_IN, 3, NULL, 0, 512) == OK && !answer[0]);
    disk.fd = -1;
    CHECK(ask(VIRTIO_BLK_T_OUT, 3, data, sizeof data, 0) == BAD);
    CHECK(ask(VIRTIO_BLK_T_FLUSH, 0, NULL, 0, 0) == BAD);
    close(full);
    disk.fd = file;
    untouched_but(0, 0);
    close(file);
}

static void at_random(void)
{
    uint64_t state = 1;
    static unsigned char bytes[4096];
    fresh();
    for (int i = 0; i < 60000; i++) {
        state = state * 6364136223846793005ull + 1442695040888963407ull;
        for (unsigned k = 0; k < 64; k++)
            bytes[k] = (unsigned char)(state >> (k % 7 * 8)) ^ (unsigned char)(k * i);
        uint64_t sector = state >> 33 & 1 ? state >> 34 & 127 : state;
        size_t n = state >> 50 & 3 ? (state >> 40 & 7) * 512 : state >> 40 & 4095;
        uint32_t type = state >> 20 & 1 ? (uint32_t)(state >> 21 & 15) : (uint32_t)(state >> 21);
        int status = ask(type, sector, bytes, n, state >> 60 & 1 ? n : 512);
        CHECK(status >= 0 && status <= VIRTIO_BLK_S_UNSUPP);
    }
    char tail[7] = "";
    struct stat st;
    CHECK(pread(disk.fd, tail, 6, SECTORS * 512) == 6 && !strcmp(tail, "behind"));
    CHECK(fstat(disk.fd, &st) == 0 && st.st_size == SECTORS * 512 + 6);
    close(disk.fd);
}

int main(void)
{
    snprintf(dir, sizeof dir, "/tmp/pith-blk-XXXXXX");
    if (!mkdtemp(dir))
        return 1;
    snprintf(path, sizeof path, "%s/disk", dir);
    unit_run("blk-reads-and-writes", reads_and_writes);
    unit_run("blk-outside", outside);
    unit_run("blk-wrong-shapes", wrong_shapes);
    unit_run("blk-clearing", clearing);
    unit_run("blk-read-only", read_only);
    unit_run("blk-one-writer", one_writer);
    unit_run("blk-large", large);
    unit_run("blk-no-room", no_room);
    unit_run("blk-random", at_random);
    unlink(path);
    rmdir(dir);
    return failed;
}
