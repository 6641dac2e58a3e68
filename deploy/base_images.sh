#!/usr/bin/env bash
# Images made on this machine, where none can be pulled: Debian 12 with Python by debootstrap, the same with this machine's
# own consul (Debian 11's package; see .ci/run), Debian's PostgreSQL, MariaDB, nginx and Prometheus, which read of
# docker-compose.yml what the official images do, and a program that prints the traces that it is sent, in the place of the
# OpenTelemetry collector. Needs root, debootstrap and a Docker daemon. tests/compose/with_local_images.sh uses them:
# `sandbank-base:local` is for SANDBANK_BASE_IMAGE, `sandbank-nginx:local` for SANDBANK_NGINX_IMAGE and so on.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf --one-file-system "$folder"' EXIT

# Runs a command where what it mounts into a root file system, such as /proc, is nobody else's and goes with it.
apart() {
    unshare --mount "$@" >"$folder/log" 2>&1 || { tail -20 "$folder/log" >&2; exit 1; }
}

import_root() {
    rm -rf "$folder/$1"/var/cache/apt/archives/*.deb "$folder/$1"/var/lib/apt/lists/*
    tar --create --directory "$folder/$1" . | docker import - "sandbank-$1:local"
}

apart debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$folder/base"
import_root base

cp --archive "$folder/base" "$folder/servers"
printf '#!/bin/sh\nexit 101\n' >"$folder/servers/usr/sbin/policy-rc.d"  # nothing is started while it is installed
chmod +x "$folder/servers/usr/sbin/policy-rc.d"
apart sh -c 'mount -t proc proc "$1/proc" && exec chroot "$1" sh -c "apt-get -qq update && apt-get -qq \
    -o Dpkg::Options::=--force-unsafe-io install --no-install-recommends postgresql mariadb-server nginx-light prometheus"' \
    - "$folder/servers"
rm -rf "$folder"/servers/var/lib/postgresql/*/main "$folder/servers/var/lib/mysql"
import_root servers

export DOCKER_BUILDKIT=0
mkdir "$folder/consul"
cp "$(command -v consul)" "$folder/consul/consul"
docker build --quiet --tag sandbank-consul:local --file - "$folder/consul" <<'DOCKERFILE'
FROM sandbank-base:local
COPY consul /usr/bin/consul
RUN useradd --system --user-group consul && install --directory --owner=consul --group=consul /consul/data
USER consul
ENTRYPOINT ["consul"]
DOCKERFILE

for kind in postgresql mariadb nginx; do
    docker build --quiet --tag "sandbank-$kind:local" --build-arg "KIND=$kind" --file - "$here/stand-ins" <<'DOCKERFILE'
FROM sandbank-servers:local
ARG KIND
ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY ${KIND}.sh /usr/local/bin/stand-in
ENTRYPOINT ["bash", "/usr/local/bin/stand-in"]
DOCKERFILE
done

docker build --quiet --tag sandbank-prometheus:local --file - "$folder/consul" <<'DOCKERFILE'
FROM sandbank-servers:local
RUN install --directory --owner=nobody --group=nogroup /prometheus
USER nobody
ENTRYPOINT ["prometheus"]
DOCKERFILE

mkdir "$folder/collector"
cp "$here/stand-ins/otel_collector.py" "$folder/collector"
grep --only-matching --extended-regexp '^(protobuf|opentelemetry-proto)==[^ ]+' "$here/../requirements.lock" >"$folder/collector/pins"
cp "$here"/wheelhouse/{protobuf,opentelemetry_proto}-*.whl "$folder/collector" 2>/dev/null || true  # else from an index
docker build --quiet --tag sandbank-otel-collector:local --file - "$folder/collector" <<'DOCKERFILE'
FROM sandbank-base:local
COPY . /collector
RUN python3 -m venv /opt/collector \
    && if ls /collector/*.whl >/dev/null 2>&1; then from="--no-index --find-links /collector"; else from=""; fi \
    && /opt/collector/bin/pip install --quiet --no-deps $from -r /collector/pins
USER nobody
ENTRYPOINT ["/opt/collector/bin/python", "-u", "/collector/otel_collector.py"]
DOCKERFILE
