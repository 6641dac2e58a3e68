"""Which scenario is to be injected."""

from typing import Any

from wtforms import HiddenField, IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional

from gateway.web.base_form import BaseForm
from sandbank.types.scenarios import ScenarioKind

_WHOLE_NUMBER = {"inputmode": "numeric", "autocomplete": "off"}


class ScenarioForm(BaseForm):
    """A scenario. What is left empty is drawn from the seed, and that at random."""

    form_id = HiddenField()
    name = SelectField("Scenario")
    look_alikes = IntegerField("Look-alikes", [InputRequired(), NumberRange(0, 20)], default=1, render_kw=_WHOLE_NUMBER)
    seed = IntegerField("Seed (optional)", [Optional()], render_kw=_WHOLE_NUMBER)
    width = IntegerField("Width (optional)", [Optional()], render_kw=_WHOLE_NUMBER)
    start = StringField("On which day (optional)", render_kw={"type": "date"})

    def offer(self, kinds: list[ScenarioKind]) -> None:
        """The kinds there are, under their labels."""
        self.name.choices = [
            SelectChoice(kind["name"], f"{words_of(kind['name'])} ({kind['label']})") for kind in kinds
        ]

    def payload(self) -> dict[str, Any]:
        """What the typed client is asked with."""
        return {
            "name": self.name.data,
            "look_alikes": self.look_alikes.data,
            "seed": self.seed.data,
            "width": self.width.data,
            "start": (self.start.data or "").strip() or None,
        }


def words_of(name: str) -> str:
    """The name of a scenario as people say it."""
    return name.replace("_", " ").capitalize()
