"""Tabs of a browser in which staff work, without a browser: forms of pages that were opened earlier are kept, and posted later."""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from django.db import connections
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import Resolver404, resolve
from lxml import html

MOST_KEPT = 60  # forms of a tab


@dataclass(frozen=True)
class Input:
    """A field of a form. `values` are what it sends as the page was; `options` what a choice offers."""

    name: str
    kind: str  # hidden, text, textarea, select, radio, checkbox, date, file …
    values: tuple[str, ...]
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Form:
    """A form of a page that posts. `name` is the name of the URL to which it posts, `arguments` are those of that URL."""

    address: str
    name: str
    arguments: dict[str, object]
    inputs: tuple[Input, ...]
    buttons: tuple[tuple[str, str], ...]
    page: str

    def value(self, name: str) -> str:
        return next((known.values[0] for known in self.inputs if known.name == name and known.values), "")


def unchanged(answer: HttpResponseBase, address: str) -> dict[str, list[str]]:
    """What the form of a page that posts to this address sends if nothing is changed on it."""
    forms = [form for form in forms_of(address, answer.content.decode()) if form.address == address]
    return {known.name: list(known.values) for known in forms[0].inputs if known.values}


def forms_of(address: str, page: str) -> list[Form]:
    """The forms of a page that post, without those in the frame of every page."""
    made = []
    for element in html.document_fromstring(page).iter("form"):
        if (element.get("method") or "").lower() != "post":
            continue
        target = urljoin(address, element.get("action") or "")
        try:
            match = resolve(urlsplit(target).path)
        except Resolver404:
            continue
        if match.url_name in ("logout", "language"):
            continue
        buttons = [(button.get("name", ""), button.get("value", "")) for button in element.iter("button")]
        made.append(Form(target.partition("#")[0], str(match.url_name), match.kwargs, _inputs(element), tuple(buttons), address))
    return made


def _inputs(form: html.HtmlElement) -> tuple[Input, ...]:
    inputs: dict[str, Input] = {}
    for element in form.iter("input", "select", "textarea"):
        name, kind = element.get("name", ""), element.get("type", element.tag if element.tag != "input" else "text")
        if not name:
            continue
        if element.tag == "textarea":
            values: tuple[str, ...] = (element.text or "",)
            options: tuple[str, ...] = ()
        elif element.tag == "select":
            options = tuple(option.get("value", option.text or "") for option in element.iter("option"))
            chosen = tuple(
                option.get("value", option.text or "") for option in element.iter("option") if "selected" in option.attrib
            )
            values = chosen or options[:1]
        elif kind in ("radio", "checkbox"):
            options = (element.get("value", "on"),)
            values = options if "checked" in element.attrib else ()
        else:
            values, options = (element.get("value", ""),), ()
        if (before := inputs.get(name)) is not None:
            inputs[name] = Input(name, kind, before.values + values, before.options + options)
        else:
            inputs[name] = Input(name, kind, values, options)
    return tuple(inputs.values())


@dataclass
class Tab:
    """A tab of a person's browser: the tabs share its session, and each has forms that may be out of date."""

    person: str
    client: Client
    forms: list[Form] = field(default_factory=list)

    def open(self, address: str) -> HttpResponseBase:
        """Open a page, and follow where it leads."""
        answer = self.client.get(address, follow=True)
        self.keep(answer)
        return answer

    def keep(self, answer: HttpResponseBase) -> None:
        if answer.headers.get("Content-Type", "").startswith("text/html") and answer.status_code < 500:
            address = answer.request["PATH_INFO"] + (
                "?" + answer.request["QUERY_STRING"] if answer.request["QUERY_STRING"] else ""
            )
            self.forms = [*self.forms, *forms_of(address, answer.content.decode())][-MOST_KEPT:]

    def token(self) -> str:
        """The token against forged requests, of the newest form."""
        return next((form.value("csrfmiddlewaretoken") for form in reversed(self.forms)), "")

    def post(self, form: Form, values: dict[str, list[str]]) -> HttpResponseBase:
        return self.client.post(form.address, values)

    def post_at_once(self, form: Form, values: dict[str, list[str]], times: int = 2) -> list[HttpResponseBase]:
        """A doubled click: the same form from connections of their own at the same moment."""

        def one(client: Client) -> HttpResponseBase:
            try:
                return client.post(form.address, values)
            finally:
                connections.close_all()

        clients = [deepcopy_of(self.client) for _ in range(times)]
        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(one, clients))


def deepcopy_of(client: Client) -> Client:
    """Another client with the same cookies: one client is not safe in two threads."""
    other = Client(enforce_csrf_checks=True, raise_request_exception=False)
    other.cookies = deepcopy(client.cookies)
    return other


def pick(chance: random.Random, values: Sequence[str], default: str = "") -> str:
    return chance.choice(list(values)) if values else default
