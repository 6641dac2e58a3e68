"""What the gateway forwards, and to whom."""

import pytest

from gateway.proxy.routing import PublicPaths, is_api_path
from shared import services
from shared.services import Service

PATHS = PublicPaths(services.BACKENDS)


@pytest.mark.parametrize(
    ("target", "service", "path"),
    [
        ("/api/auth/login", services.AUTH, "/api/auth/login"),
        ("/api/transactions/list?limit=5&q=%27x", services.TRANSACTION, "/api/transactions/list"),
        ("/api/accounts/0193-aa/freeze", services.ACCOUNT, "/api/accounts/0193-aa/freeze"),
        ("/api/simulator/jobs/x/", services.SIMULATOR, "/api/simulator/jobs/x"),
        ("/api/auth", services.AUTH, "/api/auth"),
    ],
)
def test_a_public_path_has_one_owner(target: str, service: Service, path: str) -> None:
    assert PATHS.find(target) == (service, path)


@pytest.mark.parametrize(
    "target",
    [
        "/api/../internal/journal",
        "/api/auth/../../internal/users/1",
        "/api/auth/./login",
        "/api/auth/..",
        "/api/auth/%2e%2e/internal",
        "/api/auth/..%2finternal",
        "/api/auth%2flogin",
        "/api/auth/login%00",
        "/api/auth\\..\\internal",
        "/api/auth//login",
        "//api/auth/login",
        "/%61pi/auth/login",
        "/api/authority/login",
        "/api/internal/journal",
        "/internal/journal",
        "/api/unknown/x",
        "/api/",
        "/api",
        "/api/auth/login#x",
        "/api/auth/login?q=a b",
        "/api/auth/login?q=\x7f",
        "/api/auth/login\n",
        "http://127.0.0.1/api/auth/login",
        "/api/auth/lög",
    ],
)
def test_whatever_is_not_plainly_a_public_path_leads_nowhere(target: str) -> None:
    assert PATHS.find(target) is None


def test_every_public_prefix_is_routed_to_its_service() -> None:
    for service in services.BACKENDS:
        for prefix in service.path_prefixes:
            assert PATHS.find(f"{prefix}/anything") == (service, f"{prefix}/anything")


def test_a_prefix_that_could_not_be_routed_refuses_to_start() -> None:
    odd = Service("odd-service", "odd_service", 1, "ODD", ("/api/odd/deeper",))
    with pytest.raises(ValueError, match="/api/odd/deeper"):
        PublicPaths([odd])


def test_api_paths_are_told_from_pages() -> None:
    assert [is_api_path(path) for path in ("/api", "/api/x", "/apifoo", "/")] == [True, True, False, False]
