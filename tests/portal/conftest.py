"""One member space and one browser for all these tests; each test has members of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

from infra.auth.sessions import Opened
from tests.portal.portail import Portail, serving_portail
from tests.support.postgres import DatabaseFactory

CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_ABSENT = "Chromium is not installed (Debian's package chromium): no page can be looked at."
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
WIDE, NARROW = 1280, 320
"""Widths of a screen, in CSS pixels: a desk, and the smallest phone."""

OpenContext = Callable[..., BrowserContext]


@pytest.fixture(scope="session")
def portail(databases_18: DatabaseFactory) -> Iterator[Portail]:
    """The member space on a database that these tests share."""
    url = databases_18.create()
    with serving_portail(url) as running:
        yield running
    databases_18.drop(url)


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """What drives the browser: it keeps an event loop running in its thread, so it ends with these tests, before others
    that need a loop of their own."""
    if not CHROMIUM.exists():
        pytest.skip(CHROMIUM_ABSENT)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Debian's Chromium."""
    running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
    yield running
    running.close()


@pytest.fixture
def open_context(browser: Browser, portail: Portail) -> Iterator[OpenContext]:
    """Opens windows of a browser of its own; `opened` signs in, `address` is from where it seems to come."""
    contexts: list[BrowserContext] = []

    def open_one(
        opened: Opened | None = None, *, width: int = WIDE, address: str = "10.201.0.1", **options: Any
    ) -> BrowserContext:
        context = browser.new_context(
            base_url=portail.url,
            viewport={"width": width, "height": 900 if width > 400 else 640},
            locale="fr-FR",
            timezone_id="Europe/Paris",
            extra_http_headers={"X-Forwarded-For": address},
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(30_000)
        if opened is not None:
            context.add_cookies([{"name": "decompte", "value": opened.secret, "url": portail.url}])
        contexts.append(context)
        return context

    yield open_one
    for context in contexts:
        context.close()
