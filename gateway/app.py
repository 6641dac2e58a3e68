"""The gateway's composition root."""

from flask import Flask

from gateway.api_description import ApiDescription
from gateway.bank_health import BankHealth
from gateway.faults.known_faults import KnownFaults
from gateway.faults.provoking import Faults
from gateway.faults.token_users import TokenUsers
from gateway.proxy import relay
from gateway.proxy.proxy import Proxy
from gateway.proxy.rate_limits import RateLimits, page_limiter
from gateway.proxy.upstreams import Upstreams
from gateway.settings import Settings
from gateway.web.api_client import ApiClient
from gateway.web.app import new_web_app
from gateway.web.page_access import enforce_page_access
from gateway.web.side_by_side import install_side_by_side
from shared import services
from shared.identity.access import declared_access
from shared.identity.service_tokens import ServiceToken
from shared.network.discovery import Discovery


def create_app(settings: Settings | None = None) -> Flask:
    """The pages, with the proxy of `/api/*` in front of them. Raises RuntimeError for a route without access."""
    settings = settings or Settings.from_environment()
    discovery = Discovery()
    own_token = ServiceToken(services.GATEWAY, discovery)
    health, description = BankHealth(discovery), ApiDescription(discovery)
    upstreams = Upstreams(discovery)
    api_client = ApiClient(upstreams, own_token, deadline_for=settings.deadline_for)
    app = new_web_app(settings, health, description, api_client, {"streams": relay.is_passing_on})
    end_page_threads = install_side_by_side(app)
    limiter = page_limiter(settings)
    limiter.init_app(app)
    enforce_page_access(app, declared_access(app))
    limits = RateLimits(settings, limiter.limiter if settings.redis_url else None)
    app.extensions["rate_limits"] = limits
    faults = None
    if settings.provokes_faults:
        faults = Faults(KnownFaults(discovery, own_token), TokenUsers(discovery, own_token))
    proxy = Proxy(
        app.wsgi_app,
        settings,
        limits=limits,
        upstreams=upstreams,
        own_token=own_token,
        faults=faults,
    )
    app.wsgi_app = proxy  # type: ignore[method-assign]  # how Flask documents WSGI middleware

    def close() -> None:
        """Give back threads and connections, when an app ends before its process does."""
        for part in (upstreams, health, description, own_token):
            part.close()
        if faults is not None:
            faults.close()
        end_page_threads()

    app.extensions["close_gateway"] = close
    return app
