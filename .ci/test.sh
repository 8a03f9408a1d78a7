#!/usr/bin/env bash
# Everything that can fail, the quick things first. Ends with cargo test's own closing lines.
source "$(dirname "$0")/say.sh"

say "Formatting"
cargo fmt --all --check

.ci/browser.sh
make --no-print-directory web/dist/index.html

say "Clippy: server, shared, tests, and the page as a native program"
cargo clippy --locked --workspace --all-targets -- -D warnings

say "Clippy: the page and shared as wasm32"
page=(--locked -p casemate-web -p casemate-shared --target wasm32-unknown-unknown)
if [ -f .tools/page-toolchain ]; then
    # Debian's compiler comes without clippy.
    RUSTUP_TOOLCHAIN=$(cat .tools/page-toolchain) RUSTFLAGS="-D warnings" cargo check "${page[@]}"
else
    cargo clippy "${page[@]}" -- -D warnings
fi

say "Building the program and the tests"
cargo build --locked --workspace
cargo test --locked --workspace --no-run

say "Tests"
CASEMATE_BIN=$(target_dir)/debug/casemate
export CASEMATE_BIN
exec cargo test --locked --workspace --no-fail-fast
