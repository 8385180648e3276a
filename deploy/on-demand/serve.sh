#!/bin/sh
# Runs the chat on an inner port and passes the connections of systemd's socket on to it, until the chat stops by itself.
set -eu
cd "$(dirname "$0")/../.."
port=${WSCHAT_INNER_PORT:-8889}
python=.venv/bin/python

"$python" server.py --host 127.0.0.1 --port "$port" &
chat=$!
trap 'kill "$chat"' TERM INT

answers() {
    "$python" -c "import urllib.request as r; r.urlopen('http://127.0.0.1:$port/health', timeout=1)" 2>/dev/null
}
until answers; do
    kill -0 "$chat" 2>/dev/null || break # it couldn't start, and has said why
    sleep 0.1
done

# The socket is passed to whoever has the process id in LISTEN_PID.
sh -c 'LISTEN_PID=$$ exec "$@"' - /lib/systemd/systemd-socket-proxyd --connections-max=20000 "127.0.0.1:$port" &
proxy=$!

code=0
wait "$chat" || code=$?
while kill -0 "$chat" 2>/dev/null; do # a signal ended the waiting, not the chat
    code=0
    wait "$chat" || code=$?
done
kill "$proxy" 2>/dev/null || true
exit "$code"
