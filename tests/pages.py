"""A browser without a screen: reads the forms of a page as a person's browser does, fills them in and sends them."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

SCRIPT_CORPUS = (
    "<script>alert(1)</script>",
    "</script><script src=//evil.example/x.js></script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></textarea></select><svg onload=alert(1)>",
    '<a href="javascript:alert(1)">click</a>',
    "{{ 7 * 7 }}{% raw %}${7*7}#{7*7}",
    "&lt;b&gt; &amp;#60; %3Cscript%3E",
    "<!-- --><style>*{display:none}</style>",
)
"""Texts that would run, or hide a page, where somebody forgot to escape them."""
SIGNS_IN = re.compile(r"\bsign(?:ed|s|ing)?[ -](?:in|out)\b", re.IGNORECASE)
"""What the bank calls logging in and out, everywhere, is never said so."""
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)


@dataclass
class Form:
    """A form of a page with what its fields hold; a tick or a choice that is not made is not among them."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """What stands on a page: its forms, its text, its tags with their attributes, and the text of elements by id."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.by_id: dict[str, str] = {}
        self._open: list[tuple[str, str | None]] = []
        self._select: str | None = None
        self._textarea: str | None = None
        self.feed(html)

    def form(self, action: str) -> Form:
        """The form that is sent to this path."""
        return next(one for one in self.forms if one.action.split("?")[0] == action and one.method == "post")

    def check_harmless(self) -> None:
        """Nothing on the page would run but the files of the bank itself, and nothing leads elsewhere."""
        for tag, given in self.tags:
            assert not [name for name in given if name.startswith("on") or name == "style"], (tag, given)
            assert tag != "script" or given.get("src", "").startswith("/"), (tag, given)
            assert tag not in ("style", "iframe", "object", "embed", "base"), (tag, given)
            for name in ("href", "src", "action", "formaction"):
                assert not given.get(name, "").lower().lstrip().startswith(("javascript:", "data:", "//", "http")), (
                    given
                )

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        if tag not in _VOID:
            self._open.append((tag, given.get("id")))
        if "id" in given:
            self.by_id[given["id"]] = ""
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        elif any(name == "form" for name, _ in self._open):
            self._field(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = None
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._textarea is not None:  # whose first line break is none of the text
            self.forms[-1].fields[self._textarea] = data.removeprefix("\r").removeprefix("\n")
        for _, name in self._open:
            if name is not None:
                self.by_id[name] += data

    def _field(self, tag: str, given: dict[str, str]) -> None:
        fields, name = self.forms[-1].fields, given.get("name", "")
        if tag == "input" and (given.get("type") not in ("radio", "checkbox") or "checked" in given):
            fields[name] = given.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            self._textarea = name
            fields[name] = ""
        elif tag == "option" and "disabled" in given:
            if "selected" in given and self._select is not None:  # which a browser shows, and sends nothing
                fields.pop(self._select, None)
                self._select = None
        elif tag == "option" and self._select is not None and ("selected" in given or self._select not in fields):
            fields[self._select] = given.get("value", "")


@dataclass
class Browser:
    """A person at a browser. `page` is what they look at; redirects are not followed unless asked."""

    client: FlaskClient
    page: Page = field(default_factory=lambda: Page(""), init=False)

    def open(self, path: str, status: int = 200) -> Page:
        """Go to a page."""
        return self.look(self.client.get(path), status)

    def send(self, action: str, status: int = 200, /, **filled: str | list[str]) -> TestResponse:
        """Fill in the form of the page that goes to `action`, and send it; a list is ticked boxes of one name."""
        form = self.page.form(action)
        reply = self.client.post(action, data={**form.fields, **filled})
        if reply.mimetype == "text/html" and reply.status_code != 303:
            self.look(reply, status)
        assert reply.status_code == status, self.page.text
        return reply

    def follow(self, reply: TestResponse) -> Page:
        """Go where a reply leads."""
        return self.open(reply.headers["Location"])

    def look(self, reply: TestResponse, status: int) -> Page:
        """Take a reply as the page to look at."""
        self.page = Page(reply.text)
        assert reply.status_code == status, " ".join(self.page.by_id.get("content", reply.text).split())
        return self.page
