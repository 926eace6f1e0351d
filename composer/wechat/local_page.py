"""Writes the page of an export that people open from their disk: the article at the width of a phone, and a button to copy it.

The page is a local file, so its script is inline. Nothing on it uses the network.
"""

from composer.issue.languages import direction_of
from composer.rendering.escaping import escaped, quoted
from composer.wechat.article import WechatArticle

PHONE_WIDTH = 375  # CSS pixels
_ENGLISH = {
    "copy": "Copy the article", "copied": "Copied. Paste it into the editor of your WeChat official account.",
    "failed": "The browser did not allow copying. Select the article and copy it.",
    "title": "Title", "digest": "Digest", "author": "Author", "pictures": "Pictures, in order",
    "upload": "In the copied article, the name of its file marks the place of each picture. Upload the pictures there.",
    "none": "This article has no pictures.",
}  # fmt: skip
_CHINESE = {
    "copy": "复制文章", "copied": "已复制，请粘贴到公众号的图文编辑器中。", "failed": "浏览器不允许复制，请选中文章后手动复制。",
    "title": "标题", "digest": "摘要", "author": "作者", "pictures": "图片（按出现顺序）",
    "upload": "复制的文章中，每张图片的位置标有文件名，请在该处上传对应的图片。", "none": "本文没有图片。",
}  # fmt: skip
_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ margin: 0; font: 15px/1.5 sans-serif; background: #eceef0; color: #1d2125 }}
main {{ display: flex; flex-wrap: wrap; gap: 24px; justify-content: center; padding: 24px }}
article, aside {{ background: #fff; padding: 20px 16px; box-sizing: border-box; width: {width}px; max-width: 100% }}
aside {{ align-self: start }}
h1 {{ font-size: 22px; line-height: 1.4; margin: 0 0 16px }}
h2 {{ font-size: 15px; margin: 16px 0 4px }}
aside p, aside ol {{ margin: 0; overflow-wrap: anywhere }}
button {{ font: inherit; padding: 10px 16px; min-height: 44px }}
</style>
</head>
<body>
<main>
<article lang="{article_language}" dir="{direction}"><h1>{title}</h1>{article}</article>
<aside>
<p><button type="button" id="copy">{label_copy}</button></p>
<p id="status" role="status" data-copied="{label_copied}" data-failed="{label_failed}"></p>
<h2>{label_title}</h2><p>{title}</p>
<h2>{label_digest}</h2><p>{digest}</p>
<h2>{label_author}</h2><p>{author}</p>
<h2>{label_pictures}</h2>{pictures}
</aside>
</main>
<template id="article">{clipboard}</template>
<script>
const line = document.getElementById("status");
document.getElementById("copy").addEventListener("click", () => {{
  const html = document.getElementById("article").innerHTML;
  const put = (event) => {{
    event.clipboardData.setData("text/html", html);
    event.clipboardData.setData("text/plain", document.querySelector("article").innerText);
    event.preventDefault();
  }};
  document.addEventListener("copy", put, {{ once: true }});
  const copied = document.execCommand("copy");
  document.removeEventListener("copy", put);
  line.textContent = copied ? line.dataset.copied : line.dataset.failed;
}});
</script>
</body>
</html>
"""


def local_page(article: WechatArticle, clipboard: str) -> str:
    """Returns the page; `clipboard` is the HTML that its button copies."""
    is_chinese = article.language.lower().split("-")[0] == "zh"
    texts = {key: quoted(text) for key, text in (_CHINESE if is_chinese else _ENGLISH).items()}
    rows = "".join(f"<li>{escaped(placed.name)}</li>" for placed in article.pictures)
    fields = {"title": article.title, "digest": article.digest, "author": article.author or "–"}
    return _PAGE.format(
        **{key: escaped(text) for key, text in fields.items()}, **{f"label_{key}": text for key, text in texts.items()},
        width=PHONE_WIDTH, language="zh-Hans" if is_chinese else "en", article_language=quoted(article.language),
        direction=direction_of(article.language), article=article.html, clipboard=clipboard,
        pictures=f"<ol>{rows}</ol><p>{texts['upload']}</p>" if rows else f"<p>{texts['none']}</p>",
    )  # fmt: skip
