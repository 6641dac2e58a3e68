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
    app = pages.new_pages(BankHealth(discovery), ApiDescription(discovery))
    limiter = page_limiter(settings)
    limiter.init_app(app)
    declared_access(app)
    app.wsgi_app = Proxy(  # type: ignore[method-assign]  # how Flask documents WSGI middleware
        app.wsgi_app,
        settings,
        limits=RateLimits(settings, limiter.limiter if settings.redis_url else None),
        discovery=discovery,
        own_token=ServiceToken(services.GATEWAY, discovery),
    )
    return app
