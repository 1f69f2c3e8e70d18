/* What the loader uses of UEFI 2.9: the fields before and between are there for their size. */
#ifndef BOOT_EFI_H
#define BOOT_EFI_H

#include <stdint.h>

#define EFIAPI __attribute__((ms_abi))

typedef uint64_t efi_status;
#define EFI_ERROR(s) ((s) >> 63)
#define EFI_BUFFER_TOO_SMALL (5 | 1ull << 63)

struct efi_guid {
    uint32_t a;
    uint16_t b, c;
    uint8_t d[8];
};

struct efi_table_header { /* 4.2 */
    uint64_t signature;
    uint32_t revision, size, crc, reserved;
};

struct efi_memory { /* 7.2.3, EFI_MEMORY_DESCRIPTOR */
    uint32_t type;
    uint64_t physical, virtual, pages, attributes;
};
enum {
    EFI_LOADER_CODE = 1,
    EFI_LOADER_DATA,
    EFI_BOOT_CODE,
    EFI_BOOT_DATA,
    EFI_RUNTIME_CODE,
    EFI_RUNTIME_DATA,
    EFI_CONVENTIONAL,
    EFI_UNUSABLE,
    EFI_ACPI_RECLAIM,
    EFI_ACPI_NVS,
};
enum { EFI_ALLOCATE_ANY, EFI_ALLOCATE_MAX, EFI_ALLOCATE_ADDRESS };

struct efi_boot_services { /* 4.4 */
    struct efi_table_header header;
    void *tpl[2];
    efi_status(EFIAPI *allocate_pages)(int how, int type, uint64_t pages, uint64_t *at);
    void *free_pages;
    efi_status(EFIAPI *get_memory_map)(uint64_t *bytes, struct efi_memory *map, uint64_t *key,
                                       uint64_t *entry_bytes, uint32_t *version);
    void *pool[2], *events[6], *protocols[3];
    void *protocols_more[6];
    void *images[4];
    efi_status(EFIAPI *exit_boot_services)(void *image, uint64_t key);
};

struct efi_text_output { /* 12.4 */
    void *reset;
    efi_status(EFIAPI *output)(struct efi_text_output *self, const uint16_t *text);
};

struct efi_configuration { /* 4.6 */
    struct efi_guid guid;
    void *table;
};

struct efi_system { /* 4.3 */
    struct efi_table_header header;
    void *vendor;
    uint32_t vendor_revision;
    void *in_handle, *in, *out_handle;
    struct efi_text_output *out;
    void *error_handle, *error;
    void *runtime;
    struct efi_boot_services *boot;
    uint64_t nconfigurations;
    struct efi_configuration *configurations;
};

#endif
