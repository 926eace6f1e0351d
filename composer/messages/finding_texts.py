"""The English texts of all findings: code -> (message, hint). Translations use these templates as keys."""

from __future__ import annotations

from collections.abc import Mapping

from composer.messages.mail_check_texts import MAIL

MESSAGES: dict[str, tuple[str, str]] = {
    # the file
    "no-issue-file": ("there is no issue file at {path}", "write a starter with `mailroom issue new`"),
    "not-utf8": ("byte {offset} is not UTF-8 text", "save the file as UTF-8"),
    "file-too-big": ("the file has {size} bytes, more than {limit}", "no mail can be this big; split it"),
    "bad-character": ("the character {character} may not stand here", "delete it; it is invisible and often comes in by copying"),
    # the head
    "head-missing": ("the file does not begin with a head", "begin with a line of --- and end the head with another"),
    "head-open": ("the head is not closed", "put a line of --- after the last key"),
    "head-yaml": (
        "the head cannot be read: {problem}",
        'put a value with a colon in quotation marks, "One: two"; look at the line before, too',
    ),
    "key-unknown": ("there is no key “{key}”", "did you mean “{nearest}”?"),
    "key-twice": ("the key “{key}” stands here a second time", "the first is on line {first}; keep one"),
    "key-missing": ("the key “{key}” is missing", "add `{key}: …` to the head"),
    "key-empty": ("the key “{key}” has no value", "write the value after the colon"),
    "key-shape": ("“{key}” must be {wanted}", "compare the example in the description of the issue file"),
    "date-wrong": ("“{value}” is not a date", "write year-month-day, such as 2023-03-31"),
    "language-wrong": ("“{value}” is not a language tag", "write a tag such as en, zh-CN or fr"),
    "theme-wrong": ("“{value}” is not the name of a theme", "use small letters, digits and hyphens"),
    "email-wrong": ("“{value}” is not an e-mail address", "write it as name@example.org"),
    "highlight-unknown": ("no article has the id “{id}”", "did you mean “{nearest}”?"),
    "highlight-twice": ("the highlight “{id}” is listed twice", "delete one"),
    "one-line": ("“{key}” must be one line", "join the lines"),
    # the body
    "no-articles": ("the issue has no article", "begin an article with a line `## Title` under a section `# Section`"),
    "section-empty": ("the section “{title}” has no article", "add an article with `## Title`, or delete the section"),
    "article-empty": ("the article “{title}” has no text", "write its text below the title"),
    "article-outside": ("the article “{title}” stands in no section", "put a line `# Section` before it"),
    "block-outside": ("this text belongs to no article", "put a line `## Title` before it"),
    "title-empty": ("the heading has no text", "write a title, or delete the line"),
    "title-markup": ("a heading holds plain text only; the markup was dropped", "delete the stars and brackets"),
    "heading-deep": ("a heading of level {depth} is not part of the format", "use ###, or bold text"),
    "heading-outside": ("a sub-heading stands outside an article", "put a line `## Title` before it"),
    "id-wrong": ("“{id}” cannot be an id", "use small letters, digits and hyphens, such as {{#world-day}}"),
    "id-twice": ("the id “{id}” is taken by the article on line {first}", "give one: ## Title {{#other-id}}"),
    "html-in-text": ("HTML is shown as text: {html}", "use the marks of the format; put a backslash before a wanted <"),
    "too-deep": ("lists and quotations are nested deeper than {limit}", "make the text flatter"),
    "not-in-format": ("{what} is not part of the format", "write it as a paragraph or a list"),
    "image-in-text": (
        "the picture stands inside a paragraph",
        "leave an empty line before it, and only Caption: and Credit: lines after it",
    ),
    "image-in-list": (
        "a picture stands in a list or a quotation, which hold none",
        "put it before or after, with an empty line on both sides",
    ),
    "figure-line": ("the line “{text}” under a picture is not a Caption: or Credit:", "leave an empty line before it"),
    "figure-twice": ("the picture has two {what} lines", "join them"),
    "sources-not-last": ("the sources are not the last paragraph of the article", "move them to the end"),
    "sources-empty": ("no source is named", "name one after the colon, or delete the line"),
    "block-unknown": ("there is no block “{name}”", "did you mean “{nearest}”?"),
    "block-table": (
        "a table is no block between colons",
        "delete the two lines of colons; its rows begin with |, and below the first stands |---|---|",
    ),
    "block-open": ("the block “{name}” is not closed", "end it with a line of as many colons as it begins with"),
    "block-place": ("the block “{name}” cannot stand in a list or a quotation", "put it before or after"),
    "block-words": ("“{text}” behind “{name}” is not understood", "delete it"),
    "block-empty": ("the block “{name}” is empty", "write something in it, or delete its two lines"),
    "profile-name": ("the profile names nobody", "add a line Name: … in its first paragraph"),
    "profile-line": ("the line “{text}” of a profile is none of Name:, Role: and Credit:", "leave an empty line before it"),
    "calendar-shape": ("“{text}” is not an event", "write - 2023-04-12 to 2023-04-14: Title; Place"),
    "calendar-days": (
        "the event ends on {end}, which is not after {start}",
        "put the first day first; of one day write that day",
    ),
    "action-shape": ("a call to action is one link and nothing else", "write [Words](https://…) alone between the lines of :::"),
    "only-place": (
        "a line Only: stands where it has no effect",
        "put it directly below the heading of what it is about; as words of a text, write {text}\\:",
    ),
    "sources-place": ("the sources of an article stand within a passage in another language", "put them behind it"),
    "too-much": (
        "the issue is longer than any mail: it may have {limit} lines, and as many words in stars and brackets",
        "split it",
    ),
    "mail-too-big": (
        "the mail would have {size} characters of markup, more than {limit}",
        "no inbox shows this much; split the issue",
    ),
    "import-too-long": (
        "the text is too long for one mail: {size} {unit}, where {limit} are the most",
        "one issue is one mail: divide it where a month or a section ends, into {parts} files or more, and import each by itself",
    ),
    "many-faults": (
        "this file has more than {limit} {kind}; the rest is not listed",
        "fix those that are listed, then check again",
    ),
    "head-too-big": ("the head has {size} characters, more than {limit}", "move text from the head into the body"),
    "condition": ("the condition “{text}” is not understood: character {at}: {problem}", 'write it as country = "CN"'),
    "condition-mixed": (
        "the condition “{text}” mixes `and` with `or`, at character {at}",
        "make two of it: ::: only within ::: only is `and`, two blocks one after the other are `or`",
    ),
    "language-file": (
        "the file is called after “{wanted}”, its head says the language is “{found}”",
        "call the file issue.{found}.md, or write language: {wanted} in its head",
    ),
    "language-unread": (
        "the file {name} is no part of the issue",
        "call it {wanted} if it is the issue in one more language; else put it into another folder",
    ),
    "language-twice": ("the issue is in “{value}” already, in {first}", "keep one of the two files"),
    "language-differs": ("the {key} is “{found}”, that of {first} is “{wanted}”", "write the same in every language"),
    "variants-many": ("the issue would have {count} variants or comparisons, more than {limit}", "use fewer conditions"),
    "variant-empty": ("for readers with {who} the issue has no article", "show one of them to everybody"),
    "link-hidden": ("the link “{url}” leads nowhere for readers with {who}", "show link and article to the same readers"),
    "part-number": ("part {number} stands where part {wanted} should", "number the parts of an article from 1"),
    "span-attribute": ("in the braces behind words {text} is not understood", "write their language: [词]{{lang=zh-CN}}"),
    "table-head": ("a column of the table has no heading", "write in its first row what the column holds"),
    "markup-foreign": (
        "“{text}” stays as it is written: the format has no {what}",
        "{way}; a backslash before its first sign says that it is meant",
    ),
    "block-colons": (
        "“{text}” begins no block and stays as it is written",
        "a block begins and ends with a line of three colons, such as ::: action and :::",
    ),
    "table-line": (
        "“{text}” looks like a row, but is in no table and stays as it is written",
        "below the first row of a table must stand |---|---|, with as many columns; a backslash before its first sign says that "
        "it is meant",
    ),
    "figure-alone": (
        "the line “{text}” is below no picture and stays as it is written",
        "delete what stands between it and its picture; as words of a text, write {what}\\:",
    ),
    "table-row": (
        "the row has {cells} cells, its table {columns}; “{text}” would be lost",
        "give its column a heading, or delete it; write \\| for a bar that is part of the words",
    ),
    "link-title": (
        "“{text}” stands in round brackets behind an address, where no reader sees it",
        "write it into the text, of a picture as a line Caption: below it; or delete it",
    ),
    "mark-open": ("the mark for the editor is not closed", "end it with -->"),
    "markup-left": (
        "“{text}” stayed as it is written",
        "put asterisks in pairs directly around the words, **so**; beside Latin letters, words that begin or end with "
        "punctuation need a space outside; a link is [text](https://…) without spaces, a language {{lang=zh-CN}}; write a "
        "backslash before a character that is meant",
    ),
    # merge fields
    "field-unknown": ("there is no merge field “{name}”", "did you mean “{nearest}”?"),
    "field-shape": ("“{text}” is not a merge field", 'write {{{{ name or "reader" }}}}, or \\{{\\{{ for two braces as text'),
    "field-default": ("the field “{name}” says nothing when it is empty", 'write {{{{ {name} or "reader" }}}}'),
    "field-default-url": ("the field “{name}” is always filled", "delete the words after it"),
    "field-place": ("a merge field may not stand in {where}", "use it in the subject, the preheader or the text"),
    "field-link": ("only view_url and unsubscribe_url can be the address of a link", "use one of them"),
    "tag-in-text": ("“{text}” looks like a place that is filled per recipient", "change the spelling, or use a merge field"),
    # links
    "link-empty": ("the link has no address", "write the address in the round brackets"),
    "link-scheme": ("a link may not begin with “{scheme}:”", "use https://, http://, mailto: or tel:"),
    "link-relative": ("the link “{url}” is not a complete address", "begin it with https://"),
    "link-host": ("“{url}” names no usable host", "check the part after //"),
    "link-login": ("“{url}” carries a user name or password", "delete the part before the @"),
    "link-character": ("the link “{url}” holds a character that hides", "copy the address again"),
    "link-anchor": ("no article has the id “{id}”", "did you mean “#{nearest}”?"),
    "link-mail": ("“{url}” is not a usable mail link", "write mailto:name@example.org"),
    "link-phone": ("“{url}” is not a usable telephone link", "write tel:+861012345678"),
    "link-http": ("the link “{url}” is not encrypted", "use https:// if the site has it"),
    "link-no-text": ("the link to “{url}” has no words", "say in the square brackets what is found there"),
    # pictures
    "image-empty": ("the picture has no file name", "write it in the round brackets, or the word missing"),
    "image-field": (
        "the picture's file name holds a merge field or an editor's mark",
        "write the name of a file, or the word missing",
    ),
    "image-file": ("there is no picture {src}", "did you mean {nearest}?"),
    "image-path": ("“{src}” lies outside the issue", "put the file into images/ beside issue.md"),
    "image-remote": ("“{src}” is somewhere else on the web", "save the picture into images/ and name that file"),
    "image-format": ("{src} is not a JPEG, PNG, GIF, WebP or AVIF picture", "save it as JPEG or PNG"),
    "image-vector": ("{src} is an SVG drawing, which no mail program shows safely", "export it as PNG, 1200 points wide"),
    "image-heic": ("{src} is a HEIC picture, as telephones save it, which mail programs do not show", "save it as JPEG"),
    "image-broken": ("{src} cannot be read: {problem}", "export the picture again"),
    "image-pixels": ("{src} has {points} pixels, more than {limit}", "make it smaller; 1200 pixels wide is enough"),
    "image-bytes": ("{src} has {size} bytes, more than {limit}", "make it smaller; 1200 wide is enough"),
    "image-small": ("{src} is only {width} points wide", "use one of at least {wanted} for sharp screens"),
    "image-frames": ("{src} has too many frames", "shorten the animation"),
    "image-icon": ("{src} is an icon file (ICO or ICNS), which mail programs do not show", "save it as PNG"),
    "image-bomb": (
        "decoding {src} takes more memory or time than a picture of an issue may",
        "open it, save it as a new PNG or JPEG, and use that",
    ),
    # theme, template, engine
    "theme-missing": ("there is no theme “{name}” in {root}", "did you mean “{nearest}”?"),
    "theme-file": ("the theme lacks {path}", "add the file; the theme cast shows what it holds"),
    "theme-yaml": ("theme.yaml: {problem}", "compare with the theme cast"),
    "theme-css": ("{problem}", "mend the rule; Gmail drops a whole block with one fault in it"),
    "theme-key": ("a theme knows no “{key}”", "did you mean “{nearest}”?"),
    "theme-lacks": ("theme.yaml lacks “{key}”", "add it; docs/themes.md tells what it holds"),
    "theme-value": ("“{key}” must be {wanted}", "docs/themes.md tells what it holds"),
    "theme-block": (
        "the block “{block}” is not styled: {problem}",
        "draw it in issue.mjml.j2 and theme.css, name it under blocks",
    ),
    "theme-unwritten": ("the template does not write {what}", "docs/themes.md lists what a template is given"),
    "theme-property": ("there is no property “{name}”", "did you mean “{nearest}”?"),
    "theme-dead": ("nothing in a mail has the class “{name}”", "did you mean “{nearest}”?"),
    "template": ("the template fails: {problem}", "mend the template of the theme"),
    "mjml-tag": ("{problem}", "close every tag that is opened, in order"),
    "mjml-deep": ("the markup is nested deeper than {limit}", "make it flatter"),
    "mjml-include": ("mj-include is not allowed", "compose with the template engine instead"),
    "mjml-engine": ("the engine refuses the markup: {problem}", "look at the place it names"),
    "inline-invariant": ("inlining changed {what}", "this is a fault of the program or the theme's CSS; report it"),
    "merge-invariant": ("the merge fields changed on the way: {what}", "this is a fault of the theme; report it"),
    # before sending: composer/messages/mail_check_texts.py
    **MAIL,
    # building and looking
    "theme-contrast": (
        "{mode}: {fore} on {back} has a contrast of {ratio}:1, less than {wanted}:1",
        "change the colour in theme.yaml",
    ),
    # storing
    "condition-field": (
        "“{text}” cannot be asked of subscribers: {problem}",
        "ask for a field that segments know; an attribute is declared with `mailroom publication set --attribute`",
    ),
    # building
    "issue-exists": ("{path} is there already", "choose another folder; nothing is overwritten"),
    "out-exists": ("{path} holds other files", "choose a new or an empty folder"),
}


# A finding that another version of Mailroom stored, with a code that this one does not know.
UNKNOWN = ("found by another version of Mailroom", "store the issue again, so that it is checked anew")
NONE_NEAR = "these are there: {known}"  # the hint where nothing is near enough to be meant, but all is known that could be


def templates(code: str, params: Mapping[str, object]) -> tuple[str, str]:
    """The message and the hint of a finding, unfilled. A hint that names the nearest match is left out where there is none."""
    message, hint = MESSAGES.get(code, UNKNOWN)
    if "{nearest}" in hint and not params.get("nearest"):
        hint = NONE_NEAR if params.get("known") else ""
    return message, hint


def text(code: str, params: Mapping[str, object]) -> tuple[str, str]:
    """The message and the hint of a finding, in English."""
    message, hint = templates(code, params)
    given = _Given({name: _written(value) for name, value in params.items()})
    return message.format_map(given), hint.format_map(given)


def _written(value: object) -> object:
    """Whole numbers with commas, as command, console and preview write them."""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value


class _Given(dict[str, object]):
    """A finding that was stored may be older than its words, and lack what they name by now."""

    def __missing__(self, key: str) -> str:
        return "…"
