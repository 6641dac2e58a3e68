#!/usr/bin/env bash
# Images made on this machine, where none can be pulled: Debian 12 with Python by debootstrap, the same with this machine's
# own consul (Debian 11's package; see .ci/run), and Debian's PostgreSQL, MariaDB and nginx, which read of docker-compose.yml
# what the official images do. Needs root, debootstrap and a Docker daemon.
#
#     deploy/base_images.sh
#     export SANDBANK_BASE_IMAGE=sandbank-base:local SANDBANK_CONSUL_IMAGE=sandbank-consul:local
#     export SANDBANK_POSTGRESQL_IMAGE=sandbank-postgresql:local SANDBANK_MARIADB_IMAGE=sandbank-mariadb:local
#     export SANDBANK_NGINX_IMAGE=sandbank-nginx:local
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# An image of Debian with these packages beside the smallest that it can be: import_debian NAME PACKAGES
import_debian() {
    debootstrap --variant=minbase --include="$2" bookworm "$folder/$1" >"$folder/log" || { tail -20 "$folder/log" >&2; exit 1; }
    rm -rf "$folder/$1"/var/cache/apt/archives/*.deb "$folder/$1"/var/lib/apt/lists/*
    rm -rf "$folder/$1"/var/lib/postgresql/*/main "$folder/$1"/var/lib/mysql
    tar --create --directory "$folder/$1" . | docker import - "sandbank-$1:local"
}

import_debian base python3,python3-venv,ca-certificates
import_debian servers postgresql,mariadb-server,nginx-light

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
