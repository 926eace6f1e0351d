"""The English texts of what is wrong with merge fields, links, pictures and summaries: a part of those of `finding_texts`."""

CONTENT: dict[str, tuple[str, ...]] = {
    # merge fields
    "field-unknown": ("there is no merge field “{name}”", "did you mean “{nearest}”?"),
    "field-shape": (
        "“{text}” is not a valid merge field",
        'write it as `{{{{ name or "reader" }}}}`; for two braces as text, write `\\{{\\{{`',
        "delete it, and press “Merge field”",
    ),
    "field-foreign": (
        "“{text}” is a merge field of another mail system; every reader would see it as it is written",
        "write `{nearest}` instead; if it is meant as text, leave it",
        "delete it, and press “Merge field”",
    ),
    "field-default": (
        "the field “{name}” shows nothing to readers of whom it is not known",
        'add a default text: `{{{{ {name} or "reader" }}}}`',
        "press the field, and fill in “For readers without it”",
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
    "link-empty": ("the link has no address", "write the address in the round brackets", "write the address to which it leads"),
    "link-scheme": ("a link may not begin with “{scheme}:”", "use https://, http://, mailto: or tel:"),
    "link-relative": ("the link “{url}” is not a complete address", "begin it with https://"),
    "link-host": ("“{url}” has no valid host name", "check the part after //"),
    "link-login": ("“{url}” contains a user name or password", "delete the part before the @"),
    "address-space": (
        "“{src}” has a space, so the link or the picture is not recognised",
        "rename the file, or write angle brackets around it: `(<{src}>)`",
        "rename the file, or write %20 for a space in the address",
    ),
    "link-character": ("the link “{url}” contains an invisible character", "copy the address again"),
    "link-anchor": (
        "no article has the id “{id}”",
        "did you mean “#{nearest}”?",
        "choose the article again with “Link”",
        "the link leads to an article that is not in this issue",
    ),
    "link-mail": ("“{url}” is not a valid mail link", "write mailto:name@example.org"),
    "link-phone": ("“{url}” is not a valid telephone link", "write tel:+861012345678"),
    "link-http": ("the link “{url}” is not encrypted", "use https:// if the site supports it"),
    "link-no-text": (
        "the link to “{url}” has no text",
        "describe the link's destination in the square brackets",
        "write the words that readers click",
    ),
    # accounts in the footer
    "social-link": (
        "the account “{name}” has no web address: “{url}”",
        "write the address of its page, beginning with https://",
    ),
    "social-many": (
        "the footer has {count} accounts; at most {limit} are allowed",
        "keep the ones that readers use most",
    ),
    # pictures
    "image-empty": (
        "the picture has no file name",
        "write the file name in the round brackets, or the word `missing`",
        "choose a picture",
        "no picture is chosen",
    ),
    "image-field": (
        "the picture's file name contains a merge field or an editor's mark",
        "write the name of a file, or the word `missing`",
        "choose a picture",
        "the picture cannot be found by its name",
    ),
    "image-file": ("there is no picture {src}", "did you mean {nearest}?", "upload the picture, or choose another one"),
    "image-path": ("“{src}” is outside the issue folder", "put the file in images/ next to issue.md", "upload the picture"),
    "image-remote": (
        "“{src}” is on the web",
        "save the picture in images/ and name that file",
        "save the picture on your computer, and upload it",
    ),
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
    # summaries
    "summary-not-first": (
        "the summary is not at the beginning of the article",
        "move it directly below the heading; if it is a paragraph, write `Summary\\:`",
        "move the card “Summary and author” to the top",
    ),
    "summary-label": (
        "“{label}” is part of the text; a summary begins with “Summary:”",
        "write `Summary:` instead; if it is meant as text, leave it",
        "add the card “Summary and author”, and move the sentence there",
    ),
    "author-not-first": (
        "the author is not at the beginning of the article",
        "move it directly below the heading or the line `Summary:`, without an empty line; if it is a paragraph, write `By\\:`",
        "move the card “Summary and author” to the top",
    ),
    "author-label": (
        "“{label}” is part of the text; the name of the author begins with “By:”",
        "write `By:` instead; if it is meant as text, leave it",
        "write the name in the card “Summary and author”",
    ),
    "text-not-first": (
        "“Text: whole” is not at the beginning of the article",
        "move it directly below the heading or the line `Summary:`, without an empty line; if it is a paragraph, write `Text\\:`",
        "move the card “Summary and author” to the top",
    ),
    "text-label": (
        "“{label}” is part of the text; only “Text: whole” means that a digest has the whole text",
        "write `Text: whole`, or delete the label; if it is meant as text, leave it",
        "delete it, or tick “A digest has the whole text of this article” in the card “Summary and author”",
    ),
    "label-continued": (
        "“{text}” is directly below the line “{label}:” and would be a part of it",
        "put an empty line before it",
    ),
    "summary-outside": (
        "the summary is not in an article",
        "move it directly below a line `## Title`; a section has no summary",
        "move the card “Summary and author” into an article",
    ),
    "summary-empty": (
        "the line with the summary or the author is empty",
        "write something after the colon, or delete the line",
        "fill the card “Summary and author”, or delete it",
        "the card with the summary and the author is empty",
    ),
    "summary-twice": ("the article has two lines “{what}”", "delete one of them"),
    "summary-whole": (
        "“Text: {text}” is not understood",
        "write `Text: whole` if a digest should have the whole text, or delete the line",
        "tick “A digest has the whole text of this article” in the card “Summary and author”",
        "the choice “{text}” in the card “Summary and author” is not understood",
    ),
}
