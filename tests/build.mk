# Tests. `make test` (top Makefile) runs tests/run-all; these goals run a part of it.
.PHONY: test-oracle test-hostile test-cli test-programs test-unit
test-oracle: $(ALL)
	@tests/run-oracle

test-hostile: $(ALL) $(BUILD)/examples/hello
	@tests/run-all tests/hostile/*/run

test-cli: $(ALL) $(BUILD)/examples/hello
	@tests/run-cli

test-programs: $(ALL) $(EXAMPLES)
	@tests/run-programs

test-unit:
	@tests/run-all tests/unit/*/run
