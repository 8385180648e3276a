#!/bin/sh
# Succeeds if there is a Node that the page's checks can use; otherwise reports that they are skipped.
set -eu

if node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' 2>/dev/null; then exit; fi
echo "Skipped: $1. It needs Node 20 or newer (the chat itself doesn't)." >&2
exit 1
