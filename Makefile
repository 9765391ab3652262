# make        get the machine ready and build
# make demo   detect and track in four generated streets (or VIDEO=file, MODEL=name), look into out/demo
# make test   every check and test, with both compilers and the sanitizers
# make bench  the benchmarks: one line of JSON each

.PHONY: all demo test bench install clean

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

install: all
	@meson install -C build --no-rebuild

clean:
	rm -rf build build-* out
