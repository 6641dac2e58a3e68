"""One of the dashboard's forms on the screen: type, see what is wrong beside the field it is about, send."""

import asyncio
import uuid
from collections.abc import Callable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Select

from cli.dashboard.forms import Done, Field, Form
from sandbank import BankError, Client, NotLoggedInError, OutcomeUnknownError


class FormScreen(ModalScreen[Done | NotLoggedInError | None]):
    """Closes with what was done, with None when nothing was, or with the end of the session."""

    CSS = """
    FormScreen { align: center middle; }
    #form { width: 72; max-width: 100%; height: auto; max-height: 100%; padding: 1 2; }
    #form { border: round $accent; background: $surface; }
    #form .title { text-style: bold; margin-bottom: 1; }
    #form .line { height: auto; }
    #form .name { width: 16; }
    #form Input, #form Select { width: 1fr; }
    #form .problem { color: $text-error; padding-left: 16; display: none; }
    #form .problem.shown { display: block; }
    #form .general { padding-left: 0; margin-top: 1; width: 100%; height: auto; }
    #form .actions { height: auto; margin-top: 1; align-horizontal: right; }
    #form Button { margin-left: 2; }
    """
    BINDINGS = [Binding("escape", "cancel", "Cancel")]  # noqa: RUF012 (Textual's own convention)

    def __init__(self, form: Form, bank: Callable[[], Client]) -> None:
        super().__init__()
        self._form = form
        self._bank = bank
        self._key = str(uuid.uuid4())  # kept while the outcome is unknown, so that sending again does nothing twice

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="form", can_focus=False):
            yield Label(self._form.title, classes="title")
            for field in self._form.fields:
                with Horizontal(classes="line"):
                    yield Label(field.label, classes="name")
                    yield _control(field)
                yield Label("", id=f"problem-{field.name}", classes="problem", markup=False)
            yield Label("", id="problem", classes="problem general", markup=False)
            with Horizontal(classes="actions"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button(self._form.action, id="send", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Begin in the first field."""
        self.query_one(f"#{self._form.fields[0].name}").focus()

    def on_input_submitted(self) -> None:
        """Enter sends from any field."""
        self._begin()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """The two buttons."""
        if event.button.id == "send":
            self._begin()
        else:
            self.action_cancel()

    def action_cancel(self) -> None:
        """Close without doing anything; what is on its way is waited for, so that its outcome is told."""
        if not self.query_one("#send", Button).disabled:
            self.dismiss(None)

    def _begin(self) -> None:
        button = self.query_one("#send", Button)
        values = self._values()
        problems = self._form.problems(values)
        self._show(problems)
        if not problems and not button.disabled:
            button.disabled = True
            self.run_worker(self._send(values), exclusive=True)

    async def _send(self, values: dict[str, str]) -> None:
        try:
            done = await asyncio.to_thread(self._form.send, self._bank(), values, self._key)
        except NotLoggedInError as error:
            self.dismiss(error)
        except BankError as error:
            self._refused(error)
        else:
            self.dismiss(done)

    def _refused(self, error: BankError) -> None:
        problems = self._form.problems_of(error)
        general = "" if problems else error.message
        if isinstance(error, OutcomeUnknownError):
            general = f"{error.message} Send it again to be sure: nothing is done twice."
        else:
            self._key = str(uuid.uuid4())
        others = {name: why for name, why in error.fields.items() if not problems}
        self._show(problems, " ".join([general, *(f"{name}: {why}" for name, why in others.items())]))
        self.query_one("#send", Button).disabled = False

    def _show(self, problems: dict[str, str], general: str = "") -> None:
        for field in self._form.fields:
            self._tell(f"#problem-{field.name}", problems.get(field.name, ""))
        self._tell("#problem", general)
        if problems:
            self.query_one(f"#{next(iter(problems))}").focus()

    def _tell(self, selector: str, problem: str) -> None:
        label = self.query_one(selector, Label)
        label.update(problem)
        label.set_class(bool(problem), "shown")

    def _values(self) -> dict[str, str]:
        return {field.name: str(self.query_one(f"#{field.name}").value).strip() for field in self._form.fields}  # type: ignore[attr-defined]


def _control(field: Field) -> Input | Select[str]:
    if field.choices:
        options = [(choice, choice) for choice in field.choices]
        return Select(options, value=field.initial, allow_blank=False, id=field.name, compact=True)
    return Input(field.initial, placeholder=field.hint, id=field.name, password=field.name == "password", compact=True)
