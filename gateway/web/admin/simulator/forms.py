"""Making a world, letting it live, and emptying the bank. How much is allowed, the simulator says."""

import secrets

from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired

from gateway.web.base_form import BaseForm

SPEEDS = {
    1: "Real time",
    60: "A minute each second",
    3_600: "An hour each second",
    21_600: "Six hours each second",
    86_400: "A day each second",
    604_800: "A week each second",
}
"""Bank-seconds a second, in words."""
PRESETS = {
    "seed": "Three ways of spending",
    "eurozone": "Euro area",
    "uk": "United Kingdom",
    "us": "United States",
    "fraud-lab": "Euro area, more online",
}
"""The simulator knows them, and refuses others."""
_WHOLE = "Give a whole number."


class WholeNumberField(IntegerField):
    """A number that says in plain words when it is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Raises ValueError with the sentence that stands beside the field."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_WHOLE) from None


def random_seed() -> int:
    """A seed that is easily read aloud."""
    return secrets.randbelow(1_000_000)


def show_limits(form: FlaskForm, limits: dict[str, tuple[int, int]]) -> None:
    """Put the least and the greatest that may be asked for beside each field that has them."""
    for name, (least, most) in limits.items():
        field = form._fields.get(name)
        if field is not None:
            field.description = f"{least:,} to {most:,}."
            field.render_kw = {"min": str(least), "max": str(most), "inputmode": "numeric"}


class WorldForm(BaseForm):
    """A new world of people with a history."""

    customers = WholeNumberField("Customers", [InputRequired(_WHOLE)], default=50)
    days = WholeNumberField("Days of history", [InputRequired(_WHOLE)], default=30)
    seed = WholeNumberField(
        "Seed",
        [InputRequired(_WHOLE)],
        default=random_seed,
        description="The same seed makes the same people, who do the same.",
    )
    preset = SelectField(
        "How they live", choices=[SelectChoice(name, words) for name, words in PRESETS.items()], validate_choice=False
    )


class AdvanceForm(BaseForm):
    """How much bank time to live."""

    days = WholeNumberField("Days", [InputRequired(_WHOLE)], default=1)
    hours = WholeNumberField("Hours", [InputRequired(_WHOLE)], default=0)


class LiveForm(BaseForm):
    """How quickly the world lives by itself."""

    speed = SelectField("Speed", coerce=int, default=3_600)

    def offer(self, current: int) -> None:
        """The speeds to choose from, with the one that is set now, whatever set it."""
        speeds = {current: f"{current:,} seconds each second", **SPEEDS}
        self.speed.choices = [SelectChoice(speed, name) for speed, name in sorted(speeds.items())]


class ResetForm(BaseForm):
    """The bank's name, typed by somebody who means it."""

    confirm = StringField(
        "Type the bank's name",
        [InputRequired("Type the bank's name.")],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
