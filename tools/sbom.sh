#!/bin/sh
# Writes what the chat is made of, as it is installed from the locks: sbom/server.json and sbom/page.json (CycloneDX).
set -eu
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p sbom

# .venv has the tests' and the checks' packages too, so look at an environment that has the chat's alone.
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
