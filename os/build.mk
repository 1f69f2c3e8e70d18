# The library OS: every os/*/*.c and os/*/*.S is one member of libpith.a, named after room and file
# so that a link map says which. The compiler's implicit calls of memcpy and friends become
# the archive's own (os/base/mem*.c).
OS_SRC := $(sort $(wildcard os/*/*.c os/*/*.S))
# os/ROOM/FILE.c is the member ROOM.FILE.o.
os_obj = $(BUILD)/obj/os/$(subst /,.,$(basename $(patsubst os/%,%,$(1)))).o
# The table of all system calls by number is generated (os/sys/make-table).
OS_TABLE := $(BUILD)/obj/os/sys.table
# And a member for each number that the compiler knows (os/sys/make-calls).
OS_CALLS := $(BUILD)/obj/os-calls
OS_OBJ := $(foreach s,$(OS_SRC),$(call os_obj,$(s))) $(OS_TABLE).o
# The network stack and libext2fs are compiled as parts of the library OS (third_party/*/build.mk).
OS_MEMBERS = $(OS_OBJ) $(LWIP_OBJ) $(E2_OBJ)
# Small before clever, but for what every system call, packet and switch runs through (OS_HOT); half
# of the size -O2 adds there is alignment and inlining that no call here repays.
OS_HOT := os/sched/% os/mem/alloc% os/mem/heap% os/mem/pages% os/mem/fault% os/mem/range% \
	os/base/mem% os/base/uaccess% os/vfs/fd% os/vfs/file% os/vfs/iter% os/vfs/rw% os/vfs/epoll% \
	os/vfs/poll% os/vfs/pipe% os/vfs/iovec% os/sys/futex% os/sys/fs_read% os/sys/fs_write% \
	os/sys/fs_epoll% os/sys/net_send% os/sys/net_recv% os/dev/vq% os/net/virtio_net% \
	os/net/inet_tcp_recv% os/net/inet_tcp_send% os/net/inet_tcp_event% os/net/net_timer% \
	os/net/net_tcp% os/net/inet_udp_in% os/net/dgram_send% os/net/unix_stream% os/net/socket.c \
	core/tcp_in core/tcp_out core/pbuf core/ipv4/ip4 core/ipv4/etharp netif/ethernet core/inet_chksum
OS_LEVEL = $(if $(filter $(OS_HOT),$(1)),-O2,-Os)
OS_CFLAGS = $(GUEST_CFLAGS) -falign-functions=1 -falign-jumps=1 -falign-loops=1 -fno-inline-functions -fno-delete-null-pointer-checks -fcf-protection=none -g1 \
	-nostdinc -isystem $(shell $(GUEST_CC) -print-file-name=include) \
	-isystem $(BUILD)/lib/pith/include $(LWIP_INCLUDE)
# The rooms that see libext2fs.
OS_CFLAGS_ext4 = $(E2_INCLUDE)
OS_RENAME := --redefine-sym memcpy=pith_memcpy --redefine-sym memmove=pith_memmove \
	--redefine-sym memset=pith_memset --redefine-sym memcmp=pith_memcmp

$(BUILD)/lib/pith/guest/libpith.a: $(OS_MEMBERS) $(OS_CALLS)/.names cc/archive
	@mkdir -p $(@D)
	$(SAY) "  ar     $@"
	@cc/archive $@ $(OS_MEMBERS) $(OS_CALLS)/*.o

define os_rule
$(2): $(1) os/build.mk | $$(BUILD)/lib/pith/include/.stamp $$(LWIP_READY) $$(E2_READY)
	@mkdir -p $$(@D)
	$$(SAY) "  os     $(1)"
	$$(Q)t=$$@.$$$$$$$$ && $$(GUEST_CC) $$(OS_CFLAGS) $$(OS_CFLAGS_$(notdir $(patsubst %/,%,$(dir $(1))))) $$(call OS_LEVEL,$(1)) -MMD -MP -MF $$(@:.o=.d) -MT $$@ -c $(1) -o $$$$t && \
		objcopy $$(OS_RENAME) $$$$t $$@ && rm -f $$$$t
endef
$(foreach s,$(OS_SRC),$(eval $(call os_rule,$(s),$(call os_obj,$(s)))))
$(eval $(call os_rule,$(OS_TABLE).c,$(OS_TABLE).o))

OS_UNISTD := $(BUILD)/lib/pith/include/asm/unistd_64.h
$(OS_TABLE).names: os/sys/call-names $(filter %.c,$(OS_SRC)) | $(BUILD)/lib/pith/include/.stamp
	@mkdir -p $(@D)
	@os/sys/call-names $(OS_UNISTD) $(filter %.c,$^) >$@.tmp
	@cmp -s $@.tmp $@ && rm -f $@.tmp && touch $@ || mv $@.tmp $@

$(OS_TABLE).c: os/sys/make-table $(OS_TABLE).names
	@os/sys/make-table <$(OS_TABLE).names >$@.tmp
	@cmp -s $@.tmp $@ && rm -f $@.tmp && touch $@ || mv $@.tmp $@

$(OS_CALLS)/.names: os/sys/make-calls $(OS_TABLE).names
	@mkdir -p $(@D)
	@{ cmp -s $(OS_TABLE).names $@ && [ $@ -nt os/sys/make-calls ]; } || \
		os/sys/make-calls $(OS_UNISTD) $(@D) <$(OS_TABLE).names
	@cp $(OS_TABLE).names $@

ALL += $(BUILD)/lib/pith/guest/libpith.a
INSTALL += lib/pith/guest/libpith.a
-include $(OS_OBJ:.o=.d)
