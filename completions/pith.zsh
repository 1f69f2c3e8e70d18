#compdef pith
# zsh completion of pith(1).
_pith() {
    local -a verbs
    verbs=(
        'run:boot the unikernel inside a program'
        'threads:what the threads of a running guest do'
        'mem:memory of a running guest'
        'net:its interfaces, addresses and sockets'
        'mounts:its mounts'
        'log:what its monitor said'
        'metrics:all of it as numbers'
        'get:ask an HTTP server in a running guest'
        'image:extract the unikernel alone'
        'pack:make a container image of a program'
        'inspect:show what an image says about itself'
        'why:tell how a thing got into an image'
        'size:bytes by subsystem, library and object'
        'doctor:check whether this host can run and build unikernels'
        'help:the verbs, or one in full'
        'version:version of the tools and of the ABI'
    )
    if (( CURRENT == 2 )); then
        _describe verb verbs
        return
    fi
    local verb=$words[2]
    shift words
    (( CURRENT-- ))
    case $verb in
    threads | mem | net | mounts | log | metrics)
        _arguments '--control[socket of the monitor]:socket:_files' ;;
    get)
        _arguments '--control[socket of the monitor]:socket:_files' '--timeout[seconds]:seconds:' '*:URL:' ;;
    run)
        _arguments '--on[the machine]:machine:(kvm process qemu firecracker cloud-hypervisor)' \
            '--machine-type[of QEMU]:type:(microvm q35 pc)' '--accel[of QEMU]:accelerator:(kvm tcg)' \
            '--verbose[show how the hypervisor is called]' '-m[memory]:size:' \
            '*-e[environment variable]:K=V:' '--env-file[variables from a file]:file:_files' \
            '-w[working directory in the guest]:folder:_files -/' '--control[socket for the verbs that ask]:socket:_files' '--time[print the moments]' '--stats[print exits and requests]' \
            '*-v[volume HOST\:GUEST]:volume:_files' '--root[root directory of the guest]:folder:_files -/' \
            '*--tmpfs[file system in memory]:path:' '*--disk[disk]:file:_files' '--read-only[the root cannot be written]' \
            '*-p[port PORT\:PORT]:ports:' '*--net[interface]:net:(slirp none tap\: packet\:)' \
            '*--ip[address]:address:(dhcp)' '*--mac[Ethernet address]:mac:' '*--mtu[largest packet]:bytes:' \
            '*--dns[name server]:address:' '--dns-search[search domain]:domain:' \
            '*--add-host[line of /etc/hosts]:NAME\:ADDRESS:' '--hostname[host name]:name:' \
            '--core[core file]:file:_files' '1:program:_files' '*::argument:_files'
        ;;
    image)
        _arguments '--format[what boots it]:form:(pith elf raw qcow2 iso)' '*--append[boot parameter]:word:' \
            '-o[output]:file:_files' '1:program:_files'
        ;;
    pack)
        _arguments '-t[name and tag]:name:' '-o[output]:file:_files' '--files[tree beside it]:folder:_files -/' \
            '*--entrypoint[word instead of /PROGRAM]:word:' '*--cmd[word behind it]:word:' \
            '*--env[environment]:K=V:' '--user[who it runs as]:user:' '--workdir[folder]:folder:' \
            '*--expose[port]:port:' '*--volume[path]:path:' '*--label[label]:K=V:' \
            '--stop-signal[what stops it]:signal:' '--format[one kind only]:kind:(docker oci)' \
            '--no-sbom[without the list of its parts]' '1:program:_files'
        ;;
    inspect) _arguments '--json[machine readable]' '1:program:_files' ;;
    why) _arguments '--json[machine readable]' '1:program:_files' '2:name:' ;;
    size) _arguments '--json[machine readable]' '1:program:_files' '2:other:_files' ;;
    doctor) _arguments '--json[machine readable]' ;;
    help) _describe verb verbs ;;
    esac
}
_pith "$@"
