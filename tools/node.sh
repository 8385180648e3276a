#!/bin/sh
# Is there a Node that the page's checks can use? Says plainly that they are left out when there isn't.
set -eu

if node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' 2>/dev/null; then exit; fi
echo "Left out: $1. It needs Node 20 or newer; running the chat doesn't." >&2
exit 1
