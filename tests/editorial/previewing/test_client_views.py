"""The mail as several programs show it, and marks within it."""

from functools import partial

import pytest

from editorial.previewing import client_views

show = partial(client_views.render_view, mail_prefix="https://media.invalid/", preview_prefix="/pictures/")
MAIL = """<!doctype html><html><head>
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<style type="text/css">:root{color-scheme:light dark} p{margin:0}
@media only screen and (min-width:480px){.c{width:50%!important}}
@media (prefers-color-scheme: dark){.p{color:#fff!important}} h1{margin:0}</style>
<!--[if mso]><xml><o:PixelsPerInch>96</o:PixelsPerInch></xml><style>.mso{width:1px}</style><![endif]-->
</head><body>
<!--[if mso | IE]><table><tr><td width="600"><![endif]-->
<!--[if !mso]><!--><p>not in Word</p><!--<![endif]-->
<p class="p" id="one">Words <a href="https://a.example/">out</a> <a href="#one">within</a> <a target="_top" href="tel:1">call</a></p>
<img src="https://media.invalid/x-1.jpg" alt="x">
<!--[if mso | IE]></td></tr></table><![endif]-->
</body></html>"""


def test_dark_and_light_are_held_whatever_the_screen_is():
    dark, light = show(MAIL, "dark"), show(MAIL, "designed")
    assert "@media (min-width:0px){.p{color" in dark
    assert "@media (max-width:0px){.p{color" in light
    assert 'content="dark"' in dark
    assert ":root{color-scheme:dark}" in dark
    assert ":root{color-scheme:light}" in light
    assert "prefers-color-scheme" not in dark + light


def test_without_style_blocks_nothing_of_them_is_left():
    shown = show(MAIL, "no-styles")
    assert "<style" not in shown
    assert "<p class" in shown


def test_outlook_reads_its_own_parts_and_no_media_query():
    shown = show(MAIL, "outlook")
    assert '<table><tr><td width="600">' in shown
    assert "not in Word" not in shown
    assert "@media" not in shown
    assert "p{margin:0}" in shown
    assert "h1{margin:0}" in shown
    assert ".mso{width:1px}" in shown
    assert "96" not in shown


@pytest.mark.parametrize("view", client_views.VIEWS)
def test_pictures_are_the_previews_own_and_links_leave_the_frame_alone(view):
    shown = show(MAIL, view)
    assert 'src="/pictures/x-1.jpg"' in shown
    assert '<a target="_blank" href="https://a.example/">' in shown
    assert '<a href="#one">' in shown
    assert '<a target="_blank" href="tel:1">' in shown


def test_a_mark_names_and_frames_one_element():
    at = MAIL.index('<p class="p"')
    marked = client_views.mark(MAIL, at)
    assert '<p id="mailroom-here" class="p">Words' in marked
    assert "#mailroom-here{" in marked
    assert client_views.mark(MAIL, None) == MAIL
