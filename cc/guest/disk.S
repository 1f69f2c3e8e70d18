/* Brings the driver of disks into a program (--pith-disk). A guest object; pith-disk.o in
 * lib/pith/guest. */
    .section .pith_embed, "aR", @progbits
    .balign 8
    .quad pith_disk_nodes
    .section .note.GNU-stack, "", @progbits
