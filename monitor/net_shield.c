/* The host's own stack must not answer for the guest: it would reset connections it knows nothing
 * of, and spend time on every frame. See net.h.
 *
 * A BPF program of two instructions that drops is linked to the ingress of the interface (tcx,
 * Linux 6.6). Packet sockets get their frames before it. The link lives as long as its descriptor
 * does, so the interface is the host's again when the monitor ends, however it ends. Its addresses
 * stay where they are. Needs CAP_BPF and CAP_NET_ADMIN; where that or the kernel is missing, the
 * caller takes the addresses from the interface instead.
 */
#include <linux/bpf.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net.h"

#define TCX_INGRESS 46 /* BPF_TCX_INGRESS, enum bpf_attach_type of Linux 6.6 */
#define TCX_DROP 2

int mon_shield(int index)
{
    static const struct bpf_insn drop[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = TCX_DROP},
        {.code = BPF_JMP | BPF_EXIT},
    };
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.prog_type = BPF_PROG_TYPE_SCHED_CLS;
    attr.insns = (uintptr_t)drop;
    attr.insn_cnt = sizeof drop / sizeof *drop;
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
