"""Tables of a page as rows of texts, found by what their headings say. Pure."""

import re
from collections.abc import Sequence

from bs4 import BeautifulSoup, Tag

from account_service.rates.published import PageChangedError

Row = list[str]
_FOOTNOTE = re.compile(r"\s+[0-9*†]{1,2}$")


def page(text: str) -> BeautifulSoup:
    """A page of HTML. Whatever is wrong with it, something is made of it: what that is has to be looked at."""
    return BeautifulSoup(text, "html.parser")


def table_with(soup: BeautifulSoup, *headings: str) -> list[Row]:
    """The rows below the headings of the one table that has all of these. Raises PageChangedError."""
    found = [table for table in soup.find_all("table") if _has(table, headings)]
    inner = [table for table in found if not any(_has(nested, headings) for nested in table.find_all("table"))]
    if len(inner) != 1:
        message = f"{len(inner)} tables have the headings {', '.join(headings)}"
        raise PageChangedError(message)
    found_rows = [(row, _texts(row)) for row in inner[0].find_all("tr")]
    last = max(number for number, (_, texts) in enumerate(found_rows) if _is_heading(texts, headings))
    return [texts for row, texts in found_rows[last + 1 :] if row.find("td") and any(texts)]


def column(soup: BeautifulSoup, heading: str) -> int:
    """Which column of its row has this heading, from 0. Raises PageChangedError where none or several have it."""
    for row in soup.find_all("tr"):
        places = [place for place, cell in enumerate(_texts(row)) if _FOOTNOTE.sub("", cell) == heading]
        if len(places) == 1:
            return places[0]
    message = f"no column is headed {heading}"
    raise PageChangedError(message)


def plain(text: str) -> str:
    """A text in one line, with single spaces."""
    return " ".join(text.split())


def _texts(row: Tag) -> Row:
    return [plain(cell.get_text(" ")) for cell in row.find_all(["td", "th"])]


def _is_heading(row: Row, headings: Sequence[str]) -> bool:
    return any(heading in cell for cell in row for heading in headings)


def _has(table: Tag, headings: Sequence[str]) -> bool:
    said = plain(table.get_text(" "))
    return all(heading in said for heading in headings)
