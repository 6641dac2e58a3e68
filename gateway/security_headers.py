"""What every page tells the browser to refuse: foreign and inline scripts, framing, sniffing; redirects stay here."""

from flask import Flask, Response, request

# Bootstrap's own style sheet draws its icons from data: addresses.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
HSTS = "max-age=31536000; includeSubDomains"


def install_security_headers(app: Flask) -> None:
    """Set the headers on each reply of the pages."""
    app.after_request(_add)


def _add(response: Response) -> Response:
    headers = response.headers
    location = headers.get("Location", "")
    if location.startswith(request.host_url):  # Flask's own redirects repeat the Host that the client made up
        headers["Location"] = location.removeprefix(request.host_url.rstrip("/"))
    headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()"
    if request.is_secure:
        headers["Strict-Transport-Security"] = HSTS
    return response
