#!/usr/bin/env bash
# A connector written with nothing but curl: looks the services up, gets both
# tokens, opens a conversation and says something, against `handset sandbox`;
# the signed webhooks go to `handset listen`. While that is stopped, nothing is
# lost, and afterwards it comes in order.
#
# Usage: tests/curl.sh HANDSET [ADDRESS]    (the path of the program, and where it listens)
set -euo pipefail

handset=$1

work=$(mktemp -d)
running=()
finish() {
    for pid in "${running[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait
    rm -rf "$work"
}
trap finish EXIT

fail() {
    echo "failed: $*"
    tail -n +1 "$work"/*.out "$work"/*.err 2>/dev/null || true
    exit 1
}

# Waits until a file has so many lines that match.
await() {
    local file=$1 count=$2 pattern=$3
    for ((i = 0; i < 300; i++)); do
        (($(grep -c -- "$pattern" "$file" 2>/dev/null || true) >= count)) && return
        sleep 0.1
    done
    fail "no $count lines with '$pattern' in $(basename "$file")"
}

# A string member of JSON on stdin; the first of that name.
member() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" | head -n 1; }

start() {
    local name=$1
    shift
    "$handset" "$@" >>"$work/$name.out" 2>>"$work/$name.err" &
    last=$!
    running+=("$last")
}

stop() {
    kill "$1"
    wait "$1" || fail "process $1 ended with $?"
}

# Once without a webhook, to learn the secret the listener needs.
start known sandbox --agent none --state "$work/cloud.db"
await "$work/known.out" 1 '"ready":true'
client=$(member client_id <"$work/known.out")
SECRET=$(member client_secret <"$work/known.out")
account=$(member account <"$work/known.out")
export SECRET
stop "$last"

listen=(listen --json --account "$account" --client-id "$client" --secret-env SECRET --data-dir "$work")
start hooks "${listen[@]}" --bind "${2:-127.0.0.1:0}"
listener=$last
await "$work/hooks.out" 1 '^{"ready":true,"url":"http://127.0.0.1:[0-9]*/hook/[0-9a-f]*"}$'
hook=$(member url <"$work/hooks.out")
bind=${hook#http://}
bind=${bind%%/*}

start sandbox sandbox --agent none --state "$work/cloud.db" --webhook "$hook"
await "$work/sandbox.out" 1 '"ready":true'
csds=$(member csds <"$work/sandbox.out")

call() { curl --silent --show-error --fail --noproxy '*' --max-time 20 "$@"; }

# CSDS: every service by its name.
domain() {
    call "$csds/api/account/$account/service/$1/baseURI.json?version=1.0" | member baseURI
}
# Many clients leave the end out; a version is needed either way.
[[ $(domain idp) == "$(call "$csds/api/account/$account/service/idp/baseURI?version=1.0" | member baseURI)" ]] ||
    fail "a look-up without .json is answered otherwise"

# What an answer says in a status, with the body in a file.
status() { curl --silent --show-error --noproxy '*' --max-time 20 --output "$work/body" --write-out '%{http_code}' "$@"; }
# That a request is refused with this status, and in JSON that says why.
refused() {
    local expected=$1 got
    shift
    got=$(status "$@")
    [[ $got == "$expected" ]] || fail "$got instead of $expected: $*"
    grep -q '"message":"\|"details":"' "$work/body" || fail "a $got says nothing: $*"
}
refused 400 "$csds/api/account/$account/service/idp/baseURI.json"
refused 404 "$csds/api/account/$account/service/nothing/baseURI?version=1.0"
refused 404 "$csds/messaging_history/api/account/$account/agent-view/nothing" -X POST
refused 405 "$csds/api/account/$account/consumer" -X PUT

# The sandbox serves every service on one plain address.
at() { case $1 in http*) echo "$1" ;; *) echo "http://$1" ;; esac; }
sentinel=$(at "$(domain sentinel)")
idp=$(at "$(domain idp)")
messaging=$(at "$(domain asyncMessagingEnt)")

app_jwt=$(call -X POST "$sentinel/sentinel/api/account/$account/app/token?v=1.0&grant_type=client_credentials" \
    -H 'content-type: application/x-www-form-urlencoded' \
    --data-urlencode "client_id=$client" --data-urlencode "client_secret=$SECRET" | member access_token)
jws=$(call "$idp/api/account/$account/consumer?v=1.0" -H 'content-type: application/json' \
    -H "authorization: $app_jwt" --data '{"ext_consumer_id":"crm-40417"}' | member token)
[[ $app_jwt == *.*.* && $jws == *.*.* ]] || fail "these are no tokens"

post() {
    call "$messaging/api/account/$account/messaging/consumer/$1" -H 'content-type: application/json' \
        -H "authorization: $app_jwt" -H "x-lp-on-behalf: $jws" --data "$2"
}
# A page asks before it sends the headers of a connector.
for path in "service/baseURI?version=1.0" "consumer?v=1.0" "messaging/consumer/conversation?v=3" \
    "messaging/consumer/conversation/send?v=3"; do
    call -X OPTIONS "$messaging/api/account/$account/$path" -H 'origin: https://shop.test' --dump-header - --output "$work/body" \
        -H 'access-control-request-method: POST' -H 'access-control-request-headers: authorization,x-lp-on-behalf' |
        tr -d '\r' >"$work/preflight"
    for line in 'access-control-allow-origin: \*' 'access-control-allow-headers: authorization,x-lp-on-behalf'; do
        grep -qi "^$line$" "$work/preflight" || fail "a page may not ask $path"
    done
done

conversation=$(post 'conversation?v=3' '[
    {"kind":"req","id":"1","type":"userprofile.SetUserProfile","body":{}},
    {"kind":"req","id":"2","type":"cm.ConsumerRequestConversation","body":{"brandId":"'"$account"'"}}
]' | member conversationId)
[[ -n $conversation ]] || fail "no conversation was opened"

# An envelope needs an id of 1 to 64 characters.
long=$(printf 'x%.0s' {1..65})
for id in '' '"id":"",' '"id":"'"$long"'",'; do
    refused 400 "$messaging/api/account/$account/messaging/consumer/conversation/send?v=3" -H 'content-type: application/json' \
        -H "authorization: $app_jwt" -H "x-lp-on-behalf: $jws" \
        --data '{"kind":"req",'"$id"'"type":"userprofile.SetUserProfile","body":{}}'
done

say() {
    post 'conversation/send?v=3' '{"kind":"req","id":"3","type":"ms.PublishEvent","body":{"dialogId":"'"$conversation"'",
        "event":{"type":"ContentEvent","contentType":"text/plain","message":"'"$1"'"}}}' >>"$work/said"
    echo >>"$work/said"
}
say 'said 0'
await "$work/hooks.out" 1 '"message":"said 0"'
await "$work/hooks.out" 1 '"type":"cqm.ExConversationChangeNotification"'

# Nobody takes the webhooks for a while: the sandbox is refused, and comes again.
stop "$listener"
for number in 1 2 3 4 5; do say "said $number"; done
await "$work/said" 6 '"sequence":'
start hooks "${listen[@]}" --bind "$bind"
await "$work/hooks.out" 1 '"message":"said 5"'

got=$(grep '"kind":"notification"' "$work/hooks.out" | sed -n 's/.*"sequence":\([0-9]*\),"body".*"message":"\(said [0-9]\)".*/\1=\2/p')
expected=$'0=said 0\n1=said 1\n2=said 2\n3=said 3\n4=said 4\n5=said 5'
[[ $got == "$expected" ]] || fail "these came: $got"
shape='^{"time":"[^"]*","type":"[^"]*","verdict":"valid","conversationId":"'$conversation'","sequence":[0-9nul]*,"body":{.*}}$'
strange=$(grep -v '^{"ready":true,' "$work/hooks.out" | grep -v -- "$shape" || true)
[[ -z $strange ]] || fail "a line is not as promised: $strange"
[[ ! -s $work/hooks.err ]] || fail "the listener complained"
stop "$last"
echo "well: curl talked to the sandbox, and was refused in words; webhooks came signed, in order, across an outage of the listener"
