#!/usr/bin/env bash
# Serves the demo project over a data directory of its own, which goes away at the end. Everything is
# uploaded through the public interface, as a CI job would do it.
source "$(dirname "$0")/say.sh"

port=${PORT:-8080}
url=http://127.0.0.1:$port
project=acme/platform/payments
password=demo-password
token=demo-root-token-0123456789
target=$(target_dir)
casemate=$target/release/casemate
reports=tests/fixtures/demo
server=

# One call of the interface; the answer's body on standard output. A bare machine has no curl, so
# this is bash's own socket; HTTP/1.0 keeps the answer in one piece.
http() { # METHOD PATH [JSON]
    local body=${3:-} status answer
    exec 3<>"/dev/tcp/127.0.0.1/$port" || return 1
    printf '%s %s HTTP/1.0\r\nHost: 127.0.0.1:%s\r\nPRIVATE-TOKEN: %s\r\n' \
        "$1" "$2" "$port" "$token" >&3
    printf 'Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' \
        "${#body}" "$body" >&3
    answer=$(tr -d '\r' <&3)
    exec 3<&- 3>&-
    status=$(head -n 1 <<<"$answer" | cut -d ' ' -f 2)
    sed '1,/^$/d' <<<"$answer"
    [ "${status:-0}" -ge 200 ] && [ "$status" -lt 300 ]
}

# Makes something and gives its id.
create() { # PATH JSON
    local answer
    answer=$(http POST "$1" "$2") || fail "POST $1: $answer"
    [[ $answer =~ \"id\":([0-9]+) ]] || fail "POST $1 gave no id: $answer"
    echo "${BASH_REMATCH[1]}"
}

finish() {
    trap - EXIT INT TERM
    if [ -n "$server" ]; then
        kill -TERM "$server" 2>/dev/null || true
        wait "$server" || true
    fi
    rm -rf "$data"
    say "Stopped; the demo's data is gone"
}

wait_until_ready() {
    local tries
    for ((tries = 0; tries < 600; tries++)); do
        kill -0 "$server" 2>/dev/null || fail "casemate did not start"
        http GET /-/readiness >/dev/null 2>&1 && return
        sleep 0.1
    done
    fail "casemate is not ready after a minute"
}

upload_pipelines() {
    local folder ref sha type file arguments=() last=
    while IFS=$'\t' read -r folder ref sha type file; do
        case $folder in '#'*) continue ;; esac
        if [ "$folder" != "$last" ]; then
            upload_pipeline "$last" "${arguments[@]}"
            last=$folder
            arguments=(--ref "$ref" --sha "$sha")
        fi
        arguments+=("$type=$reports/$folder/$file")
    done <"$reports/pipelines.tsv"
    upload_pipeline "$last" "${arguments[@]}"
}

upload_pipeline() { # FOLDER ARGUMENTS...
    local folder=$1
    shift
    [ -n "$folder" ] || return 0
    say "casemate upload: pipeline $folder"
    CASEMATE_URL=$url CASEMATE_TOKEN=$token CASEMATE_PROJECT=$project \
        "$casemate" upload --wait 60 "$@" && return
    # 3: it was accepted, and a report of it has errors. One of the demo has, on purpose.
    [ $? = 3 ] || fail "the upload of $folder failed"
}

if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    fail "port $port is in use; choose another one: make run PORT=8081"
fi
mkdir -p "$target"
data=$(mktemp -d "$target/demo.XXXXXX")
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say "Starting casemate on $url"
CASEMATE_ROOT_PASSWORD=$password CASEMATE_ROOT_TOKEN=$token \
    "$casemate" serve --listen "127.0.0.1:$port" --data-dir "$data" &
server=$!
wait_until_ready

say "Making the group acme/platform and the project payments"
acme=$(create /api/v4/groups '{"name":"acme","path":"acme"}')
platform=$(create /api/v4/groups "{\"name\":\"platform\",\"path\":\"platform\",\"parent_id\":$acme}")
create /api/v4/projects "{\"name\":\"payments\",\"path\":\"payments\",\"namespace_id\":$platform,\
\"default_branch\":\"main\",\"description\":\"Takes and settles payments. A made-up project.\"}" >/dev/null
upload_pipelines

cat <<END

----------------------------------------------------------------------
  Casemate is ready:  $url/$project/-/security/vulnerability_report
  Sign in as:         root
  Password:           $password
  Token for the API:  $token

  Ctrl-C stops it. Each start begins with fresh demo data.
----------------------------------------------------------------------
END
wait "$server"
