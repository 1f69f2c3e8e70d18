/* A bench for the kvm machine alone: the common monitor is replaced by functions of the test, the
 * guest by a loop in ring 3 that does one thing at a time and reports (payload.S).
 *
 * The test's own logic is a function `script` that runs while the guest waits in a hypercall; it
 * tells the guest what to do through guest_read and the like and sees what came of it.
 */
#ifndef TESTS_KVM_HARNESS_H
#define TESTS_KVM_HARNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "monitor/kvm.h"

/* What the guest shares with the test: lies in the boot window, writable. */
struct command {
    uint64_t op, addr, value, result;
};
enum op { OP_READ = 1, OP_WRITE, OP_CALL, OP_TOUCH, OP_CYCLES };

#define HC_NEXT 100
#define HC_FAULTED 101
#define HC_UPCALLED 102
#define HC_ANSWER 103 /* result rax = rsi + 1 */

/* Where the code of payload.S appears in the guest, and its data and rights. */
#define IMAGE_START 0x400000ull
#define IMAGE_DATA 0x402000ull
extern const uint8_t payload[], payload_end[], payload_loop[], payload_fault[], payload_upcall[];
extern const uint8_t payload_spin[], payload_features[], payload_syscall[], payload_in[];
extern const uint8_t payload_outs[], payload_int3[], payload_ud[], payload_divide[], payload_hlt[];
extern const uint8_t payload_fs[], payload_vector[], payload_answer[], payload_popf[];
extern const uint8_t payload_port[], payload_cr[], payload_int80[], payload_null[];
uint64_t guest_code(const uint8_t *label);

extern struct mon guest;
extern struct kvm_guest *machine;

/* One access by the guest: true if it went well, false if it faulted (see `last`). */
bool guest_read(uint64_t va, uint64_t *value);
bool guest_write(uint64_t va, uint64_t value);
bool guest_call(uint64_t va, uint64_t *value);
/* Writes to `count` pages from va on; returns the nanoseconds it took. */
uint64_t guest_touch(uint64_t va, uint64_t count);
extern struct pith_regs last;
/* Set when the guest was ended, by whom and why. */
extern int died;
extern char died_of[256];

/* Called in every hypercall, if set. */
extern void (*in_hypercall)(void);

uint64_t now_ns(void);
/* Runs `script` with a fresh guest of `memory` bytes in a child process; prints its verdict. */
void run(const char *name, uint64_t memory, void (*script)(void));
/* In a script: the test has failed, with this reason. */
_Noreturn void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
#define expect(x)                                                                                  \
    do {                                                                                           \
        if (!(x))                                                                                  \
            fail("%s:%d: %s", __FILE__, __LINE__, #x);                                             \
    } while (0)

int kvm_missing(char *why, unsigned size);
int failures(void);

#endif
