#!/usr/bin/env bash
# Builds the web page into web/dist, with tools installed first where they are missing.
source "$(dirname "$0")/say.sh"

.ci/tools.sh
export PATH="$PWD/.tools/bin:$PATH"
if [ -f .tools/page-toolchain ]; then
    RUSTUP_TOOLCHAIN=$(cat .tools/page-toolchain)
    export RUSTUP_TOOLCHAIN
fi
# Trunk reads NO_COLOR as a word of its own, and would look for a newer Trunk.
unset NO_COLOR
export TRUNK_SKIP_VERSION_CHECK=true

say "Building the web page (a minute or two when much has changed)"
trunk build --release
say "The web page: $(du -ch web/dist/*.wasm | awk 'END { print $1 }') of wasm in web/dist"
