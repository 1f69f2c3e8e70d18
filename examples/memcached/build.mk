# memcached from Debian's source, unmodified, by its own configure and make, with static libevent.
# Embedded: the passwd file in which `-u root` looks (memcached refuses to be root without it).
EX_MEMC := $(EX_OBJ)/memcached
$(EX_MEMC)/.stamp: $(TP)/src/memcached.stamp $(EX_EVENT)/.stamp | $(EX_LINK)
	@rm -rf $(@D) && mkdir -p $(@D)
	$(SAY) "  configure memcached"
	@src=$(abspath $(TP)/src/memcached) && cd $(@D) && $(call ex_logged,memcached,configure.log, \
		$$src/configure CC=$(EX_CCA) CFLAGS=-O2 --with-libevent=$(abspath $(EX_EVENT)) \
			--disable-extstore --disable-docs --disable-coverage --disable-dependency-tracking)
	@touch $@

$(BUILD)/examples/memcached: $(EX_MEMC)/.stamp $(wildcard examples/memcached/files/etc/*) $(EX_LINK)
	@mkdir -p $(@D)
	$(SAY) "  make   memcached"
	+@files=$(abspath examples/memcached/files) && cd $(EX_MEMC) && rm -f memcached && \
		$(call ex_logged,memcached,build.log, \
		$(EX_MAKE) memcached CC=$(EX_CCA) LDFLAGS="-L$(abspath $(EX_EVENT))/lib -fpith-files=$$files")
	@cp $(EX_MEMC)/memcached $@.tmp && mv $@.tmp $@

EXAMPLES += $(BUILD)/examples/memcached
