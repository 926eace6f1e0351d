"""The English texts of what is wrong with an article for WeChat, as in `finding_texts`, of which they are a part."""

WECHAT: dict[str, tuple[str, ...]] = {
    "wechat-language": ("the issue is not written in the language “{value}”", "choose one of: {offered}"),
    "wechat-title-empty": ("the article has no title", "write the subject of the issue"),
    "wechat-title": ("the title has {count} characters; WeChat allows {limit}", "shorten it in WeChat's field"),
    "wechat-title-draft": (
        "the title has {count} characters; programs that store drafts in WeChat may write only {limit}",
        "shorten it if you use such a program; WeChat's own editor allows it",
    ),
    "wechat-digest": ("the digest has {count} characters; WeChat allows {limit}", "shorten the preview text of the issue"),
    "wechat-author": ("the name of the author has {count} characters; WeChat allows {limit}", "write a shorter one in WeChat"),
    "wechat-bytes": ("the article has {size} bytes of HTML; WeChat allows {limit}", "divide the issue into several articles"),
    "wechat-characters": (
        "the article has {count} characters of HTML; programs that store drafts in WeChat must write fewer than {limit}",
        "paste it into WeChat's own editor, or divide the issue into several articles",
    ),
    "wechat-element": ("WeChat drops the element {name}", "this is an error in Mailroom; report it"),
    "wechat-attribute": ("WeChat drops the attribute {name} of <{element}>", "this is an error in Mailroom; report it"),
    "wechat-style": ("WeChat drops the style “{style}”", "this is an error in Mailroom; report it"),
    "wechat-link": ("WeChat drops the link to {url}", "this is an error in Mailroom; report it"),
    "wechat-picture": ("WeChat shows no picture from “{src}”", "this is an error in Mailroom; report it"),
    "wechat-cover": (
        "the article has no picture, but WeChat needs one for the cover",
        "choose a cover in WeChat; it is cut to 2.35:1, such as 900 × 383 pixels",
    ),
    "wechat-picture-type": ("{src} is not a JPEG, PNG or GIF picture", "save it as JPEG or PNG"),
    "wechat-picture-bytes": ("{src} has {size} bytes; WeChat's editor accepts {limit}", "make it smaller"),
    "wechat-picture-draft": (
        "{src} has {size} bytes; programs that store drafts in WeChat may upload fewer than {limit}",
        "upload it in WeChat's own editor, or make it smaller",
    ),
}
