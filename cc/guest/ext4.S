/* Brings disks and the file system ext4 into a program (--pith-ext4). A guest object; pith-ext4.o in
 * lib/pith/guest. */
    .section .pith_embed, "aR", @progbits
    .balign 8
    .quad pith_disk_nodes
    .quad pith_disk_mount
    .section .note.GNU-stack, "", @progbits
