# The monitor has no rules of its own: the top Makefile compiles monitor/*.c and *.S into pith.
# Code that runs while FS is the guest's, or that a signal interrupts, must not use a stack
# protector's TLS slot.
$(BUILD)/obj/monitor/%.o: HOST_CFLAGS += -fno-stack-protector

# One mapping less each for text and read-only data: every mapping and every page of pith is paid
# at each `pith run`.
$(BUILD)/bin/pith: private CFLAGS += -Wl,-z,noseparate-code
