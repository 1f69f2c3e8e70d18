/* Internet addresses as text. */
#ifndef VM_ADDRESS_H
#define VM_ADDRESS_H

#include <stdint.h>

/* Reads an IPv4 or IPv6 address (RFC 4291, 2.2, without the form that ends in an IPv4 one) into
 * network byte order; *text is left behind it. 4, 6, or 0: it is none. */
uint8_t vm_address(const char **text, uint8_t addr[16]);

#endif
