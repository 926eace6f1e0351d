"""The command `python -m tests.bench.composing`: how long composing the sample issue takes, compared with npm's mjml and juice.

Everything is measured in one run, in turn within each round. mjml and juice get the MJML that Mailroom generates from the same
issue. Each of the two runs as its own process, as a user would start it. Their packages are installed into var/bench/npm if Node
is installed.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from composer import preflight
from composer.composition import compose_folder
from composer.images.picture_encoder import Picture
from composer.issue.parsing.issue_file import load_issue
from composer.pipeline import compose, encode_pictures, mail_to_check
from composer.rendering.css_inliner import inline_css
from composer.rendering.mjml_compiler import compile_mjml
from composer.rendering.mjml_rendering import render_mjml
from composer.rendering.text_part import render_text
from composer.themes.theme_loading import load_theme
from tests.bench.measuring import WORK
from tests.support.issues import full_copy

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmarks" / "composing.md"
PACKAGES = ("mjml@4.18.0", "juice@11.0.1")
SLOWEST = 70  # milliseconds of a warm compose; more on a machine on which mjml and juice take more than REFERENCE
REFERENCE = 780  # milliseconds of their command lines for the mail of today; machines differ by a factor of two
LEAST_RATIO = 10  # times as fast as mjml and juice


def address(picture: Picture) -> str:
    return f"https://news.example.org/media/{picture.name}"


@contextmanager
def timed(found: dict[str, list[float]], name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    found.setdefault(name, []).append((time.perf_counter() - began) * 1000)


def sample(folder: Path) -> Path:
    """A new copy of the sample in `folder`, with its whole text in the mail: most of a digest is not composed."""
    shutil.rmtree(folder / "sample", ignore_errors=True)
    return full_copy(folder / "sample")


def stages(found: dict[str, list[float]], folder: Path) -> str:
    """One compose of the issue in `folder`, stage by stage; returns the MJML."""
    with timed(found, "stage: read the issue file"):
        issue = load_issue(folder)
    theme = load_theme(issue.theme)
    with timed(found, "stage: pictures (encoded before)"):
        pictures = encode_pictures(issue, folder)
    urls = {src: address(picture) for src, picture in pictures.items()}
    tags = issue.tags()
    with timed(found, "stage: template to MJML"):
        mjml = render_mjml(issue, theme, tags, pictures, urls)
    with timed(found, "stage: MJML to HTML"):
        html = compile_mjml(mjml)
    with timed(found, "stage: inline the theme's CSS"):
        inline_css(html, theme.css)
    with timed(found, "stage: text part"):
        render_text(issue, theme, tags)
    mail = compose(issue, folder=folder, theme=theme, picture_url=address)
    with timed(found, "stage: pre-send checks"):
        preflight.inspect(mail_to_check(mail, issue, theme, urls))
    return mjml


def changed(full: Path, folder: Path, number: int) -> Path:
    """A copy of an issue in which every long line ends differently from the copy before, so that no cached text is used."""
    place = folder / "changed"
    if not place.is_dir():
        shutil.copytree(full, place)
    lines = (full / "issue.md").read_text(encoding="utf-8").split("\n")
    body = lines.index("---", 1) + 1
    for at in range(body, len(lines)):
        if len(lines[at]) > 60 and lines[at][0].isalpha():
            lines[at] += f" (copy {number}, line {at})"
    (place / "issue.md").write_text("\n".join(lines), encoding="utf-8")
    return place


def process(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)


def node_tools() -> tuple[Path | None, str]:
    """The folder of the npm commands, or None and the reason."""
    if not shutil.which("node") or not shutil.which("npm"):
        return None, "Node is not installed on this machine"
    home = WORK / "npm"
    home.mkdir(parents=True, exist_ok=True)
    names = [home / "node_modules" / package.split("@")[0] for package in PACKAGES]
    if not all(name.is_dir() for name in names):
        run = subprocess.run(
            ["npm", "install", "--prefix", str(home), "--no-audit", "--no-fund", "--loglevel=error", *PACKAGES],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if run.returncode:
            return None, f"npm could not install {' '.join(PACKAGES)}"
    return home / "node_modules" / ".bin", ""


COLD = "import sys; from pathlib import Path; from composer.composition import compose_folder as c; c(Path(sys.argv[1]), picture_url=lambda p: p.name)"


def measure(rounds: int) -> dict[str, Any]:
    found: dict[str, list[float]] = {}
    place = WORK / "composing"
    place.mkdir(parents=True, exist_ok=True)
    full = sample(place)
    mjml = stages({}, full)  # warm
    source, html, inlined = place / "issue.mjml", place / "issue.html", place / "inlined.html"
    source.write_text(mjml, encoding="utf-8")
    tools, why = node_tools()
    for number in range(rounds):
        for turn in range(5):
            with timed(found, "compose, warm"):
                compose_folder(full, picture_url=address)
            folder = changed(full, place, number * 5 + turn)
            with timed(found, "compose, warm, every paragraph changed"):
                compose_folder(folder, picture_url=address)
            stages(found, full)
        with timed(found, "compose, new Python process, with pictures"):
            process(sys.executable, "-c", COLD, str(full))
        with timed(found, "mailroom issue build, whole process"):
            shutil.rmtree(place / "out", ignore_errors=True)
            process(str(ROOT / ".venv/bin/mailroom"), "issue", "build", str(full), "--to", str(place / "out"))
        if tools:
            with timed(found, "npm mjml, whole process"):
                process(str(tools / "mjml"), str(source), "-o", str(html))
            with timed(found, "npm juice, whole process"):
                process(str(tools / "juice"), str(html), str(inlined))
    medians = {name: round(statistics.median(values), 2) for name, values in found.items()}
    others = medians.get("npm mjml, whole process", 0) + medians.get("npm juice, whole process", 0)
    checks = "stage: pre-send checks"
    medians["sum of the stages without the checks"] = round(
        sum(value for name, value in medians.items() if name.startswith("stage: ") and name != checks), 2
    )
    return {
        "milliseconds": medians,
        "ratio": round(others / medians["compose, warm"], 1) if others else None,
        "skipped": why,
        "rounds": rounds,
        "load": round(os.getloadavg()[0], 1),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("mjml-python", "premailer", "Jinja2", "nh3", "markdown-it-py")}
        | dict(package.split("@") for package in (PACKAGES if tools else ())),
    }


def page(found: dict[str, Any]) -> str:
    rows = "\n".join(f"| {name} | {milliseconds:,.2f} |" for name, milliseconds in found["milliseconds"].items())
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    ratio = f"they take **{found['ratio']} times** as long" if found["ratio"] else f"not measured ({found['skipped']})"
    return f"""# Composing benchmark

For developers: how long Mailroom takes to compose a mail, by stage, compared with npm's mjml and juice.

`make bench-compose` writes this page. Median of {found["rounds"]} rounds in one run with the sample issue (`examples/cast-2023-03`: 11 articles,
10 pictures, 26 KB of text, in the full layout); {found["cpus"]} processors, load {found["load"]} at the end, Python {found["python"]}.

| what | milliseconds |
|---|--:|
{rows}

The command lines of npm's mjml and juice together, compared with a warm compose of Mailroom: {ratio}.

- **Warm** is the case of preview, launch and a worker: the program is running, and theme and pictures are cached. It reads the
  file, fills the templates, compiles, inlines, writes the text part and runs every check. No text of an issue is cached: the
  second line composes a text in which each paragraph differs from the round before.
- **Checks** are part of every compose. The line "sum of the stages without the checks" is the time for the mail itself.
- **Fairness.** The command lines start Node each time, which takes most of their time. Within a running Node program mjml takes about 20 ms and
  juice 10 ms for such a mail. As a command, compare them with the line `mailroom issue build`: it also reads
  Markdown, encodes ten pictures and checks the mail, which they do not.
- Versions: {versions}.
"""


def main(arguments: list[str] | None = None, say: Callable[[str], None] = print) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.composing")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks/composing.md and .json")
    options = parser.parse_args(arguments)
    found = measure(options.rounds)
    for name, milliseconds in found["milliseconds"].items():
        say(f"{milliseconds:10,.2f} ms  {name}")
    say(f"mjml + juice as commands take {found['ratio']} times as long as a warm compose" if found["ratio"] else found["skipped"])
    warm, ratio = found["milliseconds"]["compose, warm"], found["ratio"]
    most = SLOWEST * max(1, (ratio or 0) * warm / REFERENCE)
    is_slow = warm > most or (ratio is not None and ratio < LEAST_RATIO)
    compared = f"at least {LEAST_RATIO} times as fast" if ratio else "not compared with npm"
    say(f"{'OUTSIDE' if is_slow else 'within'} the bounds: a warm compose in at most {most:.0f} ms, {compared}")
    if options.write:
        PAGE.write_text(page(found), encoding="utf-8")
        PAGE.with_suffix(".json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return int(is_slow)


if __name__ == "__main__":
    sys.exit(main())
