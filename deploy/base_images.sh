#!/usr/bin/env bash
# Base images made on this machine, where none can be pulled: Debian 12 with Python by debootstrap, and the same with this
# machine's own consul (Debian 11's package; see .ci/run). Needs root, debootstrap and a Docker daemon.
#
#     deploy/base_images.sh
#     export SANDBANK_BASE_IMAGE=sandbank-base:local SANDBANK_CONSUL_IMAGE=sandbank-consul:local
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$folder/debian" >"$folder/log" \
    || { tail -20 "$folder/log" >&2; exit 1; }
rm -rf "$folder"/debian/var/cache/apt/archives/*.deb "$folder"/debian/var/lib/apt/lists/*
tar --create --directory "$folder/debian" . | docker import - sandbank-base:local

mkdir "$folder/consul"
cp "$(command -v consul)" "$folder/consul/consul"
cat >"$folder/consul/Dockerfile" <<'DOCKERFILE'
FROM sandbank-base:local
COPY consul /usr/bin/consul
RUN useradd --system --user-group consul && install --directory --owner=consul --group=consul /consul/data
USER consul
ENTRYPOINT ["consul"]
DOCKERFILE
DOCKER_BUILDKIT=0 docker build --quiet --tag sandbank-consul:local "$folder/consul"
