/* Compression of a few pages at a time, made for speed: memory of programs that rest is mostly
 * zeros and repetition.
 *
 * The format is private to one run. A stream of sequences:
 *
 *     token | more literal length | literals | distance, 2 bytes | more match length
 *
 * token: literals in the high half, bytes of the match less 4 in the low half; 15 in either goes
 * on in further bytes, each added, until one is not 255. The last sequence ends after its literals.
 */
#ifndef MON_PACK_LZ_H
#define MON_PACK_LZ_H

#include <stddef.h>
#include <stdint.h>

/* Most bytes of one input: distances and positions have 16 bits. */
#define LZ_MOST (32u << 10)
#define LZ_SLOTS 2048u

/* What lz_pack works with; its content means nothing before and after. */
struct lz_work {
    uint16_t at[LZ_SLOTS];
};

/* Packs n bytes (1..LZ_MOST) into at most `room`: how many it took, 0 if they do not fit. */
size_t lz_pack(struct lz_work *work, const uint8_t *from, size_t n, uint8_t *to, size_t room);
/* The inverse: how many bytes came out, 0 if `from` is not what lz_pack made or does not fit. */
size_t lz_unpack(const uint8_t *from, size_t n, uint8_t *to, size_t room);

#endif
