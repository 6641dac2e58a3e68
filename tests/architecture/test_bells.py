"""Whoever reads a feed waits for its publisher's bell; without one it asks twice a second, day and night."""

from pathlib import Path

import pytest

from shared.services import BACKENDS, Service

PROJECT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("service", BACKENDS, ids=lambda service: service.package)
def test_each_service_tells_its_readers_when_to_ask(service: Service) -> None:
    composed = (PROJECT / service.package / "app.py").read_text()
    assert f"install_bell(services.{service.env_prefix}, database)" in composed
