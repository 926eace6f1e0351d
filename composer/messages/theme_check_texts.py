"""The English texts of what is wrong with a theme, as in `finding_texts`, of which they are a part."""

THEME: dict[str, tuple[str, ...]] = {
    "theme-missing": ("there is no theme “{name}”", "did you mean “{nearest}”?"),
    "theme-file": ("the theme has no file {path}", "add the file; use that of the theme cast as an example"),
    "theme-yaml": ("theme.yaml cannot be read: {problem}", "compare it with theme.yaml of the theme cast"),
    "theme-css": ("{problem}", "correct the rule; Gmail drops a whole style block that contains one error"),
    "theme-key": ("a theme has no key “{key}”", "did you mean “{nearest}”?"),
    "theme-lacks": ("theme.yaml lacks “{key}”", "add it; docs/themes.md describes it"),
    "theme-value": ("“{key}” must be {wanted}", "see docs/themes.md"),
    "theme-block": (
        "the block “{block}” is not styled: {problem}",
        "style it in issue.mjml.j2 and theme.css, and name it under `blocks` in theme.yaml",
    ),
    "theme-unwritten": ("the template does not write {what}", "write it; docs/themes.md lists the values of a template"),
    "theme-property": ("there is no CSS property “{name}”", "did you mean “{nearest}”?"),
    "theme-dead": ("nothing in a mail has the class “{name}”", "did you mean “{nearest}”?"),
    "template": ("the template fails: {problem}", "correct the theme's template"),
    "mjml-tag": ("{problem}", "close every tag that is opened, in order"),
    "mjml-deep": ("the markup is nested more than {limit} levels deep", "use fewer levels"),
    "mjml-include": ("mj-include is not allowed", "include files with the template engine instead"),
    "mjml-engine": ("the MJML engine rejects the markup: {problem}", "check the place that it names"),
    "inline-invariant": (
        "writing the CSS into the elements changed {what}",
        "this is an error in Mailroom or in the theme's CSS; report it",
    ),
    "merge-invariant": ("the merge fields changed during composing: {what}", "this is an error in the theme; report it"),
    "theme-contrast": (
        "{mode}: {fore} on {back} has a contrast of {ratio}:1; at least {wanted}:1 is needed",
        "change the colour in theme.yaml",
    ),
}
