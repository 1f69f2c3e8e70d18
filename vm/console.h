/* Ports of a virtio console (VIRTIO 1.2, 5.3): bytes out, bytes in, through pages of the base's
 * own. Of virtio_console.c and link.c. */
#ifndef VM_CONSOLE_H
#define VM_CONSOLE_H

#include "virtio.h"
#include "vm.h"

/* Pages in which output waits for the device; more than the first only while it is slow. */
#define PORT_PAGES 4u

struct vm_port {
    struct vm_virtio *v;
    unsigned queue; /* that receives; the next one transmits */
    struct vm_vq rx, tx;
    struct {
        u8 *at;
        u64 phys;
        bool busy;
    } page[PORT_PAGES];
    bool full; /* a write found no room: its end is to wake us */
    u8 *in;    /* one page for input, posted unless there is unread input in it */
    u64 in_phys;
    u32 at, end;
};

/* Bytes taken, 0: no room now. */
size_t vm_port_write(struct vm_port *p, const void *data, size_t len);
/* Bytes got, 0: none now. */
size_t vm_port_read(struct vm_port *p, void *data, size_t len);
/* Looks for completed output; true if none is on its way. */
bool vm_port_sent(struct vm_port *p);
void vm_port_arm(struct vm_port *p, bool on);

/* link.c: the three ports of pith/link.h were found (control, stdout, stderr). */
void vm_link_start(struct vm_port *control, struct vm_port *out, struct vm_port *err);

#endif
