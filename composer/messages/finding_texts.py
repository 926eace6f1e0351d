"""The English texts of all findings: code -> (message, hint). They are also the keys of the translations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from composer.messages.mail_check_texts import MAIL
from composer.messages.phrases import Translate, fill

MESSAGES: dict[str, tuple[str, str]] = {
    # the file
    "no-issue-file": ("the issue file does not exist", "create a starter issue with `mailroom issue new`"),
    "not-utf8": ("the file is not UTF-8 text (byte {offset})", "save the file as UTF-8"),
    "file-too-big": (
        "the file has {size} bytes; at most {limit} are allowed",
        "split the issue; no mail program shows a mail this long",
    ),
    "bad-character": (
        "the character {character} is not allowed",
        "delete it; it is invisible and often comes in when text is copied",
    ),
    # the head
    "head-missing": (
        "the file does not begin with a head",
        "begin the file with a line `---` and end the head with another line `---`",
    ),
    "head-open": ("the head is not closed", "add a line `---` after the last key"),
    "head-yaml": (
        "the head cannot be read: {problem}",
        'put a value that contains a colon in quotation marks, such as "One: two"; also check the line before',
    ),
    "key-unknown": ("there is no key “{key}”", "did you mean “{nearest}”?"),
    "key-twice": ("the key “{key}” appears twice", "delete one; the first is on line {first}"),
    "key-missing": ("the key “{key}” is missing", "add `{key}: …` to the head"),
    "key-empty": ("the key “{key}” has no value", "write the value after the colon"),
    "key-shape": ("“{key}” must be {wanted}", "see the example in docs/issue-format.md"),
    "date-wrong": ("“{value}” is not a valid date", "write year-month-day, such as 2027-03-31"),
    "language-wrong": ("“{value}” is not a language tag", "write a tag such as en, zh-CN or fr"),
    "theme-wrong": ("“{value}” is not a valid theme name", "use lowercase letters, digits and hyphens"),
    "email-wrong": ("“{value}” is not an email address", "write it as name@example.org"),
    "highlight-unknown": ("no article has the id “{id}”", "did you mean “{nearest}”?"),
    "highlight-twice": ("the highlight “{id}” is listed twice", "delete one of them"),
    "one-line": ("“{key}” must be a single line", "join the lines"),
    # the body
    "no-articles": ("the issue has no article", "begin an article with a line `## Title` under a section `# Section`"),
    "section-empty": ("the section “{title}” has no article", "add an article with `## Title`, or delete the section"),
    "article-empty": ("the article “{title}” has no text", "write its text below the title"),
    "article-outside": ("the article “{title}” is not in a section", "add a line `# Section` before it"),
    "block-outside": ("this text is not in an article", "add a line `## Title` before it"),
    "title-empty": ("the heading has no text", "write a title, or delete the line"),
    "title-markup": ("a heading is plain text; its markup was removed", "delete the asterisks and brackets"),
    "heading-deep": ("headings of level {depth} are not supported", "use `###`, or bold text"),
    "heading-outside": ("the subheading is not in an article", "add a line `## Title` before it"),
    "id-wrong": (
        "“{id}” is not a valid id",
        "use at most 80 lowercase letters, digits and hyphens, such as `{{#world-day}}`",
    ),
    "id-twice": (
        "the heading on line {first} already has the id “{id}”",
        "give this one another id: `## Title {{#other-id}}`",
    ),
    "html-in-text": (
        "HTML is shown as plain text: {html}",
        "use the markup of the issue format; if it is meant as text, put a backslash before the first character",
    ),
    "too-deep": ("lists and quotations are nested more than {limit} levels deep", "use fewer levels"),
    "not-in-format": ("the issue format does not support {what}", "write it as a paragraph or a list"),
    "image-in-text": (
        "the picture is inside a paragraph",
        "put an empty line before it; only `Caption:` and `Credit:` lines may directly follow it",
    ),
    "image-in-list": (
        "a picture cannot be in a list or a quotation",
        "move it before or after the list or quotation, with an empty line on both sides",
    ),
    "figure-line": ("the line “{text}” below a picture is not a `Caption:` or `Credit:` line", "put an empty line before it"),
    "figure-twice": ("there are two lines `{what}:`", "join them into one"),
    "sources-not-last": ("the sources are not the last paragraph of the article", "move them to the end of the article"),
    "sources-empty": ("the line with the sources is empty", "name a source after the colon, or delete the line"),
    "block-unknown": ("there is no block “{name}”", "did you mean “{nearest}”?"),
    "block-table": (
        "a table must not be between lines of colons",
        "delete the two lines of colons; begin each row with `|`, and put `|---|---|` below the first row",
    ),
    "block-open": ("the block “{name}” is not closed", "end it with a line of as many colons as it begins with"),
    "block-place": ("the block “{name}” cannot be in a list or a quotation", "move it before or after the list or quotation"),
    "block-words": ("“{text}” after “{name}” is not understood", "delete it"),
    "block-empty": ("the block “{name}” is empty", "write something in it, or delete its two lines"),
    "profile-name": ("the profile has no name", "add a line `Name: …` to its first paragraph"),
    "profile-line": (
        "the line “{text}” cannot be at the top of a profile",
        "write only the picture, `Name:`, `Role:` and, with a picture, `Credit:` there; put an empty line before other text",
    ),
    "calendar-shape": ("“{text}” is not an event", "write it as `- 2027-04-12 to 2027-04-14: Title; Place`"),
    "calendar-days": (
        "the event ends on {end}, which is not after {start}",
        "put the first day first; for an event of one day, write only that day",
    ),
    "action-shape": ("a call to action must be exactly one link", "write only `[Words](https://…)` between the lines of `:::`"),
    "only-place": (
        "the line `Only:` has no effect here",
        "put it directly below the heading of its section or article; to show it as text, write `{text}\\:`",
    ),
    "sources-place": ("the sources of an article are inside a passage in another language", "move them after the passage"),
    "too-much": (
        "the issue is too long for a mail: more than {limit} lines, or too many links and marked words",
        "split the issue",
    ),
    "mail-too-big": (
        "the mail would have {size} characters of HTML; at most {limit} are allowed",
        "split the issue; no mail program shows this much",
    ),
    "import-too-long": (
        "the text is too long for one mail: {size} {unit}; at most {limit} are allowed",
        "split it where a month or a section ends, into {parts} files or more, and import each file as an issue of its own",
    ),
    "many-faults": ("this file has more than {limit} {kind}; the rest is not listed", "fix these first, then check again"),
    "head-too-big": ("the head has {size} characters; at most {limit} are allowed", "move text from the head into the body"),
    "condition": (
        "the condition “{text}” is not understood at character {at}: {problem}",
        'write it like this: `country = "CN"`',
    ),
    "condition-mixed": (
        "the condition “{text}” mixes `and` with `or` at character {at}",
        "split it: for `and`, put one `::: only` block inside another; for `or`, write two blocks of which no reader meets both",
    ),
    "language-file": (
        "the file name says that the language is “{wanted}”, but the head says “{found}”",
        "rename the file to `issue.{found}.md`, or write `language: {wanted}` in its head",
    ),
    "language-unread": (
        "the file {name} is not part of the issue",
        "if it is the issue in another language, rename it to {wanted}; otherwise move it to another folder",
    ),
    "language-twice": ("the issue in “{value}” already exists: {first}", "keep one of the two files"),
    "language-differs": (
        "“{key}” is “{found}” here, but “{wanted}” in {first}",
        "write the same value in every language",
    ),
    "variants-many": ("the issue has {count} variants or comparisons; at most {limit} are allowed", "use fewer conditions"),
    "variant-empty": ("the issue has no article for readers with {who}", "show at least one article to all readers"),
    "link-hidden": (
        "the link “{url}” leads nowhere for readers with {who}",
        "show the link and its article to the same readers",
    ),
    "part-number": ("this part has the number {number}, but {wanted} is expected", "number the parts of an article from 1"),
    "span-attribute": (
        "the braces after the words do not contain exactly a language: “{text}”",
        "write the language: `[词]{{lang=zh-CN}}`",
    ),
    "table-head": ("a column of the table has no heading", "write its heading in the first row"),
    "markup-foreign": (
        "“{text}” is shown as typed, because the issue format does not support {what}",
        "{way}; if it is meant as text, put a backslash before its first character",
    ),
    "block-colons": (
        "“{text}” does not begin a block and is shown as typed",
        "begin and end a block with a line of three colons, such as `::: action` and `:::`",
    ),
    "table-line": (
        "“{text}” looks like a row of a table, but is not in a table and is shown as typed",
        "put `|---|---|` below the first row, with as many columns; if it is meant as text, put a backslash before its first "
        "character",
    ),
    "figure-alone": (
        "the line “{text}” is not below a picture and is shown as typed",
        "delete what is between it and its picture; to show it as text, write `{what}\\:`",
    ),
    "table-row": (
        "the row has more cells ({cells}) than its table has columns ({columns}); “{text}” would be lost",
        "add a heading for the column, or delete the cell; for a vertical bar in the text, write `\\|`",
    ),
    "link-title": (
        "“{text}” in the round brackets after the address is not shown to readers",
        "write it in the text, or as a line `Caption:` below the picture; or delete it",
    ),
    "mark-open": ("the editor's mark is not closed", "end it with `-->`"),
    "markup-left": (
        "“{text}” is shown as typed, because its markup is not complete",
        "put asterisks in pairs directly around the words: `**so**`; next to Latin letters, leave a space outside if the words "
        "begin or end with punctuation; write a link as `[text](https://…)` without spaces, a language as `{{lang=zh-CN}}`; "
        "put a backslash before a character that is meant as text",
    ),
    # merge fields
    "field-unknown": ("there is no merge field “{name}”", "did you mean “{nearest}”?"),
    "field-shape": (
        "“{text}” is not a valid merge field",
        'write it as `{{{{ name or "reader" }}}}`; for two braces as text, write `\\{{\\{{`',
    ),
    "field-default": (
        "the field “{name}” shows nothing to readers of whom it is not known",
        'add a default text: `{{{{ {name} or "reader" }}}}`',
    ),
    "field-default-url": ("the field “{name}” always has a value, so its default text is never used", "delete the default text"),
    "field-place": ("a merge field is not allowed in {where}", "use it in the subject, the preview text or the text"),
    "field-link": (
        "only view_url, unsubscribe_url, preferences_url and subscribe_url can be the address of a link",
        "use one of them",
    ),
    "tag-in-text": (
        "“{text}” looks like a placeholder that is replaced for each recipient",
        "to fill in something about the recipient, use a merge field; otherwise write it differently",
    ),
    # links
    "link-empty": ("the link has no address", "write the address in the round brackets"),
    "link-scheme": ("a link may not begin with “{scheme}:”", "use https://, http://, mailto: or tel:"),
    "link-relative": ("the link “{url}” is not a complete address", "begin it with https://"),
    "link-host": ("“{url}” has no valid host name", "check the part after //"),
    "link-login": ("“{url}” contains a user name or password", "delete the part before the @"),
    "link-character": ("the link “{url}” contains an invisible character", "copy the address again"),
    "link-anchor": ("no article has the id “{id}”", "did you mean “#{nearest}”?"),
    "link-mail": ("“{url}” is not a valid mail link", "write mailto:name@example.org"),
    "link-phone": ("“{url}” is not a valid telephone link", "write tel:+861012345678"),
    "link-http": ("the link “{url}” is not encrypted", "use https:// if the site supports it"),
    "link-no-text": ("the link to “{url}” has no text", "describe the link's destination in the square brackets"),
    # pictures
    "image-empty": ("the picture has no file name", "write the file name in the round brackets, or the word `missing`"),
    "image-field": (
        "the picture's file name contains a merge field or an editor's mark",
        "write the name of a file, or the word `missing`",
    ),
    "image-file": ("there is no picture {src}", "did you mean {nearest}?"),
    "image-path": ("“{src}” is outside the issue folder", "put the file in images/ next to issue.md"),
    "image-remote": ("“{src}” is on the web", "save the picture in images/ and name that file"),
    "image-format": ("{src} is not a JPEG, PNG, GIF, WebP or AVIF picture", "save it as JPEG or PNG"),
    "image-vector": ("{src} is an SVG drawing, which mail clients do not show safely", "export it as PNG, 1200 pixels wide"),
    "image-heic": (
        "{src} is a HEIC picture, as phones save them, which mail clients do not show",
        "save it as JPEG",
    ),
    "image-broken": ("{src} cannot be read: {problem}", "export the picture again"),
    "image-pixels": ("{src} has {points} pixels; at most {limit} are allowed", "make it smaller; 1200 pixels wide is enough"),
    "image-bytes": ("{src} has {size} bytes; at most {limit} are allowed", "make it smaller; 1200 pixels wide is enough"),
    "image-small": ("{src} is only {width} px wide", "use a picture of at least {wanted} px, for sharp screens"),
    "image-frames": ("the animation {src} has too many frames", "shorten the animation"),
    "image-icon": ("{src} is an icon file (ICO or ICNS), which mail clients do not show", "save it as PNG"),
    "image-bomb": (
        "decoding {src} takes too much memory or time",
        "open it, save it as a new PNG or JPEG, and use that file",
    ),
    # theme, template, engine
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
    # before sending: composer/messages/mail_check_texts.py
    **MAIL,
    # building and looking
    "theme-contrast": (
        "{mode}: {fore} on {back} has a contrast of {ratio}:1; at least {wanted}:1 is needed",
        "change the colour in theme.yaml",
    ),
    # storing
    "condition-field": (
        "the condition “{text}” cannot be used: {problem}",
        "use a field of subscribers; declare an attribute with `mailroom publication set --attribute`",
    ),
    # building
    "issue-exists": ("the folder already exists and is not empty", "choose another folder; nothing is overwritten"),
    "out-exists": ("the output folder contains other files", "choose a new or an empty folder"),
}


# A finding that another version of Mailroom stored, with a code that this one does not know.
UNKNOWN = ("found by another version of Mailroom", "store the issue again to check it with this version")
NONE_NEAR = "available: {known}"  # the hint if no name is similar enough to be meant, and the possible names are known
IN_VARIANT = "{text} (only in the variant {variant})"


def all_templates() -> Iterator[str]:
    """Every text that needs a translation; a text that is only a value needs none."""
    for texts in (*MESSAGES.values(), UNKNOWN, (NONE_NEAR, IN_VARIANT)):
        yield from (text for text in texts if text not in ("", "{problem}"))


def templates(code: str, params: Mapping[str, object]) -> tuple[str, str]:
    """The message and the hint of a finding, unfilled. A hint that names the nearest match is left out where there is none."""
    message, hint = MESSAGES.get(code, UNKNOWN)
    if "{nearest}" in hint and not params.get("nearest"):
        hint = NONE_NEAR if params.get("known") else ""
    return message, hint


def text(code: str, params: Mapping[str, object], translate: Translate = str) -> tuple[str, str]:
    """The message and the hint of a finding, in the language of `translate`; in English by default."""
    message, hint = templates(code, params)
    # A Chinese phrase may begin with the space that belongs before Latin letters; at the beginning of a line there is none.
    return fill(message, params, translate).strip(), fill(hint, params, translate).strip()
