# One image for every service of the bank; docker-compose.yml says which one a container is (SANDBANK_SERVICE).
#
# BASE_IMAGE is any Debian with Python 3.11 or later and its venv module. Wheels put into deploy/wheelhouse are installed
# instead of asking a package index: for building without a network.
ARG BASE_IMAGE=python:3.13-slim-bookworm

FROM ${BASE_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
COPY requirements-build.lock requirements.lock requirements-drivers.lock ./
COPY deploy/wheelhouse/ /wheelhouse/
RUN python3 -m venv /opt/sandbank \
    && if ls /wheelhouse/*.whl >/dev/null 2>&1; then from="--no-index --find-links /wheelhouse"; else from=""; fi \
    && /opt/sandbank/bin/pip install --quiet --no-deps --require-hashes $from \
        -r requirements-build.lock -r requirements.lock -r requirements-drivers.lock
COPY . .
RUN /opt/sandbank/bin/pip install --quiet --no-deps --no-build-isolation --editable . \
    && rm -r deploy/wheelhouse && /opt/sandbank/bin/python -m compileall -q *_service cli deploy gateway orchestrator sandbank shared

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="Sandbank" org.opencontainers.image.licenses="MIT"
ENV PATH=/opt/sandbank/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 BANK_DATA_DIR=/data
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin sandbank
COPY --from=build /opt/sandbank /opt/sandbank
COPY --from=build /app /app
WORKDIR /app
RUN install --directory --owner=sandbank --group=sandbank --mode=0700 /data /secrets /secrets/tls \
        $(python -c "from deploy.container.bank_secrets import folders; print(*(f'/secrets/{name}' for name in folders()))")
USER sandbank
HEALTHCHECK --interval=5s --timeout=4s --start-period=60s --retries=3 CMD ["python", "-m", "deploy.container.healthy"]
ENTRYPOINT ["python", "-m", "deploy.container.start"]
