/* Rule tables to a classic BPF program for seccomp. See jail.h.
 *
 *     architecture is x86-64              else trap
 *     caller lies above guest addresses   else trap
 *     load number
 *     call A, whatever its arguments      -> allow
 *     call B?  its tests                  -> allow; else trap
 *     ...
 *     trap
 *     allow
 *
 * The kernel compiles the program at a cost of a quarter microsecond an instruction, so verdicts
 * are shared. Jumps reach 255 instructions: a longer program is refused.
 */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>

#include <pith/abi.h>

#include "jail.h"

struct program {
    struct sock_filter *at, *end;
    bool full;
};

static void add(struct program *p, struct sock_filter insn)
{
    if (p->at == p->end)
        p->full = true;
    else
        *p->at++ = insn;
}

static struct sock_filter load(size_t offset)
{
    return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

static struct sock_filter give(uint32_t verdict)
{
    return (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict);
}

/* Entry i of a list of descriptors that ends with -1. */
static bool entry_of(const int *list, unsigned i, uint32_t *value)
{
    for (; list && *list >= 0; list++)
        if (i-- == 0) {
            *value = (uint32_t)*list;
            return true;
        }
    return false;
}

/* Does this rule exist in this run, and what is the i-th thing it tests? */
static bool resolve(const struct mon_jail_rule *rule, const struct mon_jail_run *run, unsigned i,
                    enum mon_jail_test *test, uint32_t *value)
{
    *value = rule->value;
    *test = MON_JAIL_EQUAL;
    switch ((enum mon_jail_test)rule->test) {
    case MON_JAIL_NET:
        return entry_of(run->net, i, value);
    case MON_JAIL_NAMES:
        return entry_of(run->names, i, value);
    case MON_JAIL_TAP:
        return entry_of(run->tap, i, value);
    default:
        if (i)
            return false;
    }
    switch ((enum mon_jail_test)rule->test) {
    case MON_JAIL_ANY:
    case MON_JAIL_EQUAL:
    case MON_JAIL_CLEAR:
        *test = (enum mon_jail_test)rule->test;
        return true;
    case MON_JAIL_JIT:
        *test = MON_JAIL_ANY;
        return run->jit;
    case MON_JAIL_FS:
        *test = MON_JAIL_ANY;
        return run->fs;
    case MON_JAIL_LOCKS:
        return run->fs;
    case MON_JAIL_WRITE:
        *test = MON_JAIL_ANY;
        return run->write;
    case MON_JAIL_DISK:
        *test = MON_JAIL_ANY;
        return run->disk;
    case MON_JAIL_DISK_WRITE:
        *test = MON_JAIL_ANY;
        return run->disk_write;
    case MON_JAIL_PATH:
        *test = MON_JAIL_ANY;
        return run->write && !run->shared;
    case MON_JAIL_NULL:
        *test = MON_JAIL_NULL;
        return run->write;
    case MON_JAIL_PID:
        *value = run->pid;
        return true;
    case MON_JAIL_CORE:
        *value = (uint32_t)run->core;
        return run->core >= 0;
    case MON_JAIL_CONTROL:
        *value = (uint32_t)run->control;
        return run->control > 0;
    case MON_JAIL_CONTROL_NULL:
        *test = MON_JAIL_NULL;
        return run->control > 0;
    case MON_JAIL_STATM:
        *value = (uint32_t)run->statm;
        return run->statm > 0;
    case MON_JAIL_LIMIT:
        *value = (uint32_t)run->limit;
        return run->limit > 0;
    default:
        return false;
    }
}

/* Jumps to the verdicts get their distance when these are placed: until then, marks. */
#define TO_ALLOW 255
#define TO_TRAP 254

static void add_test(struct program *p, enum mon_jail_test test, uint32_t value)
{
    bool equal = test == MON_JAIL_EQUAL;
    add(p, (struct sock_filter)BPF_JUMP((uint16_t)(BPF_JMP | BPF_K | (equal ? BPF_JEQ : BPF_JSET)),
                                        value, equal ? TO_ALLOW : 0, equal ? 0 : TO_ALLOW));
}

/* Argument `arg` is 0 as a whole, not only its low word. */
static void add_null(struct program *p, unsigned arg)
{
    size_t at = offsetof(struct seccomp_data, args) + arg * sizeof(uint64_t);
    add(p, load(at + 4));
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2));
    add(p, load(at));
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, TO_ALLOW, 0));
}

/* All rules of one call, from rules[0] on; returns how many there are. */
static size_t add_call(struct program *p, const struct mon_jail_rule *rules,
                       const struct mon_jail_run *run)
{
    size_t n = 0;
    bool any = false, some = false;
    enum mon_jail_test test;
    uint32_t value;
    for (; rules[n].who && rules[n].call == rules[0].call; n++)
        if (resolve(&rules[n], run, 0, &test, &value)) {
            some = true;
            any |= test == MON_JAIL_ANY;
        }
    if (!some) /* falls through to the trap at the end */
        return n;
    struct sock_filter *entry = p->at;
    add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, rules[0].call,
                                        any ? TO_ALLOW : 0, 0));
    if (any)
        return n;
    int loaded = -1;
    for (size_t i = 0; i < n; i++) {
        for (unsigned k = 0; resolve(&rules[i], run, k, &test, &value); k++) {
            if (test == MON_JAIL_NULL) {
                add_null(p, rules[i].arg);
                loaded = -1;
                continue;
            }
            /* Little endian: the low word of an argument comes first. */
            if (rules[i].arg != loaded)
                add(p, load(offsetof(struct seccomp_data, args) + rules[i].arg * sizeof(uint64_t)));
            loaded = rules[i].arg;
            add_test(p, test, value);
        }
    }
    add(p, give(SECCOMP_RET_TRAP));
    entry->jf = (uint8_t)(p->at - entry - 1);
    return n;
}

static void add_rules(struct program *p, const struct mon_jail_rule *rules,
                      const struct mon_jail_run *run)
{
    for (size_t i = 0; rules[i].who && !p->full;)
        i += add_call(p, rules + i, run);
}

/* Appends the verdicts and gives the marked jumps their distances. */
static void finish(struct program *p, struct sock_filter *first)
{
    struct sock_filter *trap = p->at;
    add(p, give(SECCOMP_RET_TRAP));
    add(p, give(SECCOMP_RET_ALLOW));
    if (p->full || p->at - first > TO_TRAP) {
        p->full = true;
        return;
    }
    for (struct sock_filter *i = first; i < trap; i++) {
        if (BPF_CLASS(i->code) != BPF_JMP)
            continue;
        if (i->jt >= TO_TRAP)
            i->jt = (uint8_t)(trap + (i->jt == TO_ALLOW) - i - 1);
        if (i->jf >= TO_TRAP)
            i->jf = (uint8_t)(trap + (i->jf == TO_ALLOW) - i - 1);
    }
}

size_t mon_jail_filter(struct sock_filter *out, size_t room, const struct mon_jail_rule *common,
                       const struct mon_jail_rule *machine, const struct mon_jail_run *run)
{
    struct program p = {.at = out, .end = out + room};
    add(&p, load(offsetof(struct seccomp_data, arch)));
    add(&p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, TO_TRAP));
    /* Guest code lies below the end of the arena, the monitor and the vdso never do. */
    add(&p, load(offsetof(struct seccomp_data, instruction_pointer) + 4));
    add(&p,
        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, PITH_ARENA_END >> 32, 0, TO_TRAP));
    add(&p, load(offsetof(struct seccomp_data, nr)));
    add_rules(&p, machine, run);
    add_rules(&p, common, run);
    finish(&p, out);
    return p.full ? 0 : (size_t)(p.at - out);
}
