#!/bin/sh
# Runs the chat on an internal port and forwards the connections of systemd's socket to it, until the chat stops.
set -eu
cd "$(dirname "$0")/../.."
port=${WSCHAT_INNER_PORT:-8889}
python=.venv/bin/python

"$python" server.py --host 127.0.0.1 --port "$port" &
chat=$!
trap 'kill "$chat"' TERM INT

answers() {
    "$python" -c "import urllib.request as r; r.urlopen('http://127.0.0.1:$port/healthz', timeout=1)" 2>/dev/null
}
until answers; do
    kill -0 "$chat" 2>/dev/null || break # it failed to start and has reported why
    sleep 0.1
done

proxy=
if kill -0 "$chat" 2>/dev/null; then
    # systemd-socket-proxyd takes the socket only if LISTEN_PID is its own process id.
    sh -c 'LISTEN_PID=$$ exec "$@"' - /lib/systemd/systemd-socket-proxyd --connections-max=20000 "127.0.0.1:$port" &
    proxy=$!
fi

code=0
wait "$chat" || code=$?
while kill -0 "$chat" 2>/dev/null; do # a signal ended `wait`, not the chat
    code=0
    wait "$chat" || code=$?
done
if [ -n "$proxy" ]; then
    kill "$proxy" 2>/dev/null || true
elif [ "$code" != 0 ]; then
    # The visitor still waits, and would start the chat again and again.
    "$python" deploy/on-demand/unavailable.py || sleep 10
fi
exit "$code"
