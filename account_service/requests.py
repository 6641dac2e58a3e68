"""From an HTTP request to what a use case needs: who asks."""

from account_service.viewer import Viewer
from shared.access import SIMULATE, current_identity


def current_viewer() -> Viewer:
    """Who makes the request."""
    identity = current_identity()
    return Viewer(identity.user_id, is_staff=identity.is_staff, simulates=SIMULATE in identity.scopes)
