#!/usr/bin/env bash
# Runs a command, `make compose-test IMAGES=local` that of the tests, where no image can be pulled: beside a Docker daemon of
# its own in a network of its own, with images made on this machine (deploy/base_images.sh) and wheels for that of the bank.
# Nothing of them is left behind. Needs root, docker.io, docker-compose, debootstrap, consul, and Debian 12's own Python.
#
#     tests/compose/with_local_images.sh docker images
set -euo pipefail
cd "$(dirname "$0")/../.."

for program in dockerd docker-compose debootstrap consul nsenter unshare ip; do
    command -v "$program" >/dev/null || { echo "$program is not installed" >&2; exit 1; }
done
[ "$(id -u)" = 0 ] || { echo "only root can start a Docker daemon" >&2; exit 1; }

folder=$(mktemp -d /var/tmp/sandbank-docker-XXXXXX)
export DOCKER_HOST=unix://$folder/socket
wheels=$(find deploy/wheelhouse -name '*.whl' -print -quit)

clean_up() {
    if [ -s "$folder/pid" ]; then
        docker ps --quiet | xargs --no-run-if-empty docker rm --force >/dev/null || true
        kill "$(<"$folder/pid")" || true
        while [ -e "/proc/$daemon" ]; do sleep 0.2; done
    fi
    [ -n "$wheels" ] || rm -f deploy/wheelhouse/*.whl
    rm -rf --one-file-system "$folder"
}
trap clean_up EXIT

# The wheels are chosen by the Python that downloads them: that of the images, which are of Debian 12.
[ -n "$wheels" ] || .venv/bin/pip -qq --python /usr/bin/python3 download --no-deps --require-hashes \
    --dest deploy/wheelhouse -r requirements-build.lock -r requirements.lock -r requirements-drivers.lock

driver=overlay2
grep --quiet overlay /proc/filesystems || driver=vfs
unshare --net --mount sh -c 'ip link set lo up && exec "$@"' - dockerd --host "$DOCKER_HOST" --pidfile "$folder/pid" \
    --data-root "$folder/data" --exec-root "$folder/run" --storage-driver "$driver" \
    --exec-opt native.cgroupdriver=cgroupfs >"$folder/log" 2>&1 &
daemon=$!
until docker info >/dev/null 2>&1; do
    [ -e "/proc/$daemon" ] || { tail -20 "$folder/log" >&2; exit 1; }
    sleep 0.5
done

deploy/base_images.sh
export SANDBANK_BASE_IMAGE=sandbank-base:local
for kind in consul postgresql mariadb nginx prometheus otel-collector; do
    name=${kind^^}
    export "SANDBANK_${name//-/_}_IMAGE=sandbank-$kind:local"
done
# Debian has neither of these.
export SANDBANK_TEST_WITHOUT="jaeger grafana"
export DOCKER_BUILDKIT=0 COMPOSE_DOCKER_CLI_BUILD=0
nsenter --net="/proc/$daemon/ns/net" "$@"
