from composer.css.stylesheets import classes_in, needed, parse_head_css
from composer.rendering.theme_model import Theme

CSS = """
:root{color-scheme:light dark}
.a,.b p{color:red}
a[href$=".png"],td{color:blue}
.c:not(.d){color:green}
@media (max-width:480px){.a{color:red}.b{color:blue}}
@media (prefers-color-scheme:dark){.b{color:blue}}
"""


def test_only_rules_that_the_mail_needs_are_kept() -> None:
    rules = parse_head_css(CSS)
    assert needed(rules, ["a", "c"]) == (
        ':root{color-scheme:light dark}\n.a{color:red}\na[href$=".png"],td{color:blue}\n.c:not(.d){color:green}\n'
        "@media (max-width:480px){\n.a{color:red}\n}"
    )
    assert ".b p" in needed(rules, ["b"])
    assert ".c" not in needed(rules, ["d"])


def test_a_comma_in_brackets_does_not_end_a_selector() -> None:
    rules = parse_head_css('p:is(.x,.y),a[title="a,b"]{color:red}')
    assert needed(rules, []) == 'p:is(.x,.y),a[title="a,b"]{color:red}'


def test_classes_are_found_in_mjml_and_html() -> None:
    assert classes_in('<mj-text css-class="a b"><p class="c"></p></mj-text><mj-x mj-class="d" title="e">') == {"a", "b", "c", "d"}


def test_a_theme_keeps_all_rules_if_all_are_used(theme: Theme) -> None:
    classes = {name for rule in theme.head_rules for _, named in rule.selectors for name in named}
    full = needed(theme.head_rules, classes)
    assert parse_head_css(full) == theme.head_rules
    assert len(needed(theme.head_rules, [])) < len(full)
