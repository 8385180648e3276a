#!/bin/sh
# Writes what the chat is made of, from the lock files: sbom/server.json and sbom/page.json (CycloneDX).
set -eu
cd "$(dirname "$0")/.."

mkdir -p sbom
.venv/bin/cyclonedx-py requirements requirements/run.lock --pyproject pyproject.toml \
    --output-reproducible --output-file sbom/server.json
if tools/node.sh "sbom/page.json"; then
    npm sbom --sbom-format cyclonedx --omit dev --package-lock-only >sbom/page.json
fi
ls sbom/*.json
