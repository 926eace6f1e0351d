"""Issue + theme -> MJML, in a sandboxed template environment in which nothing can leave its place unescaped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from composer.css import unused_rules
from composer.errors import ComposeError, Finding
from composer.issue import merge_fields
from composer.issue.document import Article, Issue
from composer.issue.languages import direction_of
from composer.rendering import escaping, shared_values
from composer.rendering.html_fragments import FragmentWriter
from composer.rendering.template_lines import line_of
from composer.rendering.template_names import Missing, told
from composer.rendering.template_parts import PartsMaker

if TYPE_CHECKING:
    from composer.images.picture_encoder import Picture
    from composer.themes.theme_loading import Theme

TEMPLATE = "issue.mjml.j2"
LOGO, LOGO_DARK = "theme:logo", "theme:logo-dark"  # what the theme's own pictures are called beside the `src` of figures
_FILTERS = ("default", "d", "first", "join", "last", "length", "list", "lower", "min", "max", "upper", "trim", "format")
_KEPT_GLOBALS = ("range",)
_HEAD_CSS = "/* the head's rules */"  # which of them is known when everything else is there


_NamedFilters = tuple[tuple[str, Callable[..., object]], ...]


def environment_for(theme: Theme, *, escape: bool, filters: _NamedFilters = ()) -> jinja2.Environment:
    """Only the theme's own templates, a few filters, and no other names. With `escape`, whatever an expression yields
    is written so that it is right in an attribute and in text."""
    return _environment(tuple(sorted(theme.templates.items())), escape, filters)


@lru_cache(maxsize=16)  # compiling the templates is half of the time it takes to compose
def _environment(templates: tuple[tuple[str, str], ...], escape: bool, filters: _NamedFilters) -> jinja2.Environment:
    environment = _Environment(
        loader=jinja2.DictLoader(dict(templates)),
        autoescape=escape,
        undefined=Missing,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        finalize=_finalized if escape else None,
    )
    environment.globals = {name: environment.globals[name] for name in _KEPT_GLOBALS}
    environment.filters = {name: environment.filters[name] for name in _FILTERS} | dict(filters)
    return environment


class _CodeGenerator(CodeGenerator):
    """Where everything is escaped, `finalize` does it alone: the engine would escape it once more, to no effect."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if finalize.src:
            self.write(finalize.src)
        else:
            super()._output_child_pre(node, frame, finalize)

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        self.write(")")


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox, with a shorter way to what a template mostly asks for: an entry of a dictionary, where a loop is, a macro."""

    code_generator_class = _CodeGenerator

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805  (arguments may be called self)
        if type(__obj) is not Macro:
            return super().call(__context, __obj, *args, **kwargs)
        kwargs.pop("_loop_vars", None)  # what is set around the call, for functions that ask for it: a macro does not
        kwargs.pop("_block_vars", None)
        return __obj(__context.eval_ctx, *args, **kwargs)

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is dict and attribute in obj and attribute not in _OF_DICTIONARIES:
            return obj[attribute]
        if type(obj) is LoopContext and attribute in _OF_LOOPS:
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)


_OF_LOOPS = frozenset({"first", "last", "index", "index0", "length"})
_OF_DICTIONARIES = frozenset(dir(dict))  # their own attributes come before entries of that name, as everywhere in templates


def _finalized(value: object) -> str:
    """What stands in the template's place; an undefined value complains here, by being asked for its words."""
    if isinstance(value, Markup):
        return value
    return escaping.quoted(str(value))


def fill_template(environment: jinja2.Environment, template: str, values: Mapping[str, Any], theme: Theme) -> str:
    """The filled template. Raises ComposeError with the template's line."""
    try:
        return environment.get_template(template).render(values)
    except jinja2.TemplateSyntaxError as problem:
        where, said = theme.place(problem.name or template), told(problem, environment, "", values)
        raise ComposeError(Finding("template", params={"problem": said}, file=where, line=problem.lineno)) from problem
    except (jinja2.TemplateError, SecurityError, TypeError, ValueError, LookupError, RecursionError, OverflowError,
            ArithmeticError, AttributeError) as problem:  # fmt: skip
        # A template is foreign code in a small language: any of these is a fault of the template.
        line = line_of(problem)
        said = told(problem, environment, theme.templates.get(template, ""), values)
        raise ComposeError(Finding("template", params={"problem": said}, file=theme.place(template), line=line)) from problem


def render_mjml(
    issue: Issue, theme: Theme, tags: merge_fields.Tags, pictures: Mapping[str, Picture], urls: Mapping[str, str]
) -> str:
    """The MJML of an issue. `pictures` and `urls` are keyed by the `src` of figures; a src that is in neither gets a
    note that the picture is still to come."""
    values = template_values(issue, theme, tags, pictures, urls)
    filled = fill_template(environment_for(theme, escape=True), TEMPLATE, values, theme)
    return filled.replace(_HEAD_CSS, unused_rules.needed(theme.head_rules, unused_rules.classes_in(filled)), 1)


def template_values(
    issue: Issue, theme: Theme, tags: merge_fields.Tags, pictures: Mapping[str, Picture], urls: Mapping[str, str]
) -> dict[str, Any]:
    """What issue.mjml.j2 is given; docs/themes.md lists it. What is Markup is sound in text, anything else is escaped."""
    writer = FragmentWriter(tags, [article.id for article in issue.articles()], issue.language)
    words = theme.words(issue.language)
    parts = PartsMaker(writer, words, theme, pictures, urls)
    direction = direction_of(issue.language)
    common = shared_values.common_view(issue, theme, tags)
    return common | {
        "issue": common["issue"] | {key: writer.words(common["issue"][key]) for key in ("title", "organisation", "tagline")},
        "footer": common["footer"] | {key: writer.words(common["footer"][key]) for key in ("about", "address")},
        "credits": [{key: writer.words(said) for key, said in credit.items()} for credit in common["credits"]],
        "highlights": [entry | {key: writer.words(entry[key]) for key in ("title", "section")} for entry in common["highlights"]],
        "page_title": f"{issue.title} {issue.number}",
        "preheader": escaping.text(tags.place(issue.preheader, "html")),
        "direction": direction,
        "start": "right" if direction == "rtl" else "left",
        "end": "left" if direction == "rtl" else "right",
        "width": theme.width,
        "logo": _logo(theme, urls),
        "tones": theme.settings["tones"],
        "fonts": theme.settings["fonts"],
        "head_css": Markup(_HEAD_CSS),  # nosec B704 # noqa: S704  (a constant)
        "opening": parts.of(issue.opening),
        "sections": [
            {
                "title": writer.words(section.title),
                "tone": tone,
                "articles": [_article(article, writer, parts) for article in section.articles],
            }
            for section, tone in zip(issue.sections, shared_values.tones_of(issue, theme), strict=True)
        ],
    }


def _article(article: Article, writer: FragmentWriter, parts: PartsMaker) -> dict[str, Any]:
    return {
        "id": article.id,
        "title": writer.words(article.title),
        "parts": parts.of(article.blocks),
        "sources": [writer.inlines(entry) for entry in article.sources],
    }


def _logo(theme: Theme, urls: Mapping[str, str]) -> dict[str, Any] | None:
    """The theme's own picture as its template is given it; `dark_url` is empty where it has none for dark screens."""
    if LOGO not in theme.pictures:
        return None
    said, picture = theme.settings["logo"], theme.pictures[LOGO]
    width = min(int(said["width"]), picture.width)
    return {
        "url": urls[LOGO], "dark_url": urls.get(LOGO_DARK, ""), "alt": said["alt"], "width": width,
        "height": max(1, round(width * picture.height / picture.width)),
    }  # fmt: skip
