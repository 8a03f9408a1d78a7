#!/usr/bin/env bash
# Runs the fuzzers with libFuzzer on the stable compiler: `.ci/fuzz.sh [SECONDS [TARGET ...]]`. What they
# find is left in target/fuzz/TARGET-found; once mended it goes into tests/fixtures/fuzz/TARGET.
source "$(dirname "$0")/say.sh"

seconds=${1:-1800}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(report gzip row sarif cyclonedx)
export CARGO_TARGET_DIR
CARGO_TARGET_DIR=$(target_dir)/fuzz
# What cargo-fuzz passes without a sanitizer.
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Ccodegen-units=16"
say "Building the fuzzers"
host=$(rustc -vV | sed -n 's/^host: //p')
cargo build --release --manifest-path tests/fuzz/Cargo.toml --target "$host"
for target in "${targets[@]}"; do
    corpus=$CARGO_TARGET_DIR/$target-corpus found=$CARGO_TARGET_DIR/$target-found
    mkdir -p "$corpus" "$found"
    say "Fuzzing $target for $seconds seconds"
    "$CARGO_TARGET_DIR/$host/release/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -max_len=65536 -artifact_prefix="$found/" -print_final_stats=1 "$corpus" "tests/fixtures/fuzz/$target"
done
