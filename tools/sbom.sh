#!/bin/sh
# Writes the bill of materials of the chat as installed from the locks: sbom/server.json, sbom/page.json (CycloneDX).
set -eu
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p sbom

# .venv also has the packages of the tests and checks, so inspect an environment with the chat's packages only.
.venv/bin/python -m venv --without-pip "$scratch/venv"
.venv/bin/python -m pip --python "$scratch/venv/bin/python" install -qq --disable-pip-version-check \
    --require-hashes --requirement requirements/run.lock
.venv/bin/python -W ignore::UserWarning -m cyclonedx_py environment "$scratch/venv" --pyproject pyproject.toml --output-reproducible \
    --output-file "$scratch/server.json"
mv "$scratch/server.json" sbom/

if tools/node.sh "sbom/page.json"; then
    npm sbom --sbom-format cyclonedx --omit dev --package-lock-only >"$scratch/page.json"
    mv "$scratch/page.json" sbom/
fi
ls sbom/*.json
