# pith-slirp (README here): the one host program that links the machine's own libraries. Where
# libslirp's headers are missing it is left out, and `pith doctor` says so.
SLIRP_HEADER := $(wildcard /usr/include/slirp/libslirp.h)
SLIRP := $(BUILD)/lib/pith/libexec/pith-slirp
SLIRP_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard slirp/*.c))
SLIRP_CC ?= gcc

ifneq ($(SLIRP_HEADER),)
ALL += $(SLIRP)
endif

$(BUILD)/obj/slirp/%.o: slirp/%.c
	@mkdir -p $(@D)
	$(SAY) "  cc     $<"
	$(Q)$(SLIRP_CC) $(STD) $(CFLAGS) $(WARN) -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
		-fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2 -D_GNU_SOURCE $(PREFIX_MAP) \
		-MMD -MP -c -o $@ $<

$(SLIRP): $(SLIRP_OBJ)
	@mkdir -p $(@D)
	$(SAY) "  link   $@"
	$(Q)$(SLIRP_CC) $(CFLAGS) -pie -Wl,-z,relro,-z,now -o $@ $(SLIRP_OBJ) -lslirp

-include $(SLIRP_OBJ:.o=.d)
