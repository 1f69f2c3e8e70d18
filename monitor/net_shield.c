/* The host's own stack must not answer for the guest: it would reset connections it knows nothing
 * of, and spend time on every frame. See net.h.
 *
 * A BPF program of two instructions that drops is linked to the ingress of the interface (tcx,
 * Linux 6.6). Packet sockets get their frames before it. The link lives as long as its descriptor
 * does, so the interface is the host's again when the monitor ends, however it ends. Its addresses
 * stay where they are.
 *
 * Docker's name server asks those outside through the container's own interface, with sockets of
 * the namespace: where the guest uses it, the host's stack gets ARP and UDP from port 53 as well as
 * the guest. Who has no socket for such an answer says so to the server, which does no harm. TCP
 * from port 53 the host's stack gets for the ports that are its own, and the guest (net_packet.c)
 * for all others: either would reset the other's connection.
 *
 * Needs CAP_BPF and CAP_NET_ADMIN; where that or the kernel is missing, the caller takes the
 * addresses from the interface instead.
 */
#include <linux/bpf.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "limits.h"
#include "net.h"

#define TCX_INGRESS 46 /* BPF_TCX_INGRESS, enum bpf_attach_type of Linux 6.6 */
#define TCX_PASS 0
#define TCX_DROP 2

/* Offsets in an Ethernet frame with an IPv4 header without options. */
#define ETHER_TYPE 12
#define IP_START 14
#define IP_FRAGMENT 20
#define IP_PROTOCOL 23
#define PORT_FROM 34
#define PORT_TO 36

#define LOAD(size, at)                                                                             \
    {                                                                                              \
        .code = BPF_LD | BPF_ABS | (size), .imm = (at)                                             \
    }
#define GO(test, value, by)                                                                        \
    {                                                                                              \
        .code = BPF_JMP | (test) | BPF_K, .dst_reg = BPF_REG_0, .imm = (value), .off = (by)        \
    }
#define SET(reg, value)                                                                            \
    {                                                                                              \
        .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (reg), .imm = (value)                      \
    }
#define EXIT                                                                                       \
    {                                                                                              \
        .code = BPF_JMP | BPF_EXIT                                                                 \
    }

static const struct bpf_insn drop[] = {SET(BPF_REG_0, TCX_DROP), EXIT};

static const struct bpf_insn drop_but_names[] = {
    /* What BPF_ABS reads from. */
    {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_6, .src_reg = BPF_REG_1},
    LOAD(BPF_H, ETHER_TYPE),
    GO(BPF_JEQ, 0x0806, 16), /* ARP */
    GO(BPF_JNE, 0x0800, 13), /* IPv4 */
    LOAD(BPF_B, IP_START),
    GO(BPF_JNE, 0x45, 11),
    LOAD(BPF_H, IP_FRAGMENT),
    GO(BPF_JSET, 0x3fff, 9),
    LOAD(BPF_B, IP_PROTOCOL),
    {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_7, .src_reg = BPF_REG_0},
    GO(BPF_JEQ, 17, 1), /* UDP */
    GO(BPF_JNE, 6, 5),  /* TCP */
    LOAD(BPF_H, PORT_FROM),
    GO(BPF_JNE, 53, 3),
    {.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = BPF_REG_7, .imm = 17, .off = 4},
    LOAD(BPF_H, PORT_TO),
    GO(BPF_JGE, MON_CONTAINER_PORTS, 2),
    SET(BPF_REG_0, TCX_DROP),
    EXIT,
    SET(BPF_REG_0, TCX_PASS),
    EXIT,
};

int mon_shield(int index, bool names)
{
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.prog_type = BPF_PROG_TYPE_SCHED_CLS;
    attr.insns = (uintptr_t)(names ? drop_but_names : drop);
    attr.insn_cnt = (uint32_t)(names ? sizeof drop_but_names : sizeof drop) / sizeof *drop;
    attr.license = (uintptr_t) "";
    strcpy(attr.prog_name, "pith_shield");
    int program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr);
    if (program < 0)
        return -1;
    memset(&attr, 0, sizeof attr);
    attr.link_create.prog_fd = (uint32_t)program;
    attr.link_create.target_ifindex = (uint32_t)index;
    attr.link_create.attach_type = TCX_INGRESS;
    /* Stays open until the process ends. */
    int link = (int)syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof attr);
    close(program);
    return link < 0 ? -1 : 0;
}
