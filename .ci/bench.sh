#!/usr/bin/env bash
# Runs the benchmark of the tests crate against the release program.
source "$(dirname "$0")/say.sh"

CASEMATE_BIN=$(target_dir)/release/casemate
# Beside what was built: the system's temporary directory may be memory, and the disk is measured too.
TMPDIR=$(target_dir)/bench
mkdir -p "$TMPDIR"
export CASEMATE_BIN TMPDIR
say "Measuring $CASEMATE_BIN"
cargo bench --locked -p casemate-tests --bench ingest
cargo bench --locked -p casemate-tests --bench requests
