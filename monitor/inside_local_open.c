/* The program, its map and the socket on lo: see inside_local.h. */
#include "inside_local.h"

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inside.h"

#define TCX_INGRESS 46 /* BPF_TCX_INGRESS, enum bpf_attach_type of Linux 6.6 */
#define TCX_DROP 2
#define LO 1 /* its index in every network namespace */
/* Marks what we send (SO_MARK), so that it is not taken for a client's: "pith". */
#define MARK 0x70697468
#define LOCALHOST 0x7f000001
/* Bytes that may wait for the guest. */
#define RECEIVE_BUFFER (1 << 20)

/* Offsets in an Ethernet frame with an IPv4 header without options. */
#define ETHER_TYPE 12
#define IP_START 14
#define IP_FRAGMENT 20
#define IP_PROTOCOL 23
#define IP_FROM 26
#define IP_TO 30
#define PORT_TO 36

#define R(n) BPF_REG_##n
#define INSN(op, dst, src, offset, value)                                                          \
    {                                                                                              \
        .code = (op), .dst_reg = (dst), .src_reg = (src), .off = (offset), .imm = (value)          \
    }
#define LOAD(size, at) INSN(BPF_LD | BPF_ABS | (size), 0, 0, 0, at) /* to R0 */
#define SET(dst, value) INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, value)
#define MOVE(dst, src) INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define BY(op, dst, value) INSN(BPF_ALU64 | (op) | BPF_K, dst, 0, 0, value)
#define BY_R(op, dst, src) INSN(BPF_ALU64 | (op) | BPF_X, dst, src, 0, 0)
#define GO(test, dst, value, by) INSN(BPF_JMP | (test) | BPF_K, dst, 0, by, value)

/* A jump whose distance is filled in: to where the answer is no. */
#define TO_OUT 0x7fff
#define NO(test, dst, value) GO(test, dst, value, TO_OUT)

static int bpf(int command, union bpf_attr *attr)
{
    return (int)syscall(SYS_bpf, command, attr, sizeof *attr);
}

/* A program of this type that answers `yes`, or 0. Descriptor or -1. */
static int program(unsigned type, int yes, int map, uint32_t but)
{
    struct bpf_insn code[] = {
        MOVE(R(6), R(1)), /* what BPF_ABS reads from */
        INSN(BPF_LDX | BPF_MEM | BPF_W, R(0), R(6), offsetof(struct __sk_buff, mark), 0),
        NO(BPF_JEQ, R(0), MARK),
        LOAD(BPF_H, ETHER_TYPE),
        NO(BPF_JNE, R(0), ETH_P_IP),
        LOAD(BPF_B, IP_START),
        NO(BPF_JNE, R(0), 0x45),
        LOAD(BPF_H, IP_FRAGMENT),
        NO(BPF_JSET, R(0), 0x3fff),
        /* R7: where the bits of the protocol begin. */
        LOAD(BPF_B, IP_PROTOCOL),
        SET(R(7), 0),
        GO(BPF_JEQ, R(0), IPPROTO_TCP, 2),
        NO(BPF_JNE, R(0), IPPROTO_UDP),
        SET(R(7), LOCAL_WORDS / 2),
        /* From the address that it goes to; or from 127.0.0.1 to 127. */
        LOAD(BPF_W, IP_FROM),
        MOVE(R(8), R(0)),
        LOAD(BPF_W, IP_TO),
        NO(BPF_JEQ, R(0), (int)but),
        INSN(BPF_JMP | BPF_JEQ | BPF_X, R(0), R(8), 3, 0),
        NO(BPF_JNE, R(8), LOCALHOST),
        BY(BPF_RSH, R(0), 24),
        NO(BPF_JNE, R(0), 127),
        /* The word of the port, at R10 - 4; its bit, in R8. */
        LOAD(BPF_H, PORT_TO),
        MOVE(R(8), R(0)),
        BY(BPF_AND, R(8), 63),
        BY(BPF_RSH, R(0), 6),
        BY_R(BPF_ADD, R(0), R(7)),
        INSN(BPF_STX | BPF_MEM | BPF_W, R(10), R(0), -4, 0),
        MOVE(R(2), R(10)),
        BY(BPF_ADD, R(2), -4),
        INSN(BPF_LD | BPF_IMM | BPF_DW, R(1), BPF_PSEUDO_MAP_FD, 0, map), /* of two parts */
        INSN(0, 0, 0, 0, 0),
        INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem),
        NO(BPF_JEQ, R(0), 0),
        INSN(BPF_LDX | BPF_MEM | BPF_DW, R(0), R(0), 0, 0),
        BY_R(BPF_RSH, R(0), R(8)),
        BY(BPF_AND, R(0), 1),
        NO(BPF_JEQ, R(0), 0),
        SET(R(0), yes),
        INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
        SET(R(0), 0), /* no */
        INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
    };
    const unsigned n = sizeof code / sizeof *code;
    for (unsigned i = 0; i < n; i++)
        if (code[i].off == TO_OUT)
            code[i].off = (int16_t)(n - 2 - i - 1);
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.prog_type = type;
    attr.insns = (uintptr_t)code;
    attr.insn_cnt = n;
    attr.license = (uintptr_t) "";
    strcpy(attr.prog_name, "pith_local");
    return bpf(BPF_PROG_LOAD, &attr);
}

static int make_map(struct local *local)
{
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.map_type = BPF_MAP_TYPE_ARRAY;
    attr.key_size = sizeof(uint32_t);
    attr.value_size = sizeof(uint64_t);
    attr.max_entries = LOCAL_WORDS;
    attr.map_flags = BPF_F_MMAPABLE;
    strcpy(attr.map_name, "pith_local");
    int map = bpf(BPF_MAP_CREATE, &attr);
    if (map < 0)
        return -1;
    void *at =
        mmap(NULL, LOCAL_WORDS * sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
    if (at == MAP_FAILED) {
        close(map);
        return -1;
    }
    local->ports = at;
    return map;
}

/* A socket that gets no frame before its filter is in place. */
static int packet_socket(int filter)
{
    const int one = 1, mark = MARK, room = RECEIVE_BUFFER;
    /* Of every protocol: sockets of one get their frames behind the program that drops. */
    const struct sockaddr_ll lo = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = LO};
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &filter, sizeof filter) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark) == 0 &&
        setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof one) == 0 &&
        setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) == 0 &&
        bind(fd, (const void *)&lo, sizeof lo) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Lets lo take packets with addresses of 127.0.0.0/8, and with its own ones as senders, that no
 * socket of this kernel has sent: those that we put there. */
static bool open_lo(void)
{
    struct {
        struct nlmsghdr header;
        struct ifinfomsg link;
        struct rtattr af, inet, conf;
        struct {
            struct rtattr head;
            uint32_t value;
        } set[2];
    } q = {
        .header = {.nlmsg_len = sizeof q,
                   .nlmsg_type = RTM_NEWLINK,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
        .link = {.ifi_family = AF_UNSPEC, .ifi_index = LO},
        .af = {sizeof q.af + sizeof q.inet + sizeof q.conf + sizeof q.set, IFLA_AF_SPEC},
        .inet = {sizeof q.inet + sizeof q.conf + sizeof q.set, AF_INET},
        .conf = {sizeof q.conf + sizeof q.set, IFLA_INET_CONF},
        .set = {{{RTA_LENGTH(4), IPV4_DEVCONF_ACCEPT_LOCAL}, 1},
                {{RTA_LENGTH(4), IPV4_DEVCONF_ROUTE_LOCALNET}, 1}},
    };
    struct {
        struct nlmsghdr header;
        struct nlmsgerr said;
        char rest[sizeof q + 256];
    } answer;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    bool done = fd >= 0 && send(fd, &q, sizeof q, 0) == (ssize_t)sizeof q &&
                recv(fd, &answer, sizeof answer, 0) >=
                    (ssize_t)(sizeof answer.header + sizeof answer.said) &&
                answer.header.nlmsg_type == NLMSG_ERROR && answer.said.error == 0;
    if (fd >= 0)
        close(fd);
    return done;
}

/* As long as the link's descriptor is open, which is until this process ends. */
static bool drop_on_lo(int program)
{
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.link_create.prog_fd = (uint32_t)program;
    attr.link_create.target_ifindex = LO;
    attr.link_create.attach_type = TCX_INGRESS;
    return bpf(BPF_LINK_CREATE, &attr) >= 0;
}

int local_open(struct local *local, const uint8_t but[4])
{
    const uint32_t address = inside_get32(but);
    int map = make_map(local);
    if (map < 0)
        return -1;
    int filter = program(BPF_PROG_TYPE_SOCKET_FILTER, 0x7fffffff, map, address);
    int drop = program(BPF_PROG_TYPE_SCHED_CLS, TCX_DROP, map, address);
    int fd = filter < 0 || drop < 0 ? -1 : packet_socket(filter);
    if (fd >= 0 && (!open_lo() || !drop_on_lo(drop))) {
        close(fd);
        fd = -1;
    }
    close(map);
    if (filter >= 0)
        close(filter);
    if (drop >= 0)
        close(drop);
    if (fd < 0) {
        munmap((void *)(uintptr_t)local->ports, LOCAL_WORDS * sizeof(uint64_t));
        local->ports = NULL;
    }
    local->fd = fd;
    return fd < 0 ? -1 : 0;
}
