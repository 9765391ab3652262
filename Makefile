# make        get the machine ready and build
# make demo   compare strategies on an emulated site with four street cameras (or SOURCE=video
#             MODEL=file.onnx), look into out/demo; VIDEO=file: detect and track in it
# make demo-local  detect and track in four generated streets, here
# make test   every check and test, with both compilers and the sanitizers
# make bench  the benchmarks: one line of JSON each
# make fuzz   inputs at random for all that reads bytes from outside (FUZZ=name, FUZZ_SECONDS=60 each)

.PHONY: all demo demo-local test bench fuzz install clean

all:
	@scripts/setup build

demo:
	@scripts/setup build
	@scripts/demo $(if $(SOURCE),--source "$(SOURCE)",$(VIDEO))

demo-local:
	@scripts/setup build
	@scripts/demo --local

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
