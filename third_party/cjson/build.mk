# cJSON for oci/: Debian's upstream source with the patches of this folder. Header: $(TP)/cjson.
CJSON_PATCHES := $(sort $(wildcard third_party/cjson/*.patch))
CJSON_READY := $(TP)/cjson/.stamp
CJSON_OBJ := $(BUILD)/obj/cjson/cJSON.o

# Complete or not there at all.
$(CJSON_READY): $(TP)/src/cjson.stamp $(CJSON_PATCHES)
	@rm -rf $(@D).new && mkdir -p $(@D).new && cp $(TP)/src/cjson/cJSON.[ch] $(@D).new
	@for p in $(abspath $(CJSON_PATCHES)); do patch -d $(@D).new -p1 -s -E -f -i $$p || \
		{ echo "pith: $$p does not apply to cJSON." >&2; exit 1; }; done
	@rm -rf $(@D) && mv $(@D).new $(@D) && touch $@

# Its own warnings are not ours to fix. A configuration is nested less than ten deep.
$(CJSON_OBJ): $(CJSON_READY) third_party/cjson/build.mk | $(HOST_READY)
	@mkdir -p $(@D)
	$(SAY) "  cjson  cJSON.c"
	$(Q)$(HOSTCC) $(CFLAGS) -w -DCJSON_NESTING_LIMIT=64 $(PREFIX_MAP) -c -o $@ $(TP)/cjson/cJSON.c
