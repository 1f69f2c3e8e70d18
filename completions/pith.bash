# bash completion of pith(1).
_pith() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    if [ "$COMP_CWORD" = 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W \
            'run threads mem net mounts log metrics get image pack inspect why size doctor help version' -- "$current")
        return
    fi
    case ${COMP_WORDS[1]}:$previous in
    run:--on) mapfile -t COMPREPLY < <(compgen -W 'kvm process qemu firecracker cloud-hypervisor' -- "$current"); return ;;
    run:-m | run:-e | run:-p | run:--ip | run:--mac | run:--mtu | run:--dns | run:--dns-search) return ;;
    run:--add-host | run:--hostname) return ;;
    run:--net)
        mapfile -t COMPREPLY < <(compgen -W "slirp none $(for i in /sys/class/net/*; do
            printf 'packet:%s ' "${i##*/}"
        done)" -- "$current")
        return
        ;;
    run:--machine-type) mapfile -t COMPREPLY < <(compgen -W 'microvm q35 pc' -- "$current"); return ;;
    image:--format) mapfile -t COMPREPLY < <(compgen -W 'pith elf raw qcow2 iso' -- "$current"); return ;;
    pack:--format) mapfile -t COMPREPLY < <(compgen -W 'docker oci' -- "$current"); return ;;
    pack:--files) mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    run:--accel) mapfile -t COMPREPLY < <(compgen -W 'kvm tcg' -- "$current"); return ;;
    run:-w | run:--root) mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    help:*)
        mapfile -t COMPREPLY < <(compgen -W \
            'run threads mem net mounts log metrics get image pack inspect why size doctor help version' -- "$current")
        return
        ;;
    esac
    if [[ $current == -* ]]; then
        local options=
        case ${COMP_WORDS[1]} in
        run) options='--on -m -e --env-file -w -v --root --tmpfs --disk -p --net --ip --mac --mtu --dns --dns-search --add-host --hostname --read-only --time --stats --core --control --machine-type --accel --verbose' ;;
        threads | mem | net | mounts | log | metrics) options='--control' ;;
        get) options='--control --timeout' ;;
        image) options='--format --append -o' ;;
        pack) options='-t -o --files --entrypoint --cmd --env --user --workdir --expose --volume --label --stop-signal --format --no-sbom' ;;
        inspect | why | size | doctor) options='--json' ;;
        esac
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
        return
    fi
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
}
complete -o filenames -F _pith pith
