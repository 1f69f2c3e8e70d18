# pith-oci (README here): a static program like pith; engines start it for every command.
OCI_SRC := $(wildcard oci/*.c)
OCI_OBJ := $(call host_obj,$(OCI_SRC) $(HOST_LIB_SRC))
OCI := $(BUILD)/bin/pith-oci
ALL += $(OCI)

$(eval $(call host_rules,oci))
$(BUILD)/obj/oci/%.o: HOST_CFLAGS += -isystem $(TP)/cjson
$(patsubst %.c,$(BUILD)/obj/%.o,$(OCI_SRC)): | $(CJSON_READY)

# One mapping less each for text and read-only data, as in pith: engines wait for every start.
$(OCI): $(OCI_OBJ) $(CJSON_OBJ) | $(HOST_READY)
	@mkdir -p $(@D)
	$(SAY) "  link   $@"
	$(Q)$(HOSTCC) $(CFLAGS) -Wl,-z,noseparate-code -o $@ $(OCI_OBJ) $(CJSON_OBJ)

-include $(patsubst %.c,$(BUILD)/obj/%.d,$(OCI_SRC))
