/* The boot list: all that happens between the loader and the image's entry point, top to bottom. */
#include "internal.h"
#include "virtio.h"

u64 vm_tsc_entry;

void vm_start(unsigned by, u64 info, u32 tsc)
{
    u64 now = vm_rdtsc();
    vm_tsc_entry = now - (u32)((u32)now - tsc);
    vm_serial_start();
    vm_cpu_start();
    vm_tables_start();
    vm_ram_start();
    vm_image_check();
    vm_boot_read(by, info);
    vm_options_line();
    vm_random_start();
    vm_pages_start();
    vm_irq_start();
    vm_options_file();
    vm_time_start();
    vm_serial_ready();
    if (vm_wants(PITH_DEV_CONSOLE))
        vm_stdio_add();
    if (vm_devices_probe)
        vm_devices_probe();
    u64 entropy[8];
    if (vm_rng_fill(entropy, sizeof entropy))
        vm_random_mix(entropy, true);
    if (!vm_random_strong() && vm_wants(PITH_DEV_RNG))
        vm_say("pith: this machine offers no entropy but the time: its random numbers can be "
               "guessed\n");
    vm_image_map();
    u64 boot = vm_window_make();
    for (unsigned i = 0; i < vm_ndevices; i++)
        if (vm_device[i].ops->start)
            vm_device[i].ops->start(&vm_device[i]);
    vm_enter(vm_joined.entry, PITH_STACK_TOP, boot);
}
