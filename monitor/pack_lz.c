/* See pack_lz.h. Greedy matches found by one table of the last place of each four bytes. */
#include "pack_lz.h"

#include <stdbool.h>
#include <string.h>

#define SHORTEST 4u
#define MORE 15u

static uint32_t word(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static unsigned slot_of(uint32_t v)
{
    return (v * 2654435761u) >> 21; /* LZ_SLOTS: 11 bits */
}
_Static_assert(LZ_SLOTS == 1u << (32 - 21), "slot_of");

/* How many bytes are equal at a and b, b being the later one, before `end`. */
static size_t equal(const uint8_t *a, const uint8_t *b, const uint8_t *end)
{
    const uint8_t *start = b;
    while (end - b >= 8) {
        uint64_t x, y;
        memcpy(&x, a, 8);
        memcpy(&y, b, 8);
        if (x != y)
            return (size_t)(b - start) + (unsigned)__builtin_ctzll(x ^ y) / 8;
        a += 8;
        b += 8;
    }
    while (b < end && *a == *b)
        a++, b++;
    return (size_t)(b - start);
}

struct out {
    uint8_t *at, *end;
};

/* The part of a length that the token does not hold. */
static void put_more(struct out *o, size_t n)
{
    for (; n >= 255; n -= 255)
        *o->at++ = 255;
    *o->at++ = (uint8_t)n;
}

/* One sequence; `match` 0: the last. False: no room. */
static bool put(struct out *o, const uint8_t *literals, size_t n, size_t distance, size_t match)
{
    if ((size_t)(o->end - o->at) < 1 + n / 255 + 1 + n + 2 + match / 255 + 1)
        return false;
    uint8_t *token = o->at++;
    *token = (uint8_t)((n < MORE ? n : MORE) << 4);
    if (n >= MORE)
        put_more(o, n - MORE);
    memcpy(o->at, literals, n);
    o->at += n;
    if (match == 0)
        return true;
    *o->at++ = (uint8_t)distance;
    *o->at++ = (uint8_t)(distance >> 8);
    match -= SHORTEST;
    *token |= (uint8_t)(match < MORE ? match : MORE);
    if (match >= MORE)
        put_more(o, match - MORE);
    return true;
}

size_t lz_pack(struct lz_work *work, const uint8_t *from, size_t n, uint8_t *to, size_t room)
{
    struct out o = {to, to + room};
    const uint8_t *at = from, *done = from, *end = from + n;
    if (n == 0 || n > LZ_MOST)
        return 0;
    memset(work->at, 0, sizeof work->at);
    while (end - at >= (ptrdiff_t)SHORTEST) {
        uint32_t v = word(at);
        uint16_t *slot = &work->at[slot_of(v)];
        const uint8_t *before = from + *slot;
        *slot = (uint16_t)(at - from);
        if (before >= at || word(before) != v) {
            at++;
            continue;
        }
        size_t match = SHORTEST + equal(before + SHORTEST, at + SHORTEST, end);
        if (!put(&o, done, (size_t)(at - done), (size_t)(at - before), match))
            return 0;
        at += match;
        done = at;
    }
    if (!put(&o, done, (size_t)(end - done), 0, 0))
        return 0;
    return (size_t)(o.at - to);
}

struct in {
    const uint8_t *at, *end;
};

/* A length that begins with `n` in the token. False: the stream ends in it. */
static bool get_more(struct in *in, size_t *n)
{
    if (*n < MORE)
        return true;
    while (in->at < in->end) {
        uint8_t more = *in->at++;
        *n += more;
        if (more != 255)
            return true;
    }
    return false;
}

size_t lz_unpack(const uint8_t *from, size_t n, uint8_t *to, size_t room)
{
    struct in in = {from, from + n};
    uint8_t *at = to, *end = to + room;
    while (in.at < in.end) {
        uint8_t token = *in.at++;
        size_t literals = token >> 4, match = token & 15;
        if (!get_more(&in, &literals) || literals > (size_t)(in.end - in.at) ||
            literals > (size_t)(end - at))
            return 0;
        memcpy(at, in.at, literals);
        at += literals;
        in.at += literals;
        if (in.at == in.end)
            return (size_t)(at - to);
        if (in.end - in.at < 2)
            return 0;
        size_t distance = in.at[0] | (size_t)in.at[1] << 8;
        in.at += 2;
        if (!get_more(&in, &match))
            return 0;
        match += SHORTEST;
        if (distance == 0 || distance > (size_t)(at - to) || match > (size_t)(end - at))
            return 0;
        /* The match may reach into what it makes: in steps that do not. */
        const uint8_t *source = at - distance;
        while (match) {
            size_t part = (size_t)(at - source) < match ? (size_t)(at - source) : match;
            memcpy(at, source, part);
            at += part;
            match -= part;
        }
    }
    return 0;
}
