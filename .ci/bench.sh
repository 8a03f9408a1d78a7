#!/usr/bin/env bash
# Runs the benchmark of the tests crate against the release program.
source "$(dirname "$0")/say.sh"

CASEMATE_BIN=$(target_dir)/release/casemate
export CASEMATE_BIN
say "Measuring $CASEMATE_BIN"
cargo bench --locked -p casemate-tests
