#!/usr/bin/env bash
# Builds the release program. The page in web/dist is embedded.
source "$(dirname "$0")/say.sh"

say "Building the program (the first time takes some minutes)"
CASEMATE_REVISION=$(git rev-parse --short=8 HEAD 2>/dev/null || echo development)
export CASEMATE_REVISION
cargo build --locked --release -p casemate
say "Built $(target_dir)/release/casemate"
