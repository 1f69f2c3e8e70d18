# The tools and programs of `make bench`: spawn runs on the host, micro is what it measures.
$(BUILD)/bench/spawn: bench/spawn.c | $(HOST_READY)
	@mkdir -p $(@D)
	$(HOSTCC) $(HOST_CFLAGS) -o $@ $<

$(BUILD)/bench/micro: bench/micro.c $(ALL)
	@mkdir -p $(@D)
	$(BUILD)/bin/pith-cc -std=gnu11 -O2 -D_GNU_SOURCE $(WARN) -o $@ $< -pthread

.PHONY: bench-net
BENCH_NET := $(addprefix $(BUILD)/examples/,redis-server redis-benchmark nginx iperf)
bench-net: $(ALL) $(BENCH_NET)
	@tools/install-deps bench-net
	@bench/net

# What file access on a volume costs beside Linux.
.PHONY: bench-files
bench-files: $(ALL) $(BUILD)/examples/sqlite3
	@bench/run-files
