# shellcheck shell=bash
# Sourced by the scripts beside it: begins each of them, and says what they are doing.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# One line about what happens next.
say() {
    printf '\n==> %s\n' "$*"
}

# The reason why it cannot go on, and the end.
fail() {
    printf '\nerror: %s\n' "$*" >&2
    exit 1
}

# Where cargo puts what it builds, whatever CARGO_TARGET_DIR or a configuration file say.
target_dir() {
    cargo metadata --no-deps --offline --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/'
}

# May packages be installed here?
can_apt() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

command -v cargo >/dev/null || {
    [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ] ||
        fail "cargo is missing: install Rust (https://rustup.rs), then try again"
    export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
}
