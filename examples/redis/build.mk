# Redis from Debian's source, unmodified, by its own makefile: the server, its command line client
# and its benchmark. MALLOC=libc: jemalloc is a library for Linux's memory; no TLS, no systemd.
# What it would write into the program of the folder it lies in (git) and of the time stays out.
# Redis's makefile knows which objects are old; only the link is done again when ours changes.
EX_REDIS := $(EX_OBJ)/redis
EX_REDIS_BIN := redis-server redis-cli redis-benchmark
$(EX_REDIS)/.stamp: $(TP)/src/redis.stamp
	@rm -rf $(@D) && mkdir -p $(@D) && cp -a $(TP)/src/redis/. $(@D)
	@touch $@

# One run of redis's make for all three.
$(EX_REDIS)/.made: $(EX_REDIS)/.stamp examples/redis/build.mk $(EX_LINK)
	$(SAY) "  make   redis"
	+@cd $(EX_REDIS) && rm -f $(addprefix src/,$(EX_REDIS_BIN)) && $(call ex_logged,redis,build.log, \
		GIT_DIR=/nowhere SOURCE_DATE_EPOCH=0 $(EX_MAKE) -C src $(EX_REDIS_BIN) CC=$(EX_CCA) MALLOC=libc USE_SYSTEMD=no BUILD_TLS=no \
			OPTIMIZATION=-O2 DEBUG=)
	@touch $@

$(addprefix $(BUILD)/examples/,$(EX_REDIS_BIN)): $(BUILD)/examples/%: $(EX_REDIS)/.made
	@mkdir -p $(@D)
	@cp $(EX_REDIS)/src/$* $@.tmp && mv $@.tmp $@

EXAMPLES += $(addprefix $(BUILD)/examples/,$(EX_REDIS_BIN))
