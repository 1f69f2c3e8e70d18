/* PCI by configuration mechanism 1 (ports 0xcf8 and 0xcfc): looking round, memory BARs, MSI-X.
 * Addresses of functions are as the ports take them: bus << 16 | slot << 11 | function << 8. */
#ifndef VM_PCI_H
#define VM_PCI_H

#include <stdbool.h>
#include <stdint.h>

#define PCI_COMMAND 0x04u
#define PCI_CAPABILITIES 0x34u

/* at: offset, a multiple of 4 (or, of the 8- and 16-bit forms, of their width). */
uint32_t vm_pci_read(uint32_t fn, unsigned at);
uint16_t vm_pci_read16(uint32_t fn, unsigned at);
uint8_t vm_pci_read8(uint32_t fn, unsigned at);
void vm_pci_write(uint32_t fn, unsigned at, uint32_t value);

/* Calls `each` for every function that is no bridge; the machine may have no PCI. */
void vm_pci_scan(void (*each)(uint32_t fn, uint32_t vendor_device));
/* The next capability of this id behind `at` (0: the first); 0: there is none. */
unsigned vm_pci_capability(uint32_t fn, uint8_t id, unsigned at);
/* Memory BAR `bar` (0..5), given an address if the firmware gave none: [offset, offset + len) of
 * it, mapped; NULL: it is no such BAR. */
volatile uint8_t *vm_pci_map(uint32_t fn, unsigned bar, uint32_t offset, uint32_t len);
/* MSI-X with vector 0 of the device leading to the base's interrupt; false: it has none. */
bool vm_pci_msix(uint32_t fn);

#endif
