"""What people call the device behind a User-Agent header. Pure."""

_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def device_name(user_agent: str) -> str:
    """A user agent as people would say it: `Firefox on Linux`, or the program's own name, such as `curl`."""
    browser = next((name for part, name in _BROWSERS if f"{part}/" in user_agent), None)
    if browser is None:
        return user_agent.partition("/")[0].strip()[:60] or "an unknown program"
    system = next((name for part, name in _SYSTEMS if part in user_agent), None)
    return f"{browser} on {system}" if system else browser
