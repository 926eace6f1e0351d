"""Settings → Design in Chromium: the sample mail and the notes follow the colours while they are chosen."""

import pytest
from django.contrib.auth.models import Permission

from publication.models import Publication
from tests.support.chromium import MARKS
from tests.web.test_browser import log_in, watched

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]


def test_the_sample_follows_the_fields_and_stays_where_it_was_scrolled_to(live_server, browser, editor):
    permissions = Permission.objects.filter(codename__in=["see_settings", "change_publication"])
    editor.user_permissions.add(*permissions)
    page = watched(browser.new_context())
    log_in(page, live_server.url)
    page.goto(f"{live_server.url}/console/settings/design/")
    assert page.is_hidden("[data-show]"), "the preview follows by itself"
    frame = "[data-frames] .light iframe"
    page.frame_locator(frame).locator("h1").wait_for()
    page.eval_on_selector(frame, "frame => frame.contentDocument.scrollingElement.scrollTo(0, 900)")
    page.fill("#id_colour-accent", "#ffee00")
    page.wait_for_selector("text=On #ffffff, #ffee00 is written as #817800")
    for mode in ("light", "dark"):
        page.wait_for_selector(f"[data-frames] .{mode} iframe:only-child[src*='%23ffee00']")
    assert page.eval_on_selector(frame, "frame => frame.contentDocument.scrollingElement.scrollTop") == 900
    assert "#ffee00" in page.frame_locator(frame).locator("html").inner_html()
    assert page.input_value("[data-slot=accent] [data-palette]") == "#ffee00"
    page.fill("#id_colour-accent", "#ffee0")
    page.eval_on_selector(
        "[data-slot=masthead] [data-palette]", "field => { field.value = '#14505c'; field.dispatchEvent(new Event('input')); }"
    )
    assert page.input_value("#id_colour-masthead") == "#14505c"
    page.click("[data-reset]")
    page.wait_for_selector("#notes-accent >> text=This is the colour of the design.")
    assert page.is_disabled(".store-bar button"), "nothing differs from what is stored"
    page.fill("#id_colour-accent", "#0055aa")
    page.click(".store-bar button")
    page.wait_for_url("**/design/?theme=cast")
    assert Publication.objects.get().theme_colours == {"cast": {"accent": "#0055aa"}}
    assert page.complaints == []
