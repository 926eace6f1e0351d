"""The English texts of all findings. They are also the keys of the translations.

Code -> (message, hint), and for people who see fields and cards instead of the source: (..., their hint, their message). What is
left out is the same for them.
"""

from collections.abc import Mapping
from typing import NamedTuple

from composer.messages.content_texts import CONTENT
from composer.messages.mail_check_texts import MAIL
from composer.messages.phrases import Translate, fill
from composer.messages.wechat_texts import WECHAT

THEME: dict[str, tuple[str, ...]] = {
    "theme-missing": ("there is no theme “{name}”", "did you mean “{nearest}”?"),
    "theme-digest": (
        "the theme “{name}” has no digest",
        "choose another theme, or `layout: full`",
        "choose another design, or the whole texts as “Length of the mail”",
    ),
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
_TEXTS: dict[str, tuple[str, ...]] = {
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
        "restore an earlier revision of the issue, or correct its source text",
        "title and subject of the issue cannot be read",
    ),
    "head-open": (
        "the head is not closed",
        "add a line `---` after the last key",
        "restore an earlier revision of the issue, or correct its source text",
        "title and subject of the issue cannot be read",
    ),
    "head-yaml": (
        "the head cannot be read: {problem}",
        'put a value that contains a colon in quotation marks, such as "One: two"; also check the line before',
        "restore an earlier revision of the issue, or correct its source text",
        "title and subject of the issue cannot be read: {problem}",
    ),
    "key-unknown": ("there is no key “{key}”", "did you mean “{nearest}”?"),
    "key-twice": (
        "the key “{key}” appears twice",
        "delete one; the first is on line {first}",
        "choose “Edit as source text”, and delete one; the first is on line {first}",
        "“{key}” appears twice",
    ),
    "key-missing": ("the key “{key}” is missing", "add `{key}: …` to the head", "fill in its field", "“{key}” is missing"),
    "key-empty": ("the key “{key}” has no value", "write the value after the colon", "fill in its field", "“{key}” is empty"),
    "key-shape": ("“{key}” must be {wanted}", "see the example in docs/issue-format.md", "correct it in its field"),
    "date-wrong": ("“{value}” is not a valid date", "write year-month-day, such as 2027-03-31"),
    "language-wrong": ("“{value}” is not a language tag", "write a tag such as en, zh-CN or fr"),
    "theme-wrong": ("“{value}” is not a valid theme name", "use lowercase letters, digits and hyphens"),
    "email-wrong": ("“{value}” is not an email address", "write it as name@example.org"),
    "highlight-unknown": (
        "no article has the id “{id}”",
        "did you mean “{nearest}”?",
        "choose the articles of the highlights again",
    ),
    "highlight-twice": ("the highlight “{id}” is listed twice", "delete one of them"),
    "one-line": ("“{key}” must be a single line", "join the lines"),
    # the body
    "no-articles": (
        "the issue has no article",
        "begin an article with a line `## Title` under a section `# Section`",
        "add an article below a section",
    ),
    "section-empty": (
        "the section “{title}” has no article",
        "add an article with `## Title`, or delete the section",
        "add an article below it, or delete the section",
    ),
    "article-empty": ("the article “{title}” has no text", "write its text below the title"),
    "article-outside": (
        "the article “{title}” is not in a section",
        "add a line `# Section` before it",
        "add a section above it",
    ),
    "block-outside": ("this text is not in an article", "add a line `## Title` before it", "move the text into an article"),
    "title-empty": ("the heading has no text", "write a title, or delete the line"),
    "title-markup": (
        "a heading is plain text; its markup was removed",
        "delete the asterisks and brackets",
        "write the title in plain words",
        "a title has no formatting; it was removed",
    ),
    "heading-deep": ("headings of level {depth} are not supported", "use `###`, or bold text", "use “Sub-heading” or “Bold”"),
    "heading-outside": ("the subheading is not in an article", "add a line `## Title` before it", "move it into an article"),
    "id-wrong": (
        "“{id}” is not a valid id",
        "use at most 80 lowercase letters, digits and hyphens, such as `{{#world-day}}`",
        "choose “Edit as source text”, and use at most 80 lowercase letters, digits and hyphens",
    ),
    "id-twice": (
        "the heading on line {first} already has the id “{id}”",
        "give this one another id: `## Title {{#other-id}}`",
        "choose “Edit as source text”, and give this heading another id",
    ),
    "html-in-text": (
        "HTML is shown as plain text: {html}",
        "use the markup of the issue format; if it is meant as text, put a backslash before the first character",
        "delete the HTML, and format the words with the buttons above the text",
    ),
    "too-deep": ("lists and quotations are nested more than {limit} levels deep", "use fewer levels"),
    "not-in-format": ("the issue format does not support {what}", "write it as a paragraph or a list"),
    "image-in-text": (
        "the picture is inside a paragraph",
        "put an empty line before it; only `Caption:` and `Credit:` lines may directly follow it",
        "add the picture with “Insert”, between two paragraphs",
    ),
    "image-in-list": (
        "a picture cannot be in a list or a quotation",
        "move it before or after the list or quotation, with an empty line on both sides",
        "move the picture before or after the list or quotation",
    ),
    "figure-line": (
        "the line “{text}” below a picture is not a `Caption:` or `Credit:` line",
        "put an empty line before it",
        "write it in a paragraph of its own",
        "“{text}” is neither caption nor credit of the picture above it",
    ),
    "figure-twice": (
        "there are two lines `{what}:`",
        "join them into one",
        "write it once, in the field of the picture",
        "the picture has “{what}” twice",
    ),
    "layout-wrong": ("“{value}” is not a layout", "write `digest` or `full`", "choose one from the list “Length of the mail”"),
    "lead-unknown": ("no article has the id “{id}”", "did you mean “{nearest}”?", "choose the lead story again"),
    "sources-not-last": ("the sources are not the last paragraph of the article", "move them to the end of the article"),
    "sources-empty": (
        "the line with the sources is empty",
        "name a source after the colon, or delete the line",
        "name a source in the card “Sources”, or delete the card",
        "the card with the sources is empty",
    ),
    "block-unknown": ("there is no block “{name}”", "did you mean “{nearest}”?"),
    "block-table": (
        "a table must not be between lines of colons",
        "delete the two lines of colons; begin each row with `|`, and put `|---|---|` below the first row",
        "delete these lines, and add the table with “Insert”",
        "a table cannot be inside another card",
    ),
    "block-open": (
        "the block “{name}” is not closed",
        "end it with a line of as many colons as it begins with",
        "delete these lines, and add the card with “Insert”",
    ),
    "block-place": ("the block “{name}” cannot be in a list or a quotation", "move it before or after the list or quotation"),
    "block-words": (
        "“{text}” after “{name}” is not understood",
        "delete it",
        "delete these lines, and add the card with “Insert”",
    ),
    "block-empty": (
        "the block “{name}” is empty",
        "write something in it, or delete its two lines",
        "write something in the card, or delete it",
    ),
    "profile-name": (
        "the profile has no name",
        "add a line `Name: …` to its first paragraph",
        "write the person's name into the card",
    ),
    "profile-line": (
        "the line “{text}” cannot be at the top of a profile",
        "write only the picture, `Name:`, `Role:` and, with a picture, `Credit:` there; put an empty line before other text",
        "write it into the text of the card, below name and role",
    ),
    "calendar-shape": (
        "“{text}” is not an event",
        "write it as `- 2027-04-12 to 2027-04-14: Title; Place`",
        "fill in day and event in the card",
    ),
    "calendar-days": (
        "the event ends on {end}, which is not after {start}",
        "put the first day first; for an event of one day, write only that day",
    ),
    "action-shape": (
        "a call to action must be exactly one link",
        "write only `[Words](https://…)` between the lines of `:::`",
        "fill in the words on the button and where it leads",
        "a button needs words and exactly one address",
    ),
    "question-shape": (
        "a question needs a text and {fewest} to {most} different answers, each of at most {limit} characters",
        "write the question, an empty line, and a line `- Answer` for each answer",
        "fill in the question and the answers in the card",
    ),
    "question-name": (
        "“{text}” cannot be the name of a question",
        "use at most 30 lower-case letters, digits and hyphens, such as `::: question useful`",
        "use at most 30 lower-case letters, digits and hyphens, such as “useful”",
    ),
    "question-twice": (
        "there are two questions with the name “{name}”",
        "give the second one another name, such as `::: question useful`",
        "give the second one another name",
    ),
    "question-differs": (
        "the question “{name}” has {count} answers here, but {wanted} in {first}",
        "write the same answers in the same order in every language, because they are counted together",
    ),
    "only-place": (
        "the line `Only:` has no effect here",
        "put it directly below the heading of its section or article; to show it as text, write `{text}\\:`",
        "choose the readers at the top of the section or article",
        "“Only:” has no effect here",
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
    "head-too-big": (
        "the head has {size} characters; at most {limit} are allowed",
        "move text from the head into the body",
        "shorten them",
        "the title, credits and footer of the issue have {size} characters; at most {limit} are allowed",
    ),
    "condition": (
        "the condition “{text}” is not understood at character {at}: {problem}",
        'write it like this: `country = "CN"`',
        "choose the condition again with “Change”",
    ),
    "condition-mixed": (
        "the condition “{text}” mixes `and` with `or` at character {at}",
        "split it: for `and`, put one `::: only` block inside another; for `or`, write two blocks of which no reader meets both",
        "put one card “Only for some readers” inside another, or use two cards",
        "the condition “{text}” mixes “and” with “or”",
    ),
    "language-file": (
        "the file name says that the language is “{wanted}”, but the head says “{found}”",
        "rename the file to `issue.{found}.md`, or write `language: {wanted}` in its head",
        "write “{wanted}” as the language of this text",
        "the text is stored as “{wanted}”, but says that its language is “{found}”",
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
        "select the words and press “Words in another language”",
        "the language of these words is not clear: “{text}”",
    ),
    "table-head": ("a column of the table has no heading", "write its heading in the first row"),
    "markup-foreign": (
        "“{text}” is shown as typed, because the issue format does not support {what}",
        "{way}; if it is meant as text, put a backslash before its first character",
        "format the words with the buttons above the text; if it is meant as text, leave it",
    ),
    "block-colons": (
        "“{text}” does not begin a block and is shown as typed",
        "begin and end a block with a line of three colons, such as `::: action` and `:::`",
        "delete the line, and add the card with “Insert”; if it is meant as text, leave it",
    ),
    "table-line": (
        "“{text}” looks like a row of a table, but is not in a table and is shown as typed",
        "put `|---|---|` below the first row, with as many columns; if it is meant as text, put a backslash before its first "
        "character",
        "delete the line, and add the table with “Insert”; if it is meant as text, leave it",
    ),
    "figure-alone": (
        "the line “{text}” is not below a picture and is shown as typed",
        "delete what is between it and its picture; to show it as text, write `{what}\\:`",
        "delete the line, and write its text into the field of the picture",
    ),
    "table-row": (
        "the row has more cells ({cells}) than its table has columns ({columns}); “{text}” would be lost",
        "add a heading for the column, or delete the cell; for a vertical bar in the text, write `\\|`",
        "add a column to the table, or delete the cell",
    ),
    "link-title": (
        "“{text}” in the round brackets after the address is not shown to readers",
        "write it in the text, or as a line `Caption:` below the picture; or delete it",
        "write it in the text, or as the caption of the picture",
        "“{text}” belongs to a link or a picture and is not shown to readers",
    ),
    "mark-open": ("the editor's mark is not closed", "end it with `-->`", "delete the note"),
    "markup-left": (
        "“{text}” is shown as typed, because its markup is not complete",
        "put asterisks in pairs directly around the words: `**so**`; next to Latin letters, leave a space outside if the words "
        "begin or end with punctuation; write a link as `[text](https://…)` without spaces, a language as `{{lang=zh-CN}}`; "
        "put a backslash before a character that is meant as text",
        "select the words and press “Bold”, “Italic” or “Link”; if the characters are meant as text, leave them",
        "“{text}” is shown as typed, because its formatting is not complete",
    ),
    **CONTENT,
    **THEME,
    # before sending: composer/messages/mail_check_texts.py
    **MAIL,
    # storing
    "condition-field": (
        "the condition “{text}” cannot be used: {problem}",
        "use a field of subscribers; declare an attribute with `mailroom publication set --attribute`",
    ),
    # building
    "issue-exists": ("the folder already exists and is not empty", "choose another folder; nothing is overwritten"),
    "out-exists": ("the output folder contains other files", "choose a new or an empty folder"),
}


class FindingText(NamedTuple):
    """What is wrong, and what to do; the same for the editor of the console, where that differs."""

    message: str
    hint: str
    editor_hint: str = ""
    editor_message: str = ""

    @property
    def in_editor(self) -> tuple[str, str]:
        return self.editor_message or self.message, self.editor_hint or self.hint


MESSAGES = {code: FindingText(*texts) for code, texts in (_TEXTS | WECHAT).items()}
# A finding that another version of Mailroom stored, with a code that this one does not know.
UNKNOWN = FindingText("found by another version of Mailroom", "store the issue again to check it with this version")
NONE_NEAR = "available: {known}"  # the hint if no name is similar enough to be meant, and the possible names are known
IN_VARIANT = "{text} (only in the variant {variant})"


def templates(code: str, params: Mapping[str, object], *, in_editor: bool = False) -> tuple[str, str]:
    """Returns the message and the hint of a finding, unfilled. If nothing is near, a hint that names the nearest is left out."""
    texts = MESSAGES.get(code, UNKNOWN)
    message, hint = texts.in_editor if in_editor else texts[:2]
    if "{nearest}" in hint and not params.get("nearest"):
        hint = NONE_NEAR if params.get("known") else ""
    return message, hint


def text(code: str, params: Mapping[str, object], translate: Translate = str, *, in_editor: bool = False) -> tuple[str, str]:
    """The message and the hint of a finding, in the language of `translate`; in English by default.

    `in_editor`: for people who see fields and cards instead of the source.
    """
    message, hint = templates(code, params, in_editor=in_editor)
    # A Chinese phrase may begin with the space that belongs before Latin letters; at the beginning of a line there is none.
    return fill(message, params, translate).strip(), fill(hint, params, translate).strip()
