#!/usr/bin/env bash
# Installs what building the web page needs and this machine does not have: the wasm32 standard
# library, Trunk, and wasm-bindgen at the version that Cargo.lock names. The programs go into
# .tools, which git ignores and `cargo clean` leaves alone.
source "$(dirname "$0")/say.sh"

trunk_version=0.21.14
bindgen_version=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/[^0-9.]/, ""); print }' Cargo.lock)
tools=$PWD/.tools
target=wasm32-unknown-unknown

# Is the standard library for the page there, for the compiler that builds the page?
has_target() {
    compgen -G "$(rustc --print target-libdir --target "$target")/libcore-*" >/dev/null
}

# Debian's own compiler brings the library's sources: for machines that cannot reach rustup's
# servers. It goes under /usr and does not disturb rustup's. Building the library needs the one
# unstable flag, once; the page is then built without it.
install_system_toolchain() {
    can_apt || fail "rustup could not add $target, and only root on Debian can do it another way: \
run 'rustup target add $target' where there is a network"
    say "Rustup cannot add $target here: installing Debian's compiler beside it (some minutes, once)"
    apt-get update
    apt-get install --yes --no-install-recommends \
        rustc-web cargo-web rust-web-src lld-22 rust-web-llvm
    rustup toolchain link system /usr
    local crate
    crate=$(mktemp -d)
    cargo +system init --quiet --lib --name empty "$crate"
    (
        cd "$crate"
        # Without the bitcode, link-time optimisation of the page fails.
        CARGO_TARGET_DIR=$crate/target RUSTC_BOOTSTRAP=1 \
            RUSTFLAGS="-Cembed-bitcode=yes -Cdebuginfo=0" cargo +system build --release \
            -Zbuild-std=std,panic_abort,panic_unwind,proc_macro --target "$target"
    )
    rm -f "$crate/target/$target"/release/deps/libempty*
    mkdir -p "/usr/lib/rustlib/$target/lib"
    cp "$crate/target/$target"/release/deps/*.rlib "/usr/lib/rustlib/$target/lib/"
    rm -rf "$crate"
    mkdir -p "$tools"
    echo system >"$tools/page-toolchain"
}

# Installs a program from crates.io: with the versions it was released with, else with the newest
# that fit. Little optimised: it builds quicker, and it runs for seconds.
install_program() {
    local name=$1 version=$2
    say "Installing $name $version into .tools (some minutes, once)"
    export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1
    export CARGO_TARGET_DIR=$tools/build
    cargo install --locked --root "$tools" "$name@$version" ||
        cargo install --root "$tools" "$name@$version" ||
        fail "$name $version could not be installed"
    unset CARGO_TARGET_DIR CARGO_PROFILE_RELEASE_LTO CARGO_PROFILE_RELEASE_OPT_LEVEL
}

[ -n "$bindgen_version" ] || fail "Cargo.lock names no wasm-bindgen"

if [ -f "$tools/page-toolchain" ]; then
    RUSTUP_TOOLCHAIN=$(cat "$tools/page-toolchain")
    export RUSTUP_TOOLCHAIN
fi
if ! has_target; then
    say "Adding the compiler's $target target"
    if ! { command -v rustup >/dev/null && rustup target add "$target"; }; then
        install_system_toolchain
    fi
fi
unset RUSTUP_TOOLCHAIN

[ "$("$tools/bin/trunk" --version 2>/dev/null)" = "trunk $trunk_version" ] ||
    install_program trunk "$trunk_version"
[ "$("$tools/bin/wasm-bindgen" --version 2>/dev/null)" = "wasm-bindgen $bindgen_version" ] ||
    install_program wasm-bindgen-cli "$bindgen_version"
rm -rf "$tools/build"
