#!/usr/bin/env bash
# Makes sure that the browser tests have a Chromium and its WebDriver; installs Debian's when they are
# missing and this is Debian's root.
source "$(dirname "$0")/say.sh"

have_browser() {
    command -v "${CASEMATE_CHROMEDRIVER:-chromedriver}" >/dev/null || return 1
    local browser
    for browser in ${CASEMATE_CHROMIUM:-chromium chromium-browser google-chrome}; do
        command -v "$browser" >/dev/null && return 0
    done
    return 1
}

have_browser && exit 0
advice="the browser tests need Chromium and its WebDriver: install the packages chromium and \
chromium-driver, or name others with CASEMATE_CHROMIUM and CASEMATE_CHROMEDRIVER"
can_apt || fail "$advice"
say "Installing Chromium and its WebDriver for the browser tests"
export DEBIAN_FRONTEND=noninteractive
apt-get update || fail "apt-get update failed; $advice"
apt-get install --yes --no-install-recommends chromium chromium-driver fonts-dejavu-core ||
    fail "apt-get install failed; $advice"
have_browser || fail "$advice"
