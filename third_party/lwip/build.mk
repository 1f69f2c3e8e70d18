# lwIP for the library OS: Debian's upstream source with the patches of this folder, configured by
# os/net/lwipopts.h, compiled as the library OS is. Every file is one member lwip.FOLDER.FILE.o of
# libpith.a; nobody reached costs nothing. Headers for os/net: $(TP)/lwip/include.
LWIP_FILES := core/def core/inet_chksum core/ip core/memp core/netif core/pbuf core/raw core/tcp \
	core/tcp_in core/tcp_out core/udp netif/ethernet \
	$(addprefix core/ipv4/,dhcp etharp icmp igmp ip4 ip4_addr ip4_frag) \
	$(addprefix core/ipv6/,ethip6 icmp6 inet6 ip6 ip6_addr ip6_frag mld6 nd6)
LWIP_PATCHES := $(sort $(wildcard third_party/lwip/*.patch))
lwip_obj = $(BUILD)/obj/lwip/lwip.$(subst /,.,$(1)).o
LWIP_OBJ := $(foreach f,$(LWIP_FILES),$(call lwip_obj,$(f)))
LWIP_READY := $(TP)/lwip/.stamp
LWIP_INCLUDE := -Ios/net -I$(TP)/lwip/include

# Complete or not there at all.
$(LWIP_READY): $(TP)/src/lwip.stamp $(LWIP_PATCHES)
	@rm -rf $(@D).new && cp -r $(TP)/src/lwip/src $(@D).new
	@find $(@D).new -name '*.[ch]' | xargs sed -i 's/\r$$//'
	@for p in $(abspath $(LWIP_PATCHES)); do patch -d $(@D).new -p1 -s -E -f -i $$p || \
		{ echo "pith: $$p does not apply to lwIP." >&2; exit 1; }; done
	@rm -rf $(@D) && mv $(@D).new $(@D) && touch $@
# What lists of dependencies name.
$(TP)/lwip/%: $(LWIP_READY) ;

# lwIP's own warnings are not ours to fix.
define lwip_rule
$(call lwip_obj,$(1)): $(LWIP_READY) third_party/lwip/build.mk os/build.mk | $$(BUILD)/lib/pith/include/.stamp
	@mkdir -p $$(@D)
	$$(SAY) "  lwip   $(1)"
	$$(Q)t=$$@.$$$$$$$$ && $$(GUEST_CC) $$(OS_CFLAGS) $$(call OS_LEVEL,$(1)) -Dmem_free=net_mem_free -w -MMD -MP -MF $$(@:.o=.d) -MT $$@ \
		-c $$(TP)/lwip/$(1).c -o $$$$t && objcopy $$(OS_RENAME) $$$$t $$@ && rm -f $$$$t
endef
$(foreach f,$(LWIP_FILES),$(eval $(call lwip_rule,$(f))))
-include $(LWIP_OBJ:.o=.d)
