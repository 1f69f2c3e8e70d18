# libext2fs and the journal's recovery of e2fsprogs for the library OS (os/ext4): Debian's upstream
# source with the patches of this folder, compiled as the library OS is. Every file is one member
# e2fsprogs.FILE.o of libpith.a; nobody reached costs nothing. What it calls of a C library is in
# os/ext4/port.c under names that begin with e2_.
E2_LIB := alloc alloc_sb alloc_stats badblocks bitmaps bitops blkmap64_ba blkmap64_rb blknum block bmap \
	check_desc crc16 crc32c csum dir_iterate dirblock dirhash expanddir ext_attr extent fallocate \
	fileio freefs gen_bitmap gen_bitmap64 get_num_dirs hashmap i_block ind_block inline inline_data inode \
	io_manager link lookup newdir openfs closefs punch rbtree read_bb rw_bitmaps sha512 valid_blk
E2_FILES := $(addprefix lib/ext2fs/,$(E2_LIB)) debugfs/journal e2fsck/recovery e2fsck/revoke
E2_PATCHES := $(sort $(wildcard third_party/e2fsprogs/*.patch))
e2_obj = $(BUILD)/obj/e2fsprogs/e2fsprogs.$(notdir $(1)).o
E2_OBJ := $(foreach f,$(E2_FILES),$(call e2_obj,$(f)))
E2 := $(TP)/e2fsprogs
E2_READY := $(E2)/.stamp
E2_INCLUDE := $(addprefix -isystem ,third_party/e2fsprogs third_party/e2fsprogs/include $(E2)/lib $(E2)/lib/ext2fs $(E2)/e2fsck)
E2_LIBC := abort calloc free getenv malloc memchr printf qsort realloc strcat strchr strcmp strcpy strlen \
	strncmp strncpy strtoul time __assert_fail
E2_RENAME := $(foreach f,$(E2_LIBC),--redefine-sym $(f)=e2_$(f))

# Complete or not there at all. Two headers are made: error numbers, and tables of CRC-32C.
$(E2_READY): $(TP)/src/e2fsprogs.stamp $(E2_PATCHES) third_party/e2fsprogs/build.mk
	@rm -rf $(@D) $(@D).new && mkdir -p $(@D).new/lib && cd $(TP)/src/e2fsprogs && cp -r --parents lib/ext2fs \
		debugfs/journal.[ch] e2fsck/recovery.c e2fsck/revoke.c e2fsck/jfs_user.h $(abspath $(@D).new)
	@for p in $(abspath $(E2_PATCHES)); do patch -d $(@D).new -p1 -s -E -f -i $$p || \
		{ echo "pith: $$p does not apply to e2fsprogs." >&2; exit 1; }; done
	@awk -f $(TP)/src/e2fsprogs/lib/et/et_h.awk outfile=$(@D).new/lib/ext2fs/ext2_err.h outfn=ext2_err.h \
		$(@D).new/lib/ext2fs/ext2_err.et.in
	@gcc -w -O1 -Ithird_party/e2fsprogs -Ithird_party/e2fsprogs/include -o $(@D).new/tables \
		$(@D).new/lib/ext2fs/gen_crc32ctable.c && $(@D).new/tables >$(@D).new/lib/ext2fs/crc32c_table.h
	@mv $(@D).new $(@D) && touch $@
# What lists of dependencies name.
$(E2)/%: $(E2_READY) ;

# e2fsprogs' own warnings are not ours to fix.
define e2_rule
$(call e2_obj,$(1)): $(E2_READY) third_party/e2fsprogs/config.h third_party/e2fsprogs/build.mk os/build.mk | $$(BUILD)/lib/pith/include/.stamp
	@mkdir -p $$(@D)
	$$(SAY) "  e2fs   $(1)"
	$$(Q)t=$$@.$$$$$$$$ && $$(GUEST_CC) $$(OS_CFLAGS) -Os -D_GNU_SOURCE -DDEBUGFS -include stddef.h $$(E2_INCLUDE) -w -MMD -MP \
		-MF $$(@:.o=.d) -MT $$@ -c $$(E2)/$(1).c -o $$$$t && objcopy $$(OS_RENAME) $$(E2_RENAME) $$$$t $$@ && rm -f $$$$t
endef
$(foreach f,$(E2_FILES),$(eval $(call e2_rule,$(f))))
-include $(E2_OBJ:.o=.d)
