# fish completion of pith(1).
set -l verbs run image inspect why size doctor help version
complete -c pith -n "not __fish_seen_subcommand_from $verbs" -f -a "$verbs"
complete -c pith -n '__fish_seen_subcommand_from run' -l on -x -a 'kvm process' -d 'the machine'
complete -c pith -n '__fish_seen_subcommand_from run' -s m -x -d 'memory of the guest'
complete -c pith -n '__fish_seen_subcommand_from run' -s e -x -d 'environment variable K=V'
complete -c pith -n '__fish_seen_subcommand_from run' -l env-file -r -d 'variables from a file'
complete -c pith -n '__fish_seen_subcommand_from run' -s w -r -d 'working directory in the guest'
complete -c pith -n '__fish_seen_subcommand_from run' -s v -l volume -r -d 'volume HOST:GUEST[:ro,fixed]'
complete -c pith -n '__fish_seen_subcommand_from run' -l root -r -d 'root directory of the guest'
complete -c pith -n '__fish_seen_subcommand_from run' -l tmpfs -x -d 'PATH[:size=,mode=]'
complete -c pith -n '__fish_seen_subcommand_from run' -l disk -r -d 'disk FILE[:PATH][:ro]'
complete -c pith -n '__fish_seen_subcommand_from run' -l read-only -d 'the root cannot be written'
complete -c pith -n '__fish_seen_subcommand_from run' -l time -d 'print the moments of the start'
complete -c pith -n '__fish_seen_subcommand_from run' -l core -r -d 'write a core if killed'
complete -c pith -n '__fish_seen_subcommand_from image' -s o -r -d 'output file'
complete -c pith -n '__fish_seen_subcommand_from inspect why size doctor' -l json -d 'machine readable'
complete -c pith -n '__fish_seen_subcommand_from help' -f -a "$verbs"
