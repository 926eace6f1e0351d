"""A second theme beside the one we ship: plain, in one column, and made by somebody who wrote no code of ours."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from composer.preflight import Mail
from composer.theme import DEFAULT_ROOT
from tests.composer.preflight.mails import BODY, RICH, mail_of, write_issue

BARE_MJML = """<mjml lang="{{ issue.language }}" dir="{{ direction }}"><mj-head>
<mj-title>{{ page_title }}</mj-title><mj-preview>{{ preheader }}</mj-preview>
<mj-raw><meta name="color-scheme" content="light dark" /><meta name="supported-color-schemes" content="light dark" /></mj-raw>
<mj-attributes><mj-all font-family="{{ fonts.text }}" /><mj-text font-size="16px" line-height="1.5" color="#222222" padding="10px 20px" /></mj-attributes>
<mj-style>{{ head_css }}</mj-style></mj-head>
<mj-body width="560px" background-color="#ffffff" css-class="all">
<mj-section background-color="#ffffff" css-class="all" padding="0px"><mj-column>
<mj-text css-class="w"><h1>{{ issue.title }}</h1></mj-text>
{% macro parts(all) %}{% for part in all %}
{% if part.kind == "text" %}<mj-text css-class="w">{{ part.html }}</mj-text>
{% elif part.kind == "figure" %}<mj-image src="{{ part.url }}" alt="{{ part.alt }}" width="{{ part.width }}px" padding="0px" />
<mj-text css-class="w"><p>{{ part.caption }} {{ part.credit }}</p></mj-text>
{% elif part.kind == "profile" %}<mj-text css-class="w"><p><strong>{{ part.name }}</strong> {{ part.role }}</p>{{ part.html }}</mj-text>
{% elif part.kind == "calendar" %}<mj-text css-class="w">{% for event in part.events %}<p>{{ event.when }}: {{ event.title }} {{ event.place }}</p>{% endfor %}</mj-text>
{% elif part.kind == "action" %}<mj-button href="{{ part.url }}" background-color="#004488" color="#ffffff">{{ part.label }}</mj-button>
{% else %}<mj-text css-class="w"><p>{{ part.words }}</p></mj-text>{% endif %}{% endfor %}{% endmacro %}
{{ parts(opening) }}
{% for section in sections %}<mj-text css-class="w"><h2>{{ section.title }}</h2></mj-text>
{% for article in section.articles %}<mj-text css-class="w"><h3 id="{{ article.id }}">{{ article.title }}</h3></mj-text>
{{ parts(article.parts) }}
{% if article.sources %}<mj-text css-class="w"><p>{{ words.source }} {% for source in article.sources %}{{ source }} {% endfor %}</p></mj-text>{% endif %}
{% endfor %}{% endfor %}
<mj-text css-class="w"><p>{{ footer.about }} {{ footer.address }}</p><p><a href="{{ footer.website }}">{{ website_text }}</a> <a href="mailto:{{ footer.email }}">{{ footer.email }}</a></p><p><a href="{{ view_url }}">{{ words.view }}</a> <a href="{{ unsubscribe_url }}">{{ words.unsubscribe }}</a></p></mj-text>
</mj-column></mj-section></mj-body></mjml>
"""
BARE_MEDIA = """:root { color-scheme: light dark; }
@media (prefers-color-scheme: dark) {
.all, .all > table { background: #111111 !important; background-color: #111111 !important; }
.w div, .w h1, .w h2, .w h3, .w caption, .w td, .w th { color: #eeeeee !important; }
.w a { color: #99ccff !important; }
}
"""


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with our themes and the bare one."""
    folder = tmp_path_factory.mktemp("themes")
    shutil.copytree(DEFAULT_ROOT, folder, dirs_exist_ok=True)
    bare = folder / "bare"
    shutil.copytree(DEFAULT_ROOT / "cast", bare)
    (bare / "issue.mjml.j2").write_text(BARE_MJML, encoding="utf-8")
    (bare / "media.css").write_text(BARE_MEDIA, encoding="utf-8")
    (bare / "theme.css").write_text("a { color: #004488; }\np { margin: 0 0 12px; }\n", encoding="utf-8")
    settings = (bare / "theme.yaml").read_text(encoding="utf-8").replace("width: 600", "width: 560", 1)
    (bare / "theme.yaml").write_text(settings, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def sound_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_issue(tmp_path_factory.mktemp("sound"), {}, BODY + RICH)


@pytest.fixture(scope="session")
def sound(sound_folder: Path, root: Path) -> Mail:
    """A mail in which every block occurs and nothing is wrong."""
    return mail_of(sound_folder, root)
