"""Which days a statement is of, and what it comes as."""

from wtforms import SelectChoice, SelectField

from gateway.web.date_range_form import DateRangeFilters

FORMATS = {
    "pdf": "PDF, to print",
    "csv": "CSV",
    "xlsx": "Excel",
    "ofx": "OFX",
    "qfx": "QFX (Quicken)",
    "camt053": "camt.053 (ISO 20022)",
    "mt940": "MT940 (SWIFT)",
}
"""The files that a statement comes as, by their names in the API."""


class StatementForm(DateRangeFilters):
    """Days of one's own choice: both of them, and the format."""

    format = SelectField("Format", choices=[SelectChoice(name, label) for name, label in FORMATS.items()])
