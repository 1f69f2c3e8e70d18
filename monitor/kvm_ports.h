/* Ports by which the guest's CPU reaches the monitor. KVM_PORT_CALL is the only one that ring 3
 * may write (the TSS bitmap says so); the stub of exception n writes KVM_PORT_FAULT + n. */
#ifndef MON_KVM_PORTS_H
#define MON_KVM_PORTS_H

#define KVM_PORT_CALL 0x10
#define KVM_PORT_FAULT 0x20

#endif
