# make        get the machine ready and build
# make demo   detect and track in four generated streets (or VIDEO=file, MODEL=name), look into out/demo
# make test   every check and test, with both compilers and the sanitizers
# make bench  the benchmarks: one line of JSON each
# make fuzz   inputs at random for all that reads bytes from outside (FUZZ=name, FUZZ_SECONDS=60 each)

.PHONY: all demo test bench fuzz install clean

all:
	@scripts/setup build

demo:
	@scripts/setup build
	@scripts/demo $(VIDEO)

test:
	@scripts/setup test
	@scripts/test

bench:
	@scripts/setup test
	@scripts/bench $(BENCH)

fuzz:
	@scripts/setup test
	@scripts/fuzz $(FUZZ)

install: all
	@meson install -C build --no-rebuild

clean:
	rm -rf build build-* out
