# The checks of tools/docs_walk.py, run inside its Debian. $block is the file with the code block; a chat writes to /out.
port=8888

fail() {
    echo "FAILED: $*"
    [ ! -e /out ] || cat /out
    exit 1
}

eventually() { # the command succeeds within a minute
    for _ in $(seq 600); do
        if "$@" >/dev/null 2>&1; then return; fi
        sleep 0.1
    done
    fail "not within a minute: $*"
}

said() { eventually grep -qF -- "$1" /out; }

never_said() { if grep -F -- "$1" /out; then fail "it said $1"; fi; }

activated() {
    # shellcheck disable=SC1091
    . .venv/bin/activate
}

in_background() { # in a group of its own, as a terminal does, so that ctrl_c reaches it
    rm -f /out
    setsid "$@" >/out 2>&1 &
    group=$!
}

start() { in_background sh -e "$block"; }

chat() { in_background .venv/bin/python server.py "$@"; }

is_started() { said "Server started at http://localhost:$port"; }

ctrl_c() {
    python3 -c 'import os, signal, sys; os.killpg(int(sys.argv[1]), signal.SIGINT)' "$group"
    wait "$group" || true
    said "Shutting down"
}

ended_with() { # code
    code=0
    wait "$group" || code=$?
    [ "$code" = "$1" ] || fail "it ended with $code"
}

ask() { python3 -c 'import sys, urllib.request as r; print(r.urlopen(sys.argv[1], timeout=5).read().decode())' "http://$1"; }

serves_the_page() {
    ask "localhost:$port/" | grep -q 'static/' || fail "no page"
    ask "localhost:$port/health" | grep -q '"redis": *"up"' || fail "not healthy"
}

listens_everywhere() { ask "127.0.0.2:$port/health" || fail "only localhost can connect"; }

health_is_like_this() {
    ask "localhost:$port/health" >/health
    python3 -c 'import json; a, b = (json.loads(open(f).readline()) for f in ("/health", "/block.sh")); assert a.keys() == b.keys(), a'
}

prints() { # all that the block prints, on one line
    printed=$(sh -e "$block" | xargs)
    [ "$printed" = "$*" ] || fail "it printed $printed"
}

nightly() { # what cron would run
    ln -sfn /chat /opt/wschat
    sed 's/^.* root //; s/\\%/%/g' "$block" >/nightly
    sh -e /nightly
    [ -s "/var/backups/wschat-$(date +%F)" ] || fail "no backup"
}

prints_moderators_links() { # so many
    [ "$(sh -e "$block" | grep -c '#mod=')" = "$1" ] || fail "it printed other links"
}

a_hook_answers() { # at the address that the first line prints, to what the second one sends
    address=$(sed -n "1s#https://chat.example.org#http://localhost:$port#p" "$block" | sh -e)
    [ "$(sed -n "2s#https://.*#$address#p" "$block" | sh -e)" = ok ] || fail "the hook answered something else"
}

makes_an_outgoing_hook() { # that has a secret
    sh -e "$block" 2>/dev/null | grep -q '^whsec_' || fail "there is no secret"
}

programs_read() { # a page by the first line, events by the second
    lines=$(sed "s#https://chat.example.org#http://localhost:$port#" "$block")
    echo "$lines" | sed -n 1p | sh -e | grep -q '"messages":' || fail "there is no page of messages"
    echo "$lines" | sed -n '2s/^/timeout 3 /p' | sh | grep -q '^event: online' || fail "there are no events"
}

said_like_the_last_line() { said "$(tail -n 1 "$block" | sed 's/60 s/2 s/')"; }

a_key() { head -c 32 /dev/urandom | base64 >"$1"; }

starts_a_redis() { # with the block as its configuration
    redis-server "$block" --daemonize yes --dir /tmp >/dev/null
    eventually redis-cli ping
    [ "$(redis-cli CONFIG GET appendonly | tail -n 1)" = yes ] || fail "it keeps no append-only file"
}

set_the_acl() {
    set -f
    # shellcheck disable=SC2046
    redis-cli ACL SETUSER $(sed 's/^user //; s/PASSWORD/secret/' "$block") | grep -q OK || fail "not an ACL"
    set +f
    export WSCHAT_REDIS=redis://localhost WSCHAT_REDIS_PASSWORD=secret
}

hears_each_line() { # who subscribes as the first line says hears what the others publish, and so does the chat
    head -n 1 "$block" >/first
    tail -n +2 "$block" >/rest
    sh -e /first >/heard &
    eventually grep -q subscribe /heard
    [ "$(sh -e /rest | sort -u)" = 2 ] || fail "not two listeners"
    eventually sh -c '[ "$(grep -c "^message" /heard)" = "$(grep -c . /rest)" ]'
    eventually sh -c '[ "$(grep -c "\"outside\":true" /seen)" = "$(grep -c . /rest)" ]'
}

own_redis() {
    redis-server --save '' --dir /tmp --daemonize yes >/dev/null
    eventually redis-cli ping
}

visitor() { # WebSocket's address, page's origin: somebody joins, stays, and prints what comes
    .venv/bin/python -c '
import asyncio, sys, time
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect
async def main():
    request = HTTPRequest(sys.argv[1], headers={"Origin": sys.argv[2]}, validate_cert=False)
    client = await websocket_connect(request)
    await client.write_message("""{"type": "hello", "name": "Ann %d"}""" % time.time())
    while event := await client.read_message():
        print(event, flush=True)
asyncio.run(main())' "$@" >/seen 2>&1
}

joins() {
    visitor "$@" &
    eventually grep -q '"welcome"' /seen
}

somebody_is_in() { joins "ws://localhost:$port/ws" "http://localhost:$port"; }

nginx_takes_it() {
    cp deploy/nginx.conf /etc/nginx/conf.d/
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=chat.example.org \
        -keyout /etc/ssl/private/chat.example.org.key -out /etc/ssl/chat.example.org.pem 2>/dev/null
    nginx -t 2>/walk || { cat /walk; fail "nginx refuses it"; }
    grep -q 127.0.0.1.chat /etc/hosts || echo "127.0.0.1 chat.example.org" >>/etc/hosts
    chat --trusted-proxy 127.0.0.1
    is_started
    nginx
    joins wss://chat.example.org/ws https://chat.example.org
    ctrl_c
}

nginx_takes_the_path() {
    cp deploy/nginx-path.conf /etc/nginx/conf.d/
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=example.org \
        -keyout /etc/ssl/private/example.org.key -out /etc/ssl/example.org.pem 2>/dev/null
    nginx -t 2>/walk || { cat /walk; fail "nginx refuses it"; }
}

units_are_valid() {
    ln -sfn /chat /opt/wschat
    for unit in deploy/wschat.service deploy/wschat.socket deploy/on-demand/wschat-on-demand.service deploy/on-demand/wschat-on-demand.socket; do
        cp "$unit" /etc/systemd/system/
    done
    systemd-analyze verify /etc/systemd/system/wschat*.service /etc/systemd/system/wschat*.socket >/walk 2>&1 ||
        { cat /walk; fail "systemd refuses a unit"; }
    if [ -s /walk ]; then cat /walk; fail "systemd has something to say"; fi
}

start_of_unit() { # what systemd would run, with the variables of the unit
    units_are_valid
    sed -n 's/^Environment=/export /p' "deploy/$1" >/variables
    . /variables
    in_background sh -c "exec $(sed -n 's/^ExecStart=//p' "deploy/$1")"
}

on_demand_serves() {
    in_background systemd-socket-activate -l "$port" deploy/on-demand/serve.sh
    said Listening
    eventually ask "localhost:$port/health"
    said "Server started at http://localhost:$port"
    somebody_is_in
}
