#!/bin/sh
# Runs the chat on the socket that systemd passes, until it stops because it is idle or systemd says so.
set -eu
cd "$(dirname "$0")/../.."
python=.venv/bin/python

# The chat takes the socket only if LISTEN_PID is its own process id.
sh -c 'LISTEN_PID=$$ exec "$@"' - "$python" server.py &
chat=$!
trap 'kill "$chat"' TERM INT
trap 'kill -HUP "$chat"' HUP

code=0
wait "$chat" || code=$?
while kill -0 "$chat" 2>/dev/null; do # a signal ended `wait`, not the chat
    code=0
    wait "$chat" || code=$?
done
if [ "$code" != 0 ]; then
    # Most likely it failed to start. The visitor still waits, and would start the chat again and again.
    "$python" deploy/on-demand/unavailable.py || sleep 10
fi
exit "$code"
