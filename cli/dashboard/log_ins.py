"""Who can log in to a world that was just made."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Label, Static

from sandbank.types import SimulatorLogIn


class LogInsScreen(ModalScreen[None]):
    """A list to read; any of the usual keys closes it."""

    CSS = """
    LogInsScreen { align: center middle; }
    #log-ins { width: 72; max-width: 100%; height: auto; padding: 1 2; border: round $accent; background: $surface; }
    #log-ins .title { text-style: bold; margin-bottom: 1; }
    """
    BINDINGS = [Binding("escape,enter,space,q", "dismiss", "Close")]  # noqa: RUF012 (Textual's own convention)

    def __init__(self, log_ins: list[SimulatorLogIn]) -> None:
        super().__init__()
        self._log_ins = log_ins

    def compose(self) -> ComposeResult:
        with Vertical(id="log-ins"):
            yield Label("The world is made. Log in as", classes="title")
            rows = [f"{one['username']:<32} {one['password']}" for one in self._log_ins]
            yield Static("\n".join(rows), markup=False)
            yield Label("\nEnter closes.")
