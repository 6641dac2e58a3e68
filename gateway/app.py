"""The gateway's composition root."""

from flask import Flask

from gateway import pages
from gateway.api_description import ApiDescription
from gateway.bank_health import BankHealth
from gateway.proxy import Proxy
from gateway.rate_limits import RateLimits, page_limiter
from gateway.settings import Settings
from shared import services
from shared.access import declared_access
from shared.discovery import Discovery
from shared.service_tokens import ServiceToken


def create_app(settings: Settings | None = None) -> Flask:
    """The pages, with the proxy of `/api/*` in front of them. Raises RuntimeError for a route without access."""
    settings = settings or Settings.from_environment()
    discovery = Discovery()
    health, description = BankHealth(discovery), ApiDescription(discovery)
    app = pages.new_pages(health, description)
    limiter = page_limiter(settings)
    limiter.init_app(app)
    declared_access(app)
    proxy = Proxy(
        app.wsgi_app,
        settings,
        limits=RateLimits(settings, limiter.limiter if settings.redis_url else None),
        discovery=discovery,
        own_token=ServiceToken(services.GATEWAY, discovery),
    )
    app.wsgi_app = proxy  # type: ignore[method-assign]  # how Flask documents WSGI middleware

    def close() -> None:
        """Give back threads and connections, when an app ends before its process does."""
        for part in (proxy, health, description):
            part.close()

    app.extensions["close_gateway"] = close
    return app
