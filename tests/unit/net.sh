# What the tests of the network stack under the sanitizers share (os_net, os_tcp, os_dgram): sourced at the
# top of the tree. $lwip and $flags; `compile OUT FILE...` makes OUT/FILE.o of ours, `link OUT` makes OUT/test of
# these and of what all three have: lwIP as patched, its surroundings, the driver and a fake device.
BUILD=${BUILD:-build}
lwip=$BUILD/third_party/lwip
[ -d "$lwip" ] || { echo "skip $(basename "$(dirname "$0")"): lwIP has not been unpacked (make)"; exit 0; }
flags="-g -O1 -fsanitize=address,undefined -fno-sanitize=alignment -fno-sanitize-recover \
    -fno-strict-aliasing -Iinclude -Ios -Ios/net -I$lwip/include"
stack="os/net/net_start.c os/net/net_port.c os/net/net_timer.c os/net/net_config.c os/net/net_route.c
    os/net/net_dhcp.c os/net/net_tcp_lookup.c os/net/net_tcp_timer.c os/net/net_tcp_isn.c
    os/net/virtio_net.c os/net/virtio_net_rx.c os/net/virtio_net_left.c os/net/virtio_net_tx.c os/dev/vq.c os/dev/vq_indirect.c os/dev/random.c
    os/sched/timer.c os/base/str.c os/base/format.c tests/unit/os_net/fake.c"
theirs="core/def core/inet_chksum core/ip core/memp core/netif core/pbuf core/raw core/tcp core/tcp_in
    core/tcp_out core/udp netif/ethernet core/ipv4/dhcp core/ipv4/etharp core/ipv4/icmp
    core/ipv4/igmp core/ipv4/ip4 core/ipv4/ip4_addr core/ipv4/ip4_frag core/ipv6/ethip6
    core/ipv6/icmp6 core/ipv6/ip6 core/ipv6/ip6_addr core/ipv6/ip6_frag core/ipv6/mld6
    core/ipv6/nd6"
common=$BUILD/tests/unit-net

commands() { # OUT WARNINGS FILE...
    c_out=$1 c_warnings=$2
    shift 2
    for f; do echo "gcc $flags $c_warnings -c $f -o $c_out/$(echo "${f#"$lwip"/}" | tr / .).o"; done
}
side_by_side() { xargs -d '\n' -P "${JOBS:-2}" -I{} sh -c '{}'; }

compile() { # OUT FILE...
    out=$1
    shift
    mkdir -p "$out" "$common"
    rm -f "$out"/*.o
    commands "$out" '-Wall -Wextra -Werror' "$@" | side_by_side
    # Once for all three, which may run at the same time.
    (
        flock 9
        [ -e "$common/made" ] && [ -z "$(find os include tests/unit/net.sh tests/unit/os_net/fake.? "$lwip" -type f \
            -newer "$common/made" | head -n 1)" ] && exit
        : >"$common/begun"
        {
            commands "$common" '-Wall -Wextra -Werror' $stack
            for f in $theirs; do commands "$common" -w "$lwip/$f.c"; done
        } | side_by_side && mv "$common/begun" "$common/made"
    ) 9>"$common/lock"
}

link() { gcc -fsanitize=address,undefined "$1"/*.o "$common"/*.o -o "$1/test"; }
