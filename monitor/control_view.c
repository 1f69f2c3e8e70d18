/* What the guest's memory tells about its threads and sockets. See control.h.
 *
 * The library OS says where its structures are and how they are laid out by symbols of the link
 * (base/view.h): addresses of a few variables, and for fields absolute symbols, pith_view_NAME,
 * which cost an image nothing. They are read from the program's file, the structures from guest
 * memory; both may lie, so every value is bounded before it is used, and lists end after
 * MON_VIEW_MOST.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <pith/note.h>

#include "control.h"
#include "host/elf.h"

/* Threads or sockets of one list that are looked at. */
#define MOST 4096u

enum name {
    THREADS,
    CURRENT,
    THREAD_ALL,
    THREAD_SP,
    THREAD_TID,
    THREAD_STATE,
    THREAD_NAME,
    TCP_LISTEN,
    TCP_ACTIVE,
    TCP_TIMEWAIT,
    PCB_NEXT,
    PCB_STATE,
    PCB_LOCAL,
    PCB_REMOTE,
    PCB_LOCAL_PORT,
    PCB_REMOTE_PORT,
    UDP_PORTS,
    UDP_CHAINS,
    UDP_BOUND,
    UDP_LOCAL,
    UDP_REMOTE,
    UDP_LOCAL_PORT,
    UDP_REMOTE_PORT,
    ADDR_TYPE,
    NAMES
};
static const char *const names[NAMES] = {
    [THREADS] = "pith_sched_threads",
    [CURRENT] = "pith_sched_current_ptr",
    [THREAD_ALL] = "pith_view_thread_all",
    [THREAD_SP] = "pith_view_thread_sp",
    [THREAD_TID] = "pith_view_thread_tid",
    [THREAD_STATE] = "pith_view_thread_state",
    [THREAD_NAME] = "pith_view_thread_name",
    [TCP_LISTEN] = "pith_tcp_listen_pcbs",
    [TCP_ACTIVE] = "pith_tcp_active_pcbs",
    [TCP_TIMEWAIT] = "pith_tcp_tw_pcbs",
    [PCB_NEXT] = "pith_view_pcb_next",
    [PCB_STATE] = "pith_view_pcb_state",
    [PCB_LOCAL] = "pith_view_pcb_local",
    [PCB_REMOTE] = "pith_view_pcb_remote",
    [PCB_LOCAL_PORT] = "pith_view_pcb_local_port",
    [PCB_REMOTE_PORT] = "pith_view_pcb_remote_port",
    [UDP_PORTS] = "pith_udp_ports",
    [UDP_CHAINS] = "pith_view_udp_chains",
    [UDP_BOUND] = "pith_view_udp_bound",
    [UDP_LOCAL] = "pith_view_udp_local",
    [UDP_REMOTE] = "pith_view_udp_remote",
    [UDP_LOCAL_PORT] = "pith_view_udp_local_port",
    [UDP_REMOTE_PORT] = "pith_view_udp_remote_port",
    [ADDR_TYPE] = "pith_view_addr_type",
};
static uint64_t values[NAMES]; /* 0 = the image has no such thing; for offsets: value + 1 */

static bool is_offset(unsigned i)
{
    return strncmp(names[i], "pith_view_", 10) == 0;
}

/* One walk through the symbols, at the first question. */
static void learn(const struct mon *m)
{
    static bool learnt;
    struct elf_file file, inner;
    struct elf_bytes content;
    struct elf_symbols symbols;
    if (learnt)
        return;
    learnt = true;
    if (elf_open(&file, m->image.view, m->image.file_size, NULL))
        return;
    if (elf_find_section(&file, PITH_SECTION_SYMBOLS, NULL, &content, NULL) ||
        elf_open(&inner, content.data, content.size, NULL) || elf_symbols(&inner, &symbols, NULL))
        return;
    for (uint64_t i = 0; i < symbols.count; i++) {
        Elf64_Sym symbol;
        const char *name = elf_symbol(&symbols, i, &symbol);
        for (unsigned k = 0; *name && k < NAMES; k++)
            if (symbol.st_shndx != SHN_UNDEF && strcmp(name, names[k]) == 0)
                values[k] = symbol.st_value + is_offset(k);
    }
}

static bool have(unsigned first, unsigned last)
{
    for (unsigned i = first; i <= last; i++)
        if (values[i] == 0 || (is_offset(i) && values[i] > 65536))
            return false;
    return true;
}

static uint64_t offset(enum name n)
{
    return values[n] - 1;
}

static bool read8(struct mon *m, uint64_t at, uint64_t *value)
{
    return mon_copy_in(m, value, at, sizeof *value) == 0;
}

/* ---- threads ---- */
struct thread {
    uint64_t at, sp;
    int32_t tid;
    uint32_t state;
    char name[17];
    bool current;
};

/* Calls `each` for every thread; how many there were, -1: not known. */
static int walk_threads(struct mon *m, void (*each)(struct mon *m, const struct thread *t, void *),
                        void *ctx)
{
    uint64_t head, node, current = 0;
    int n = 0;
    learn(m);
    if (!have(THREADS, THREAD_NAME) || !read8(m, head = values[THREADS], &node))
        return -1;
    read8(m, values[CURRENT], &current);
    for (; node != head && n < (int)MOST; n++) {
        struct thread t = {.at = node - offset(THREAD_ALL)};
        if (!read8(m, t.at + offset(THREAD_SP), &t.sp) ||
            mon_copy_in(m, &t.tid, t.at + offset(THREAD_TID), sizeof t.tid) ||
            mon_copy_in(m, &t.state, t.at + offset(THREAD_STATE), sizeof t.state) ||
            mon_copy_in(m, t.name, t.at + offset(THREAD_NAME), 16) || !read8(m, node, &node))
            break;
        t.current = t.at == current;
        for (unsigned i = 0; i < 16; i++)
            if (t.name[i] && (t.name[i] < ' ' || t.name[i] > '~'))
                t.name[i] = '?';
        each(m, &t, ctx);
    }
    return n;
}

/* What arch_switch leaves below a sleeping thread's stack pointer, words. */
#define SAVED_WORDS 7u

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The system call among the frames that were written from `start` on. */
static void tell_call(struct mon_text *t, size_t start)
{
    static const char mark[] = "pith_sys_";
    char name[32];
    const char *at = memmem(t->bytes + start, t->n - start, mark, sizeof mark - 1);
    if (!at)
        return;
    at += sizeof mark - 1;
    size_t n = strcspn(at, "+ \n");
    snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), at);
    mon_text(t, "  waits in %s\n", name);
}

static void tell_thread(struct mon *m, const struct thread *t, void *ctx)
{
    static const char *const state[] = {"ready", "running", "sleeping", "ended"};
    struct mon_text *to = ctx;
    struct pith_regs regs = {0};
    mon_text(to, "thread %d \"%s\": %s\n", t->tid,
             t->name[0] ? t->name : base_name(m->common->options->program),
             t->state < 4 ? state[t->state] : "?");
    if (t->current && m->machine->regs(m, &regs)) {
        ;
    } else if (!read8(m, t->sp + 8ull * SAVED_WORDS, &regs.rip)) {
        mon_text(to, "  its stack cannot be read\n");
        return;
    } else {
        regs.rsp = t->sp + 8ull * (SAVED_WORDS + 1);
    }
    size_t start = to->n;
    mon_say_into(to);
    mon_backtrace(m, &regs, false);
    mon_say_into(NULL);
    if (t->state == 2)
        tell_call(to, start);
}

void mon_tell_threads(struct mon *m, struct mon_text *t)
{
    if (walk_threads(m, tell_thread, t) < 0)
        mon_text(t, "the program carries no symbols, by which its threads are found\n");
}

static void count_thread(struct mon *m, const struct thread *t, void *ctx)
{
    unsigned *count = ctx;
    (void)m;
    count[t->state == 2]++;
}

bool mon_count_threads(struct mon *m, unsigned count[2])
{
    count[0] = count[1] = 0;
    return walk_threads(m, count_thread, count) >= 0;
}

/* ---- sockets ---- */
static const char *const tcp_states[] = {"CLOSED",      "LISTEN",    "SYN_SENT",  "SYN_RECV",
                                         "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "CLOSE_WAIT",
                                         "CLOSING",     "LAST_ACK",  "TIME_WAIT"};

/* An address of lwIP's (4 words and a type) and a port as text. */
static void show(struct mon *m, uint64_t addr, unsigned port, char text[80])
{
    uint8_t bytes[16], type = 0;
    char number[INET6_ADDRSTRLEN];
    if (mon_copy_in(m, bytes, addr, 16) || mon_copy_in(m, &type, addr + offset(ADDR_TYPE), 1)) {
        strcpy(text, "?");
        return;
    }
    bool six = type == 6;
    if (type == 46)
        strcpy(number, "*");
    else
        inet_ntop(six ? AF_INET6 : AF_INET, bytes, number, sizeof number);
    snprintf(text, 80, six ? "[%s]:%u" : "%s:%u", number, port);
}

static void tell_list(struct mon *m, struct mon_text *t, enum name list, bool listening)
{
    uint64_t pcb;
    if (!values[list] || !read8(m, values[list], &pcb))
        return;
    for (unsigned n = 0; pcb && n < MOST && !t->cut; n++) {
        uint16_t local = 0, remote = 0;
        uint32_t state = 0;
        char here[80], there[80];
        if (mon_copy_in(m, &local, pcb + offset(PCB_LOCAL_PORT), 2) ||
            mon_copy_in(m, &state, pcb + offset(PCB_STATE), 4))
            return;
        if (!listening && mon_copy_in(m, &remote, pcb + offset(PCB_REMOTE_PORT), 2))
            return;
        show(m, pcb + offset(PCB_LOCAL), local, here);
        if (listening)
            strcpy(there, "*");
        else
            show(m, pcb + offset(PCB_REMOTE), remote, there);
        mon_text(t, "tcp  %-12s %s %s\n",
                 state < sizeof tcp_states / sizeof *tcp_states ? tcp_states[state] : "?", here,
                 there);
        if (!read8(m, pcb + offset(PCB_NEXT), &pcb))
            return;
    }
}

static void tell_udp(struct mon *m, struct mon_text *t)
{
    if (!have(UDP_PORTS, ADDR_TYPE))
        return;
    /* The guest may have chains without end: an answer that is full ends them. */
    for (uint64_t i = 0; i < offset(UDP_CHAINS) && !t->cut; i++) {
        uint64_t head = values[UDP_PORTS] + 16 * i, node;
        if (!read8(m, head, &node))
            return;
        /* Zero: the table is not in use yet. */
        for (unsigned n = 0; node && node != head && n < MOST && !t->cut; n++) {
            uint64_t at = node - offset(UDP_BOUND);
            uint16_t local = 0, remote = 0;
            char here[80], there[80];
            if (mon_copy_in(m, &local, at + offset(UDP_LOCAL_PORT), 2) ||
                mon_copy_in(m, &remote, at + offset(UDP_REMOTE_PORT), 2))
                return;
            show(m, at + offset(UDP_LOCAL), local, here);
            show(m, at + offset(UDP_REMOTE), remote, there);
            mon_text(t, "udp  %-12s %s %s\n", remote ? "CONNECTED" : "BOUND", here,
                     remote ? there : "*");
            if (!read8(m, node, &node))
                return;
        }
    }
}

void mon_tell_sockets(struct mon *m, struct mon_text *t)
{
    learn(m);
    if (have(PCB_NEXT, PCB_REMOTE_PORT) && have(ADDR_TYPE, ADDR_TYPE)) {
        tell_list(m, t, TCP_LISTEN, true);
        tell_list(m, t, TCP_ACTIVE, false);
        tell_list(m, t, TCP_TIMEWAIT, false);
    }
    tell_udp(m, t);
}
