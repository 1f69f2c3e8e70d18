/* lwIP's configuration: one, for every image. What lwIP offers and is not named here stays as lwIP
 * has it (lwip/opt.h). Sizes that depend on the machine's memory are not here but in the drivers;
 * nothing is a pool, all of it comes from mem/alloc.h. */
#ifndef PITH_NET_LWIPOPTS_H
#define PITH_NET_LWIPOPTS_H

/* ---- how it runs ---- */
#define NO_SYS 1               /* no thread of its own: net/netif.h says who calls it */
#define SYS_LIGHTWEIGHT_PROT 0 /* nothing preempts the library OS */
#define LWIP_NETCONN 0         /* sockets are ours, over the raw API */
#define LWIP_SOCKET 0          /* the same */
#define LWIP_TIMERS 0          /* net_timer.c runs the protocols' ticks, only while needed */
#define LWIP_STATS 0           /* nobody would read them */
#define LWIP_PROVIDE_ERRNO 0   /* errno is the C library's */
#define sys_now net_now_ms     /* not a system call: those alone begin with sys_ */
#define LWIP_RAND() net_rand() /* dev/random.h */
#define LWIP_SKIP_CONST_CHECK  /* the port's types are known to be right */
#define LWIP_CALLBACK_API 1    /* one function a connection and event */
#define LWIP_IPV6_SCOPES 1     /* link-local addresses are told apart by interface */
#define LWIP_SINGLE_NETIF 0    /* lo and eth0 at least */
#define LWIP_NUM_NETIF_CLIENT_DATA 0
#define LWIP_HOOK_FILENAME "net/net_hooks.h" /* what it asks the library OS */

/* ---- memory: what mem_alloc gives, no pools ---- */
#define MEM_LIBC_MALLOC 1                /* mem_malloc is net_mem.c's */
#define MEMP_MEM_MALLOC 1                /* control blocks and segments from there too */
#define MEM_ALIGNMENT 8                  /* mem_alloc aligns to 16 */
#define MEM_SIZE 0x7fffffff              /* sizes are 32 bits wide */
#define LWIP_PBUF_REF_T u16_t            /* many references of one buffer of a large send */
#define LWIP_SUPPORT_CUSTOM_PBUF 1       /* receive buffers are handed up without copying */
#define PBUF_LINK_ENCAPSULATION_HLEN 14  /* the virtio-net header (12), before every frame */
#define LWIP_DISABLE_TCP_SANITY_CHECKS 1 /* they compare with pools */

/* ---- interfaces ---- */
#define LWIP_NETIF_LOOPBACK 1        /* what a guest sends to its own addresses stays inside */
#define LWIP_HAVE_LOOPIF 1           /* lo, made by netif_init */
#define LWIP_LOOPBACK_MAX_PBUFS 4096 /* bounds what waits on lo */
#define LWIP_LOOPIF_MULTICAST 1      /* joined groups work on lo too */
#define LWIP_NETIF_LOOPBACK_MULTITHREADING 0
#define LWIP_NETIF_HOSTNAME 1            /* DHCP tells the server */
#define LWIP_NETIF_EXT_STATUS_CALLBACK 1 /* a change of addresses is noticed (DHCP, RA) */
#define LWIP_CHECKSUM_CTRL_PER_NETIF 1   /* by what the device's features say */
#define LWIP_NETIF_LINK_CALLBACK 0
#define LWIP_ARP 1
#define ARP_TABLE_SIZE 64 /* neighbours; the table is walked, the last hit is first */
#define ARP_QUEUEING 1    /* frames wait for the answer, none is lost at the start */
#define ARP_QUEUE_LEN 16  /* that many a neighbour */
#define ETHARP_SUPPORT_STATIC_ENTRIES 0
#define ETHARP_TRUST_IP_MAC 0 /* only ARP itself fills the table */
#define ETH_PAD_SIZE 0        /* unaligned headers cost nothing here */

/* ---- IPv4 ---- */
#define LWIP_IPV4 1
#define IP_FORWARD 0 /* a program, not a router */
#define IP_REASSEMBLY 1
#define IP_FRAG 1
#define IP_REASS_MAX_PBUFS 256  /* two datagrams of 64 KiB in frames of 1500, and more */
#define IP_REASS_MAXAGE 30      /* seconds, as Linux */
#define IP_DEFAULT_TTL 64       /* as Linux */
#define IP_SOF_BROADCAST 1      /* SO_BROADCAST is asked for */
#define IP_SOF_BROADCAST_RECV 0 /* but not to receive, as Linux */
#define LWIP_ICMP 1
#define LWIP_BROADCAST_PING 0 /* as Linux */
#define LWIP_MULTICAST_PING 0
#define LWIP_RAW 1            /* SOCK_RAW, ping sockets */
#define LWIP_IGMP 1           /* multicast joins */
#define LWIP_DHCP 1           /* PITH_NET_DHCP */
#define DHCP_DOES_ARP_CHECK 0 /* starts at once; the server has looked */
#define LWIP_DHCP_DOES_ACD_CHECK 0
#define LWIP_DHCP_MAX_DNS_SERVERS 3 /* what resolv.conf takes */
#define LWIP_DHCP_PROVIDE_DNS_SERVERS 1
#define LWIP_DNS 0 /* names are the C library's business */
#define LWIP_AUTOIP 0

/* ---- IPv6 ---- */
#define LWIP_IPV6 1
#define LWIP_IPV6_NUM_ADDRESSES 8 /* link-local, those of the host, autoconfigured ones */
#define LWIP_IPV6_FORWARD 0
#define IPV6_FRAG_COPYHEADER 1 /* its note of a fragment is larger than the header it stands in */
#define LWIP_IPV6_AUTOCONFIG 1 /* PITH_NET_AUTOCONF */
#define LWIP_IPV6_DUP_DETECT_ATTEMPTS                                                              \
    0 /* addresses are given by the host: a start waits for none */
#define LWIP_IPV6_SEND_ROUTER_SOLICIT 1
#define LWIP_IPV6_DHCP6 0
#define LWIP_ICMP6 1
#define LWIP_IPV6_MLD 1 /* neighbour discovery of switches that snoop */
#define MEMP_NUM_MLD6_GROUP 64
#define LWIP_ND6_QUEUEING 1
#define LWIP_ND6_NUM_NEIGHBORS 32
#define LWIP_ND6_NUM_DESTINATIONS 32
#define LWIP_ND6_ALLOW_RA_UPDATES 1
#define LWIP_ND6_RDNSS_MAX_DNS_SERVERS 0
#define ND6_MAX_QUEUED_PACKETS 16 /* that many wait for neighbours in all */

/* ---- UDP, TCP ---- */
#define LWIP_UDP 1
#define LWIP_UDPLITE 0
#define LWIP_TCP 1
#define TCP_TTL 64
#define LWIP_MULTICAST_TX_OPTIONS 1
#define SO_REUSE 1           /* SO_REUSEADDR, SO_REUSEPORT */
#define SO_REUSE_RXTOALL 1   /* a multicast reaches every socket of its port */
#define LWIP_TCP_KEEPALIVE 1 /* TCP_KEEPIDLE, KEEPINTVL, KEEPCNT */
#define TCP_MSS 16000        /* most; the interface's MTU decides, and lo's is large */
#define TCP_CALCULATE_EFF_SEND_MSS 1
#define LWIP_WND_SCALE 1
#define TCP_RCV_SCALE 7     /* windows to 8 MiB, as Linux announces with 6 MiB */
#define TCP_WND net_tcp_wnd /* a new connection's, by the memory there is; SO_RCVBUF changes it */
#define TCP_SND_BUF net_tcp_sndbuf /* the same for sending; SO_SNDBUF */
#define TCP_SND_QUEUELEN 8192      /* pbufs a connection: bounds floods of tiny writes */
#define TCP_OVERSIZE 1460          /* room for small writes to join the one before */
#define TCP_QUEUE_OOSEQ 1
#define TCP_OOSEQ_MAX_BYTES TCP_WND /* out-of-order data a connection */
#define TCP_OOSEQ_MAX_PBUFS 512     /* the same, in buffers */
#define LWIP_TCP_SACK_OUT 1         /* the peer resends only what was lost */
#define LWIP_TCP_TIMESTAMPS 0       /* 12 bytes a segment, and TIME_WAIT needs them not */
#define TCP_LISTEN_BACKLOG 1
#define TCP_MAXRTX 15                   /* as Linux's tcp_retries2 */
#define TCP_SYNMAXRTX 6                 /* as Linux's tcp_syn_retries */
#define TCP_WND_UPDATE_THRESHOLD 131072 /* a window update after that much was read */

#endif
