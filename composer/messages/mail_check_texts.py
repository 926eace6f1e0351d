"""The English texts of what the pre-send checks find: code -> (message, hint). Part of `finding_texts`."""

MAIL: dict[str, tuple[str, str]] = {
    # size
    "size-gmail": (
        "the mail has {size} bytes of HTML ({encoded} as quoted-printable); Gmail cuts it at {limit}",
        "shorten the largest articles, or link to the rest of them",
    ),
    "size-encoded": (
        "as quoted-printable the mail has {size} bytes, more than {limit}",
        "Gmail may cut it by that measure; send a test to Gmail, or shorten it",
    ),
    "size-article": (
        "the article “{title}” takes {size} bytes, {share} % of what Gmail shows of a mail",
        "shorten it, or tell it in short and link to the whole",
    ),
    "style-gmail": ("the style blocks have {size} bytes; Gmail drops them above {limit}", "shorten the theme's CSS"),
    "merge-size": (
        "the {count} merge fields of the mail can grow to {size} bytes, more than the {limit} the provider takes",
        "use fewer fields, or the same words after “or” at each place",
    ),
    "images-weight": ("{problem}", "use smaller or fewer pictures"),
    # HTML
    "doctype": (
        "the mail does not begin with <!DOCTYPE html>",
        "begin the template with it; without it programs lay out as in 1999",
    ),
    "style-head": ("a style block stands in the body", "move it into the head"),
    "style-poison": ("{problem} in a style block", "Gmail drops the block; write it plainly"),
    "style-inline": ("{problem} in the style attribute “{style}”", "Gmail drops the attribute; write it plainly"),
    "style-external": ("the mail fetches {what}, which most programs do not", "write the rules into the style block"),
    "important": ("an inline style holds !important", "move the rule into a style block"),
    "important-spelling": (
        "“{found}” in a style block is not understood everywhere",
        "write a blank and then !important, in small letters",
    ),
    "mso-balance": ("the parts for Outlook do not balance: {problem}", "mend the template"),
    "table-balance": ("in the view of {view} the tables do not balance: {problem}", "close every table, row and cell in order"),
    "no-active": ("the mail holds {what}, which mail programs strip or distrust", "mend the template"),
    "role": ("a table lacks its role: “{words}”", "write role=presentation, or th for the headings of data"),
    "role-data": ("a table of data has the role of layout: “{words}”", "leave role=presentation out; th tells what it is"),
    "lang": ("the mail says its language is “{found}”, the issue says “{wanted}”", "mend the template"),
    "dir": ("the mail says its direction is “{found}”, its language has “{wanted}”", "write dir on the html element"),
    "lang-wrapper": (
        "within the body nothing has lang={wanted} and dir={direction}",
        "webmail drops the html element; write both on the outermost div, too",
    ),
    "lang-part": ("the words “{text}” are not marked as Chinese", "write [{text}]{{lang=zh-CN}}, or let the template mark them"),
    "title": ("the mail has no title", "mend the template"),
    "headings": ("{problem}", "mend the template or the order of headings"),
    # Outlook, and what lays out
    "outlook-width": ("for Outlook {problem} is too wide", "let width and padding together be {limit} at most"),
    "image-width": ("the picture {src} has the width {found}", "give it a width in pixels, {limit} at most"),
    "outlook-box": ("Outlook on Windows does not draw the {problem}", "put it on a table's cell"),
    "css-margin": ("“{what}” in {where}: negative margins do not work in Outlook and Yahoo", "lay it out with a table"),
    "css-position": ("“{what}” in {where} does not work in Gmail and Outlook", "lay it out with a table"),
    "css-flex": ("“{what}” in {where} does not work in Outlook and in parts of Gmail", "lay it out with a table"),
    "css-grid": ("“{what}” in {where} does not work in Gmail and Outlook", "lay it out with a table"),
    "css-variable": ("“{what}” in {where} does not work in Gmail and Outlook", "write the value itself"),
    # look
    "contrast": (
        "{fore} on {back} has a contrast of {ratio}:1, less than {wanted}:1: “{words}”",
        "darken or lighten one of the two in theme.yaml or theme.css",
    ),
    "contrast-dark": (
        "on dark screens {fore} on {back} has a contrast of {ratio}:1, less than {wanted}:1: “{words}”",
        "name the element in the dark rules of media.css",
    ),
    "dark-meta": ("the meta {name} does not say “light dark”", "add it to the head of the template"),
    "dark-scheme": ("no style block says :root {{ color-scheme: light dark; }}", "add it to media.css"),
    # pictures
    "alt": (
        "the picture {src} has no alternative text",
        "say in the square brackets what is to be seen; empty if it only decorates",
    ),
    "alt-length": (
        "the words for a picture have {size} characters, more than {limit}: {words}",
        "say the main thing; tell the rest in the caption",
    ),
    "alt-file": ("the words for a picture are a file name: {words}", "say in the square brackets what is to be seen"),
    "alt-link": ("the picture that links to {url} has no words", "say where the link leads"),
    "alt-caption": (
        "the picture's words repeat its caption: “{words}”",
        "say what is to be seen, or leave the square brackets empty",
    ),
    "image-kind": ("{kind} is not shown by {where}", "save it as JPEG, PNG or GIF"),
    "image-only": (
        "with pictures off {words} characters are left; words take {share} % of the room",
        "write what the pictures say as text, too; filters distrust mail of pictures",
    ),
    "image-missing": ("the picture is not there yet", "put the file into images/ and its name here"),
    "images-https": ("the picture “{url}” is not fetched over https", "set a public address that begins with https://"),
    # words
    "subject": ("{problem}", "write a subject of 20 to 90 characters"),
    "subject-capitals": ("the subject is written in capitals only", "write it as a sentence; filters take it for shouting"),
    "subject-signs": ("the subject shouts: “{found}”", "one sign is enough"),
    "subject-advertisement": (
        "the list is for advertisements to China, whose subject must begin with 广告 or AD",
        "begin the subject with 广告, or change the list",
    ),
    "subject-characters": (
        "the {key} holds {character}, which hides or reorders what is read",
        "delete it; it often comes in by copying",
    ),
    "preheader": ("{problem}", "let the template show it in a hidden element at the beginning of the body"),
    "preheader-length": ("the preheader is {wide} columns wide", "write {least} to {most} columns that add to the subject"),
    "preheader-subject": ("the preheader repeats the subject", "add to the subject instead"),
    "preheader-filler": (
        "behind a preheader of {wide} columns inboxes go on with the mail's first words",
        "write {least} columns or more, or let the template add filler",
    ),
    "control-chars": ("{part} holds the character {character}", "delete it where it comes in; Gmail may cut the mail there"),
    "literal-escape": (
        "the attribute {attribute} holds a literal {found}: “{words}”",
        "escape the value in the template as Mailroom does",
    ),
    "placeholder": ("“{text}” is left of a draft", "write what is meant, or delete it"),
    "text-missing": ("the mail has no text part", "mend text.txt.j2 of the theme; filters distrust mail without"),
    "text-parity": ("the text part lacks {what}", "mend text.txt.j2 of the theme"),
    "postal-address": ("the postal address is not in {where}", "give footer.address in the head"),
    "editor-mark": ("a mark for the editor is left: {text}", "settle it and delete the mark"),
    # links and fields
    "link-url": ("the link “{url}” may not go into a mail: {problem}", "mend the link"),
    "link-empty-text": ("the link to {url} has no words", "say in the square brackets what is found there"),
    "link-text": ("“{words}” does not say where the link leads: {url}", "name what is found there"),
    "link-bare": ("the link shows its address instead of words: {url}", "write [words](https://…)"),
    "link-same": ("“{words}” leads to {first} and to {url}", "name what is different"),
    "anchor-dead": ("nothing in the mail has the id of the link {url}", "correct the id, or mend the template"),
    "anchor-used": (
        "the link to {url} stays within the mail, which Gmail on iOS cannot do",
        "let the text make sense without it",
    ),
    "tokens": ("{problem}", "use the merge field in both parts, or mend the template"),
    "token-left": ("“{text}” would be read by everybody", "write a merge field as {{{{ name }}}}, or delete it"),
    "merge": ("{problem}", "this is a fault of the theme: let Mailroom place its fields"),
    "unsubscribe": ("there is no visible unsubscribe link in {where}", "put it into the footer of the theme"),
    "list-headers": (
        "the headers of the mail are not in order: {problem}",
        "MAILROOM_PUBLIC_URL must be the public https address; providers refuse mail to many without one-click unsubscribe",
    ),
    # programs
    "support": ("{feature} is not known to {clients}", "see that the mail can do without it there"),
    # asked of the network, or of a filter on this machine
    "link-dead": ("the link {url} leads nowhere: {problem}", "correct the address, or link to something else"),
    "link-offline": ("none of the names in the links could be found: {names}", "is this machine online? if it is, correct them"),
    "link-moved": ("the link {url} leads on to {to}", "write the new address"),
    "link-silent": ("the link {url} could not be tried: {problem}", "open it in a browser"),
    "link-private": ("the link {url} is at no public address", "readers cannot open it; write the public address"),
    "spam-score": ("SpamAssassin gives {score} points, and {limit} are spam: {reasons}", "change what costs the most points"),
}
