# The library OS: every os/*/*.c and os/*/*.S is one member of libpith.a, named after room and file
# so that a link map says which. The compiler's implicit calls of memcpy and friends become
# the archive's own (os/base/mem*.c).
OS_SRC := $(sort $(wildcard os/*/*.c os/*/*.S))
# os/ROOM/FILE.c is the member ROOM.FILE.o.
os_obj = $(BUILD)/obj/os/$(subst /,.,$(basename $(patsubst os/%,%,$(1)))).o
# The table of all system calls by number is generated (os/sys/make-table).
OS_TABLE := $(BUILD)/obj/os/sys.table
OS_OBJ := $(foreach s,$(OS_SRC),$(call os_obj,$(s))) $(OS_TABLE).o
# The network stack is compiled as a part of the library OS (third_party/lwip/build.mk).
OS_MEMBERS = $(OS_OBJ) $(LWIP_OBJ)
# Small before clever: half of the size -O2 adds is alignment and inlining that no call here repays.
OS_CFLAGS = $(GUEST_CFLAGS) -falign-functions=1 -falign-jumps=1 -falign-loops=1 -fno-inline-functions -fno-delete-null-pointer-checks -fcf-protection=none -g1 \
	-nostdinc -isystem $(shell $(GUEST_CC) -print-file-name=include) \
	-isystem $(BUILD)/lib/pith/include $(LWIP_INCLUDE)
OS_RENAME := --redefine-sym memcpy=pith_memcpy --redefine-sym memmove=pith_memmove \
	--redefine-sym memset=pith_memset --redefine-sym memcmp=pith_memcmp

$(BUILD)/lib/pith/guest/libpith.a: $(OS_MEMBERS) cc/archive
	@mkdir -p $(@D)
	$(SAY) "  ar     $@"
	@cc/archive $@ $(OS_MEMBERS)

define os_rule
$(2): $(1) os/build.mk | $$(BUILD)/lib/pith/include/.stamp $$(LWIP_READY)
	@mkdir -p $$(@D)
	$$(SAY) "  os     $(1)"
	$$(Q)t=$$@.$$$$$$$$ && $$(GUEST_CC) $$(OS_CFLAGS) -MMD -MP -MF $$(@:.o=.d) -MT $$@ -c $(1) -o $$$$t && \
		objcopy $$(OS_RENAME) $$$$t $$@ && rm -f $$$$t
endef
$(foreach s,$(OS_SRC),$(eval $(call os_rule,$(s),$(call os_obj,$(s)))))
$(eval $(call os_rule,$(OS_TABLE).c,$(OS_TABLE).o))

$(OS_TABLE).c: os/sys/make-table $(filter %.c,$(OS_SRC)) | $(BUILD)/lib/pith/include/.stamp
	@mkdir -p $(@D)
	@os/sys/make-table $(BUILD)/lib/pith/include/asm/unistd_64.h $(filter %.c,$^) > $@.tmp
	@cmp -s $@.tmp $@ && rm -f $@.tmp && touch $@ || mv $@.tmp $@

ALL += $(BUILD)/lib/pith/guest/libpith.a
INSTALL += lib/pith/guest/libpith.a
-include $(OS_OBJ:.o=.d)
