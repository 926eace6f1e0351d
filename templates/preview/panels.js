// The panels next to the mail that only show data: articles, headers, links, sizes.
import {at, count, gauge, kilobytes, make, say} from "./dom.js";

export function tellArticles({articles, language}, choose) {
  const largest = Math.max(1, ...articles.map((each) => each.bytes));
  at("panel-articles").replaceChildren(make("p", {class: "quiet"}, say("articles-hint")), make("ol", {class: "rows"}, ...articles.map((each) =>
    make("li", {}, make("button", {type: "button", click: () => choose(each)},
      make("span", {lang: language, dir: "auto"}, each.title), make("span", {class: "quiet", lang: language}, each.section),
      make("span", {class: "bytes"}, kilobytes(each.bytes)), gauge(each.bytes / largest, "thin"))))));
}

export function tellHeaders({headers}) {
  const rows = headers.flatMap(([name, value, remark]) => [
    make("dt", {}, name || say("refused")), make("dd", {}, make("bdi", {}, value)),
    ...(remark && name ? [make("dd", {class: "remark"}, say(remark))] : []),
  ]);
  at("panel-headers").replaceChildren(make("p", {class: "quiet"}, say("headers-hint")), make("dl", {class: "facts"}, ...rows));
}

export function tellLinks({links, language}) {
  at("panel-links").replaceChildren(make("p", {class: "quiet"}, say("links-hint")), make("ol", {class: "links-list"}, ...links.map(({url, words: said}) =>
    make("li", {}, make("span", {lang: language, dir: "auto"}, said || say("no-words")), make("br"),
      /^https?:/.test(url) ? make("a", {href: url, target: "_blank", rel: "noopener noreferrer"}, url)
        : url === "#" ? make("span", {class: "quiet"}, say("own-page")) : make("code", {}, url)))));
}

export function tellSizes({sizes, digest}) {
  const one = (bytes, label, limit, warns) => make("div", {class: "size"},
    make("strong", {}, kilobytes(bytes)), make("span", {}, label),
    ...(limit ? [gauge(bytes / limit, bytes > limit ? "over" : bytes > warns ? "near" : ""),
      make("span", {class: "quiet"}, `${say("percent", {percent: Math.round(100 * bytes / limit)})} · ${say("bytes", {count: count(bytes)})}`)] : []));
  const pictures = sizes.each_picture.map((each) => make("tr", {},
    make("td", {}, `${each.name} `, make("span", {class: "quiet"}, `${each.width} × ${each.height}`)), make("td", {}, kilobytes(each.bytes))));
  at("panel-sizes").replaceChildren(
    one(sizes.html, say("size-html", {limit: kilobytes(sizes.html_limit)}), sizes.html_limit, sizes.html_warns),
    one(sizes.travelling, say("size-travelling")),
    one(sizes.styles, say("size-styles", {limit: kilobytes(sizes.styles_limit)}), sizes.styles_limit, sizes.styles_warn),
    one(sizes.text, say("size-text")),
    one(sizes.pictures, say("size-pictures", {limit: kilobytes(sizes.pictures_limit)}), sizes.pictures_limit, 0.8 * sizes.pictures_limit),
    pictures.length ? make("table", {class: "weights"}, make("tbody", {}, ...pictures)) : null,
    make("p", {class: "quiet"}, `${say("size-digest")} `, make("code", {}, digest.slice(0, 16))));
}
