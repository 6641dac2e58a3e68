"""The one list of Sandbank's services: who they are, where they listen, which public paths they own.

The orchestrator, the gateway's proxy, service discovery, the health page and the architecture tests all read it here.
"""

from dataclasses import dataclass

from shared.network import addresses


@dataclass(frozen=True)
class Service:
    """One process of the bank.

    `name` is the public name (health, Consul); `package` the folder and Python package; `env_prefix` starts its
    environment variables (`AUTH_PORT`, `AUTH_SERVICE_URL`, `AUTH_DATABASE_URL`); `path_prefixes` are the public paths
    that the gateway forwards to it.
    """

    name: str
    package: str
    default_port: int
    env_prefix: str
    path_prefixes: tuple[str, ...] = ()

    def owns(self, path: str) -> bool:
        """Whether this public path is one of the service's."""
        return any(path == prefix or path.startswith(f"{prefix}/") for prefix in self.path_prefixes)

    @property
    def flag(self) -> str:
        """The word in `run_services.py --no-<flag>`, also the key in messages to people."""
        return self.env_prefix.lower()

    @property
    def host(self) -> str:
        """What the service listens on: `<PREFIX>_HOST`, else this machine alone."""
        return addresses.host_of(self.env_prefix)

    @property
    def port(self) -> int:
        """The port from `<PREFIX>_PORT`, else the default one. Raises MissingSettingError for what is no port."""
        return addresses.port_from(f"{self.env_prefix}_PORT", self.default_port)

    @property
    def default_url(self) -> str:
        """Where the service is on this machine when nothing says otherwise."""
        return addresses.http_url(addresses.local_host(self.host), self.port)


GATEWAY = Service("api-gateway", "gateway", 5000, "GATEWAY")
AUTH = Service("auth-service", "auth_service", 8001, "AUTH", ("/api/auth",))
ACCOUNT = Service(
    "account-service",
    "account_service",
    8002,
    "ACCOUNT",
    ("/api/accounts", "/api/products", "/api/cards", "/api/rates"),
)
TRANSACTION = Service(
    "transaction-service",
    "transaction_service",
    8003,
    "TRANSACTION",
    (
        "/api/transactions",
        "/api/card-network",
        "/api/payees",
        "/api/standing-orders",
        "/api/scheduled-payments",
        "/api/direct-debits",
    ),
)
REPORTING = Service("reporting-service", "reporting_service", 8004, "REPORTING", ("/api/reports", "/api/audit"))
SIMULATOR = Service("simulator-service", "simulator_service", 8005, "SIMULATOR", ("/api/simulator",))
NOTIFICATION = Service(
    "notification-service", "notification_service", 8006, "NOTIFICATION", ("/api/notifications", "/api/webhooks")
)

BACKENDS: tuple[Service, ...] = (AUTH, ACCOUNT, TRANSACTION, REPORTING, SIMULATOR, NOTIFICATION)
SERVICES: tuple[Service, ...] = (GATEWAY, *BACKENDS)


def service_named(name: str) -> Service:
    """The service with this public name or package. Raises KeyError for an unknown one."""
    for service in SERVICES:
        if name in (service.name, service.package):
            return service
    raise KeyError(name)
