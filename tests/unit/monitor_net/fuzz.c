/* Drivers that write anything into their rings: the device serves or ends the guest, and touches
 * nothing but the guest's memory (the sanitizers watch). */
#include "fake.h"

#include <string.h>
#include <sys/socket.h>

static uint64_t any_address(void)
{
    static const uint64_t special[] = {0,
                                       ~0ull,
                                       MEMORY - 1,
                                       MEMORY + PAGES * PITH_PAGE - 1,
                                       PITH_BOOT_START,
                                       PITH_BOOT_START + PITH_PAGE,
                                       PITH_ARENA_END - 1,
                                       1ull << 63};
    if (chance(300) == 0)
        return special[chance(sizeof special / sizeof *special)];
    return MEMORY + chance(PAGES * PITH_PAGE);
}

static uint32_t any_length(void)
{
    switch (chance(100)) {
    case 0:
        return chance(32);
    case 1:
        return chance(200000);
    case 2:
        return 0xfffffff0u + chance(16);
    default:
        return chance(4096);
    }
}

static struct pith_desc any_desc(unsigned queue)
{
    unsigned flags = chance(3) ? 0 : 1;
    flags |= (queue == PITH_NET_RX) != (chance(400) == 0) ? 2 : 0;
    if (chance(400) == 0)
        flags = 4;
    if (chance(600) == 0)
        flags = chance(65536);
    return (struct pith_desc){
        any_address(), flags == 4 ? 16 * chance(20) : any_length(), (pith_u16)flags,
        (pith_u16)(chance(300) ? chance(PITH_NET_QUEUE_SIZE) : chance(65536))};
}

static void rings(void)
{
    static uint8_t frame[66000];
    unsigned broke = 0, went = 0;
    for (unsigned i = 0; i < 3000; i++) {
        bool header = chance(2);
        fresh(SOCK_DGRAM, header ? 10 : 0);
        for (unsigned k = 0; k < 2 * PITH_NET_QUEUE_SIZE; k++)
            device.ring[k % 2].desc[k / 2] = any_desc(k % 2);
        for (unsigned round = 0; round < 4 && !guest.over; round++) {
            for (unsigned q = 0; q < 2; q++) {
                struct pith_avail *a = device.ring[q].avail;
                for (unsigned k = 0; k < 24; k++)
                    device.ring[q].desc[chance(PITH_NET_QUEUE_SIZE)] = any_desc(q);
                for (unsigned n = chance(20); n; n--)
                    offer(q, chance(300) ? chance(PITH_NET_QUEUE_SIZE) : chance(65536));
                if (chance(100) == 0)
                    a->idx = (pith_u16)chance(65536);
            }
            /* Tables of indirect descriptors, sometimes where they can be read. */
            for (unsigned k = 0; k < 16; k++) {
                struct pith_desc d = any_desc(chance(2));
                put_bytes(MEMORY + chance(PAGES * PITH_PAGE - 16), &d, sizeof d);
            }
            for (unsigned n = chance(6); n; n--) {
                for (unsigned k = 0; k < 12; k++)
                    frame[k] = (uint8_t)(chance(4) ? 0 : chance(256));
                send(other, frame, chance(4) ? chance(3000) : chance(sizeof frame), MSG_DONTWAIT);
            }
            serve();
            while (recv(other, frame, sizeof frame, MSG_DONTWAIT) >= 0)
                continue;
            went++;
        }
        broke += guest.over;
    }
    if (unit_why || broke <= 100 || went <= 6000)
        printf("# %u broke, %u went\n", broke, went);
    CHECK(broke > 100 && went > 6000); /* both kinds were tried */
    broken[0] = 0;
}

void test_fuzz(void)
{
    unit_run("net-fuzz-rings", rings);
}
