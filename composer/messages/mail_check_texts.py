"""The English texts of what the pre-send checks find, as in `finding_texts`, of which they are a part."""

MAIL: dict[str, tuple[str, ...]] = {
    # size
    "size-gmail": (
        "the mail has {size} bytes of HTML ({encoded} as quoted-printable); Gmail cuts it at {limit}",
        "write `layout: digest` in the head, or shorten the largest articles",
        "choose a digest as “Length of the mail”, or shorten the largest articles",
    ),
    "summary-proposed": (
        "the summary of “{title}” is proposed, nobody has read it: {summary}",
        "write a line `Summary: …` below the heading of the article; it may be the proposed one",
        "accept or change it on the page of the article",
    ),
    "summary-missing": (
        "“{title}” has no summary, and no paragraph from which one can be proposed",
        "write a line `Summary: …` below its heading",
        "add the card “Summary and author” to the article",
    ),
    "summary-long": (
        "the summary of “{title}” is too long: {length}",
        "shorten it; readers of a digest decide in seconds",
    ),
    "question-left-out": (
        "the question “{text}” is not in the mail, because a digest has only the summary of “{title}”",
        "write `Text: whole` below the heading of the article, or move the question to the opening",
        "tick “A digest has the whole text of this article” in the card “Summary and author”, or move the question to the "
        "opening",
    ),
    "phone-width": (
        "without its style block, the mail has {problem}; a telephone shows {limit} pixels",
        "give it a width in percent, or max-width: 100%",
    ),
    "phone-length": (
        "the mail is about {screens} telephone screens long and takes {minutes} minutes to read",
        "write `layout: digest` in the head",
        "choose a digest as “Length of the mail”",
    ),
    "picture-late": (
        "the first picture is on telephone screen {screen}",
        "write `lead: ID` in the head with the id of an article that has a picture",
        "choose an article with a picture as “Lead story”",
    ),
    "subject-phone": (
        "telephones show only the beginning of the subject: “{shown}”",
        "make sure that its first {limit} characters say what is new; a Chinese character counts as two",
    ),
    "tap-target": (
        "the link “{words}” is only {height} pixels high; a thumb needs {least}",
        "give it a line height of 24 pixels or more in theme.css",
    ),
    "contrast-inverted": (
        "where Gmail inverts colours, “{words}” ({fore} on {back}) has a contrast of {ratio}:1; {wanted}:1 is needed",
        "a pure colour stays almost as it is there, but the colour with it does not: make the pure one paler, or so dark that "
        "the text on it is white",
    ),
    "dark-outlook": (
        "the mail has rules for dark mode, but none for Outlook",
        "repeat them in media.css with `[data-ogsc]` before each selector",
    ),
    "size-encoded": (
        "the mail has {size} bytes in the encoding in which it is sent; Gmail may cut mails above {limit}",
        "shorten the mail, or send a test mail to Gmail to see whether it is cut",
    ),
    "size-article": (
        "the article “{title}” has {size} bytes, {share} percent of the size at which Gmail cuts a mail",
        "shorten it, or write a summary and link to the full text",
    ),
    "style-gmail": ("the style blocks have {size} bytes; Gmail drops them above {limit}", "shorten the theme's CSS"),
    "merge-size": (
        "the {count} merge fields of the mail can grow to {size} bytes; the provider accepts at most {limit}",
        "use fewer fields, or the same default text after `or` at each place",
        "use fewer fields, or the same text “For readers without it” at each place",
    ),
    "images-weight": ("{problem}", "use smaller or fewer pictures"),
    # HTML
    "doctype": (
        "the mail does not begin with <!DOCTYPE html>",
        "begin the template with it; without it, mail clients switch to quirks mode",
    ),
    "style-head": ("a style block is in the body", "move it into the head"),
    "style-poison": ("a style block contains something that Gmail rejects: {problem}", "correct it; Gmail drops the whole block"),
    "style-inline": (
        "the style attribute “{style}” contains something that Gmail rejects: {problem}",
        "correct it; Gmail drops the whole attribute",
    ),
    "style-external": ("the mail loads {what}, which most mail clients do not load", "write the rules into the style block"),
    "important": ("an inline style contains !important", "move the rule into a style block"),
    "important-spelling": (
        "some mail clients do not understand “{found}” in a style block",
        "write a space, then lowercase `!important`",
        "ask the designer to write a space, then !important in lowercase",
    ),
    "mso-balance": ("the conditional comments for Outlook do not match: {problem}", "correct the template"),
    "table-balance": (
        "the table tags do not match, as read by {view}: {problem}",
        "close every table, row and cell in order",
    ),
    "no-active": ("the mail contains {what}, which mail clients remove or distrust", "correct the template"),
    "role": (
        "a table has no role: “{words}”",
        "add role=presentation if it is only for layout; use th for the headings of a data table",
    ),
    "role-data": (
        "a data table is marked as a layout table: “{words}”",
        "delete role=presentation; the th elements show that it is a data table",
    ),
    "lang": ("the mail's language is “{found}”, but the issue's language is “{wanted}”", "correct lang in the template"),
    "dir": (
        "the mail's text direction is “{found}”, but its language needs “{wanted}”",
        "write dir on the html element",
    ),
    "lang-wrapper": (
        "no element in the body has lang={wanted} and dir={direction}",
        "write both on the outermost div; webmail drops the html element",
    ),
    "lang-part": (
        "the words “{text}” are not marked as Chinese",
        'mark them in the theme: `<span lang="zh-CN">{text}</span>`',
    ),
    "title": ("the mail has no title", "add a title to the template"),
    "headings": ("{problem}", "correct the template or the order of the headings"),
    # Outlook, and layout
    "outlook-width": ("{problem} is too wide for Outlook", "keep width and padding together at {limit} pixels or less"),
    "image-width": (
        "the picture {src} has no width in pixels (found: {found})",
        "give it a width in pixels, {limit} at most",
    ),
    "outlook-box": ("Outlook on Windows does not draw the {problem}", "put it on a table cell"),
    "css-margin": ("“{what}” in {where}: Outlook and Yahoo ignore negative margins", "use a table for the layout"),
    "css-position": ("“{what}” in {where} does not work in Gmail and Outlook", "use a table for the layout"),
    "css-flex": ("“{what}” in {where} does not work in Outlook and in parts of Gmail", "use a table for the layout"),
    "css-grid": ("“{what}” in {where} does not work in Gmail and Outlook", "use a table for the layout"),
    "css-variable": ("“{what}” in {where} does not work in Gmail and Outlook", "write the value itself"),
    # design
    "contrast": (
        "“{words}”: {fore} on {back} has a contrast of {ratio}:1; at least {wanted}:1 is needed",
        "darken or lighten one of the two colours in theme.yaml or theme.css",
    ),
    "contrast-dark": (
        "in dark mode, “{words}”: {fore} on {back} has a contrast of {ratio}:1; at least {wanted}:1 is needed",
        "set the element's colour in the dark rules of media.css",
    ),
    "alt-contrast": (
        "with pictures blocked, the alternative text “{words}”: {fore} on {back} has a contrast of {ratio}:1; at least "
        "{wanted}:1 is needed",
        "set the text colour of the cell or table around the picture in theme.css",
    ),
    "alt-contrast-dark": (
        "in dark mode and with pictures blocked, the alternative text “{words}”: {fore} on {back} has a contrast of {ratio}:1; "
        "at least {wanted}:1 is needed",
        "set the text colour of the cell or table around the picture in the dark rules of media.css",
    ),
    "dark-meta": ("the meta element {name} is not “light dark”", "add it to the head of the template"),
    "dark-scheme": ("no style block contains :root {{ color-scheme: light dark; }}", "add it to media.css"),
    # pictures
    "alt": (
        "the picture {src} has no alternative text",
        "add an alt attribute to it in the theme's template; leave it empty if the picture is only decoration",
    ),
    "alt-length": (
        "the alternative text has {size} characters; at most {limit} are recommended: {words}",
        "write the main point; put the rest in the caption",
    ),
    "alt-file": (
        "the alternative text is a file name: {words}",
        "describe the picture in the square brackets",
        "describe the picture in its field “Alternative text”",
    ),
    "alt-link": (
        "the picture that links to {url} has no alternative text",
        "describe the link's destination in the picture's square brackets",
        "say in the picture's field “Alternative text” where its link leads",
    ),
    "alt-caption": (
        "the alternative text repeats the caption: “{words}”",
        "describe the picture, or leave the square brackets empty",
        "describe the picture in its field “Alternative text”, or leave the field empty if the picture is decorative",
    ),
    "image-kind": ("{kind} is not shown by {where}", "save it as JPEG, PNG or GIF"),
    "image-only": (
        "the mail has only {words} characters of text outside its pictures; text takes {share} percent of its area",
        "write what the pictures show as text, too; spam filters distrust mails that consist of pictures",
    ),
    "image-missing": ("the picture is still missing", "put the file in images/ and write its name here", "upload the picture"),
    "qr-code": (
        "the WeChat QR code {src} is {problem} ({width} × {height} px)",
        "download the code again in a larger size, and cut the picture to the code and its white margin",
        "download the code again in a larger size, and crop the picture to the code and its white margin",
    ),
    "footer-unwritten": (
        "the theme does not show {what}, which the footer of the issue has",
        "add it to the footer of the theme; docs/themes.md lists the values",
        "choose another design",
    ),
    "images-https": ("the picture “{url}” is not loaded over https", "set a public address that begins with https://"),
    # subject, preheader and text
    "subject": ("{problem}", "write {least} to {most} characters; a Chinese character counts as two"),
    "subject-capitals": (
        "the subject is written in capitals only",
        "write it as a sentence; spam filters treat capitals as shouting",
    ),
    "subject-signs": ("the subject looks like shouting: “{found}”", "one such character is enough"),
    "subject-advertisement": (
        "the list is for advertisements to China, so the subject must begin with 广告 or AD",
        "begin the subject with 广告, or use another list",
    ),
    "subject-characters": (
        "the {key} contains {character}, which hides or reorders text",
        "delete it; it often comes in when text is copied",
    ),
    "preheader": ("{problem}", "put the preview text into a hidden element at the beginning of the body in the theme's template"),
    "preheader-length": (
        "the width of the preview text is {wide}; a Chinese character counts as two",
        "write {least} to {most} characters that add to the subject",
    ),
    "preheader-subject": ("the preview text repeats the subject", "write something that adds to the subject"),
    "preheader-filler": (
        "the width of the preview text is only {wide}, so inboxes also show the first words of the mail",
        "write {least} characters or more (a Chinese character counts as two), or let the template add filler",
        "write {least} characters or more; a Chinese character counts as two",
    ),
    "control-chars": (
        "{part} contains the control character {character}",
        "delete it in the issue or in the template; Gmail may cut the mail there",
    ),
    "literal-escape": (
        "the attribute {attribute} contains a literal {found}: “{words}”",
        "escape the value in the template as the themes of Mailroom do",
    ),
    "placeholder": ("“{text}” is left over from a draft", "write the final text, or delete it"),
    "text-missing": (
        "the mail has no plain-text part",
        "correct text.txt.j2 of the theme; spam filters distrust a mail without plain text",
    ),
    "text-parity": ("the plain-text part lacks {what}", "correct text.txt.j2 of the theme"),
    "postal-address": (
        "the postal address is missing in {where}",
        "write it as footer.address in the head",
        "write it in the footer of the issue",
    ),
    "editor-mark": ("an editor's mark is left: {text}", "resolve the note, then delete it"),
    # links and fields
    "link-url": ("the link “{url}” cannot be sent in a mail: {problem}", "correct the link"),
    "link-empty-text": (
        "the link to {url} has no text",
        "describe the link's destination in the square brackets",
        "write the words that readers click",
    ),
    "link-text": ("“{words}” does not say where the link leads: {url}", "describe the link's destination"),
    "link-bare": (
        "the link shows its address instead of a text: {url}",
        "write `[words](https://…)`",
        "select the address, press “Link” and fill in “Words of the link”",
    ),
    "link-same": ("“{words}” links to {first} and also to {url}", "use a different text for each link"),
    "anchor-dead": (
        "the link {url} has no target in the mail",
        "correct the id or the template",
        "choose the article again with “Link”",
    ),
    "anchor-used": (
        "the link {url} jumps to another place in the mail, which Gmail on iOS does not support",
        "make sure that the text is clear without the link",
    ),
    "tokens": ("{problem}", "use the merge field in both parts, or correct the template"),
    "token-left": (
        "every reader would see “{text}”",
        "write a merge field as `{{{{ name }}}}`, or delete the text",
        "press “Merge field” and choose what each reader sees, or delete the text",
    ),
    "merge": ("{problem}", "this is an error in the theme: its template must not write merge fields itself"),
    "unsubscribe": ("there is no visible unsubscribe link in {where}", "put it in the footer of the theme"),
    "list-headers": (
        "the headers of the mail are wrong: {problem}",
        "set MAILROOM_PUBLIC_URL to the public https address; mailbox providers reject bulk mail without one-click unsubscribe",
    ),
    "digest-archive": (
        "the mail is a digest, but the list “{list}” has no archive: its links would lead nowhere",
        "open it with `mailroom list archive {slug} unlisted`, or write `layout: full` in the head of the issue",
        "open the archive of the list, at least for people who know its address",
    ),
    # mail clients
    "support": ("{feature} is not supported by {clients}", "make sure that the mail works there without it"),
    # checked over the network, or by a filter on this machine
    "link-dead": ("the link {url} does not work: {problem}", "correct the address, or link to something else"),
    "link-offline": (
        "none of the host names in the links was found: {names}",
        "check the network of this machine; if it works, correct the names",
    ),
    "link-moved": ("the link {url} redirects to {to}", "write the new address"),
    "link-silent": ("the link {url} could not be checked: {problem}", "open it in a browser"),
    "link-private": ("the link {url} is not a public address", "use the public address; readers cannot open this one"),
    "spam-score": (
        "the SpamAssassin score is {score}; {limit} or more counts as spam: {reasons}",
        "change first what has the highest score",
    ),
}
