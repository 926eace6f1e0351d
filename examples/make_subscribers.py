"""Makes the two sample subscriber lists: invented people, the same bytes on every run.

Run `python examples/make_subscribers.py [FOLDER]`; without a folder it replaces the lists next to this file.
"""

import csv
import io
import random
import sys
import tomllib
import unicodedata
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
HEADER = ("email", "name", "language", "country", "interests", "role", "joined")
COUNT = 2000
FIRST, LAST = date(2015, 1, 5), date(2023, 3, 24)

# In the sandbox, the domain of an address decides the outcome of its mail. Number of people for each domain:
OUTCOMES = {"bounce": 24, "soft": 16, "defer": 20, "drop": 8, "complain": 4, "open": 60, "click": 40}

INTERESTS = {
    "engineering": 9, "energy": 6, "physics": 5, "chemistry": 5, "life-sciences": 6, "medicine": 5, "agriculture": 4,
    "digital-economy": 5, "climate": 5, "space": 3, "education": 4, "publishing": 2, "policy": 3, "women-in-science": 4,
}  # fmt: skip

# Role: its weight, and the domains of the mailboxes of such people.
ROLES = {
    "researcher": (34, ("univ-{}.example", "{}-institute.example", "lab.{}.example")),
    "engineer": (24, ("works-{}.example", "{}-grid.example", "engineers-{}.example")),
    "student": (16, ("students.univ-{}.example", "univ-{}.example")),
    "teacher": (7, ("school-{}.example",)),
    "policy": (7, ("ministry-{}.example", "{}-council.example")),
    "press": (6, ("{}-herald.example", "radio-{}.example")),
    "librarian": (6, ("library-{}.example",)),
}


class Region(NamedTuple):
    """People of one naming tradition, as `people.toml` describes them."""

    language: str
    countries: dict[str, tuple[int, str]]
    given: str
    family: str
    family_first: bool = False


REGIONS = [Region(**region) for region in tomllib.loads((HERE / "people.toml").read_text(encoding="utf-8"))["region"]]

NOT_DECOMPOSED = str.maketrans({"ł": "l", "Ł": "l", "ß": "ss", "đ": "d", "Đ": "d", "ı": "i", "ø": "o", "'": "", "’": ""})
WITHOUT_SPACE = {"zh-Hans", "ja", "ko"}


def plain(word: str) -> str:
    """A name in the form that an address uses: lower case, ASCII."""
    letters = unicodedata.normalize("NFKD", word.translate(NOT_DECOMPOSED))
    return "".join(c for c in letters if c.isascii()).lower()


def name_parts(word: str) -> tuple[str, str]:
    written, _, spelled = word.partition(":")
    return written, spelled or plain(written)


def person(chance: random.Random) -> tuple[dict[str, str], str]:
    """One row without its address, and the local part and the place from which to build the address."""
    weights = [sum(w for w, _ in r.countries.values()) for r in REGIONS]
    region = chance.choices(REGIONS, weights)[0]
    country = chance.choices(list(region.countries), [w for w, _ in region.countries.values()])[0]
    given, given_plain = name_parts(chance.choice(region.given.split()))
    family, family_plain = name_parts(chance.choice(region.family.split()))
    order = (family, given) if region.family_first else (given, family)
    name = ("" if region.language in WITHOUT_SPACE else " ").join(order)
    style = chance.random()
    if region.language in WITHOUT_SPACE and style < 0.4:  # many sign in Latin letters abroad
        name = f"{family_plain.title()} {given_plain.title()}"
    elif style > 0.985:
        name = ""  # the greeting uses its fallback
    elif style > 0.975 and not region.family_first:
        name = f"{family}, {given}"
    elif style > 0.968 and not region.family_first:
        name = f'Prof. {given} "{given[:2]}" {family}'
    local = chance.choice(
        (f"{given_plain}.{family_plain}", f"{given_plain[0]}.{family_plain}", f"{family_plain}{given_plain[0]}")
    )
    role = chance.choices(list(ROLES), [w for w, _ in ROLES.values()])[0]
    place = chance.choice(region.countries[country][1].split())
    wanted = chance.choices((1, 2, 3, 4), (30, 38, 22, 10))[0]
    interests: list[str] = []
    while len(interests) < wanted:
        if role == "engineer" and not interests and chance.random() < 0.7:
            interests.append("engineering")
        pick = chance.choices(list(INTERESTS), list(INTERESTS.values()))[0]
        if pick not in interests and len(interests) < wanted:
            interests.append(pick)
    # Most people read the newsletter in their own language, many in English.
    language = region.language if chance.random() < 0.8 else "en"
    row = {"name": name, "language": language, "country": country, "interests": ";".join(interests), "role": role}
    return row, f"{local}@{chance.choice(ROLES[role][1]).format(place)}"


def subscribers() -> list[dict[str, str]]:
    """All COUNT rows, in the order in which people joined."""
    chance = random.Random(20230331)  # noqa: S311 - invented people, not secrets
    days = sorted(chance.randrange((LAST - FIRST).days + 1) for _ in range(COUNT))
    special = [kind for kind, count in OUTCOMES.items() for _ in range(count)]
    kinds = special + [""] * (COUNT - len(special))
    chance.shuffle(kinds)
    rows: list[dict[str, str]] = []
    taken: set[str] = set()
    for day, kind in zip(days, kinds, strict=True):
        row, address = person(chance)
        local, _, domain = address.partition("@")
        domain = f"{kind}.example" if kind else domain
        address, n = f"{local}@{domain}", 2
        while address in taken:
            address, n = f"{local}{n}@{domain}", n + 1
        taken.add(address)
        rows.append({"email": address, **row, "joined": (FIRST + timedelta(days=day)).isoformat()})
    return rows


class Case(NamedTuple):
    """One line of the list with faults: its text, what an import should say, and how the line ends."""

    line: str
    verdict: str = "good"
    reason: str = ""
    end: str = "\n"


LONG = "a" * 65
CASES = (
    Case("wei.chen@univ-tianhe.example,陈伟,zh-Hans,CN,engineering;energy,researcher,2019-04-02"),
    Case("ines.nunez@valdehierro-institute.example,Inés Núñez,es,ES,chemistry,researcher,2020-11-17"),
    Case("no-at-sign.example,Tom Reid,en,GB,physics,student,2021-01-08", "refused", "address without @"),
    Case("moussa.diallo@univ-baobab.example,Moussa Diallo,fr,SN,agriculture;climate,researcher,2018-09-30"),
    Case("two@at@signs.example,Grace Hughes,en,GB,space,press,2020-02-20", "refused", "address with two @"),
    Case("joao.araujo@works-ipezal.example,João Araújo,pt,BR,engineering,engineer,2017-06-14", end="\r\n"),
    Case(",Ruth Campbell,en,CA,policy,policy,2019-12-01", "refused", "no address"),
    Case("olga.sedykh@lab.beregovo.example,Ольга Седых,ru,RU,physics;space,researcher,2016-03-08", end="\r\n"),
    Case(
        "  layla.haddad@univ-sabeel.example  , ليلى حداد ,ar,EG,medicine,researcher,2022-05-19",
        "good",
        "spaces around the cells are removed",
    ),
    Case(
        "wei.chen@univ-tianhe.example,Chen Wei,en,CN,digital-economy,researcher,2021-07-21", "duplicate", "same address as line 2"
    ),
    Case(
        "WEI.CHEN@UNIV-TIANHE.EXAMPLE,Chen Wei,en,CN,energy,researcher,2021-07-22",
        "duplicate",
        "same address as line 2, in capitals",
    ),
    Case("priya.iyer@sundara-grid.example,Priya Iyer,en,IN,engineering;climate,engineer,2020-08-15"),
    Case("klingon@univ-wexham.example,Peter Foster,klingonese-x,GB,space,student,2022-10-10", "refused", "unknown language"),
    Case("kwame.mensah@univ-akwaba.example,Kwame Mensah,en,GH,agriculture,researcher,2019-03-06"),
    Case(
        f"{LONG}@univ-lakemont.example,Noah Walker,en,US,energy,researcher,2018-01-22",
        "refused",
        "65 characters before the @; 64 are allowed",
    ),
    Case(
        f"x@{'.'.join(['b' * 60] * 5)}.example,Isla Murray,en,GB,climate,student,2021-09-09",
        "refused",
        "address longer than 254 characters",
    ),
    Case(
        "bell\x07@univ-northmoor.example,Henry Bennett,en,GB,physics,teacher,2020-04-04",
        "refused",
        "control character in the address",
    ),
    Case("anais.lemaitre@library-valfleury.example,Anaïs Lemaître,fr,FR,publishing,librarian,2017-10-25"),
    Case("short@univ-redgum.example,Amelia Sinclair,en,AU", "refused", "three cells are missing"),
    Case("mareike.gross@works-moorbach.example,Mareike Großmann,de,DE,engineering;digital-economy,engineer,2016-11-11"),
    Case("extra@univ-kauri.example,Samuel Doyle,en,NZ,energy,engineer,2019-05-05,what,is this", "refused", "two cells too many"),
    Case(
        "formula@univ-pinehurst.example,=1+1,en,CA,education,teacher,2021-02-14",
        "good",
        "a formula as a name is taken as text; an export must disarm it",
    ),
    Case(
        'callum@univ-wexham.example,"Fraser, Callum ""Cal""",en,GB,engineering,student,2022-01-31',
        "good",
        "comma and quotes in a cell",
    ),
    Case(
        "用户@univ-beihu.example,吴敏,zh-Hans,CN,chemistry,student,2022-03-03",
        "refused",
        "letters outside ASCII before the @, which mail cannot carry yet",
    ),
    Case(
        "ulrike@bücher-moorbach.example,Ulrike Löwe,de,DE,publishing,librarian,2018-08-08",
        "good",
        "international domain; stored as xn--bcher-moorbach-gsb.example",
    ),
    Case(
        '"""odd local""@univ-cedarfield.example",James Whitfield,en,US,physics,researcher,2019-09-19',
        "refused",
        "quoted local part",
    ),
    Case("", "skipped", "empty line"),
    Case("shota.mori@univ-aoyagi.example,森翔太,ja,JP,engineering;space,student,2022-06-01", end="\r\n"),
    Case("date@univ-lakemont.example,Emma Taylor,en,US,policy,policy,2021-02-30", "refused", "there is no 30 February"),
    Case("thandiwe.nkosi@protea-council.example,Thandiwe Nkosi,en,ZA,policy;energy,policy,2017-02-27", end="\r\n"),
    Case(
        "dots..twice@univ-wexham.example,Oliver Smith,en,GB,physics,student,2020-01-15",
        "refused",
        "two dots in a row before the @",
    ),
    Case("minjun.kim@univ-hanbit.example,김민준,ko,KR,engineering,engineer,2021-12-24"),
    Case("elif.celik@gelincik-herald.example,Elif Çelik,tr,TR,digital-economy;space,press,2020-10-29"),
    Case("mistyped@bounce.example,Siobhán Doyle,en,IE,medicine,teacher,2016-07-07", "good", "taken; it will bounce when mailed"),
    Case("huong.nguyen@univ-hoasen.example,Nguyễn Hương,vi,VN,agriculture;life-sciences,researcher,2019-01-09"),
    Case("l.wrobel@univ-borowiec.example,Łukasz Wróbel,pl,PL,physics,student,2022-09-28", end="\r\n"),
    Case("asa.oberg@lingonby-institute.example,Åsa Öberg,sv,SE,climate,researcher,2018-04-13"),
    Case("chiara.cantu@univ-vallescura.example,,it,IT,education,teacher,2021-05-30", "good", "no name; greeted as reader"),
    Case("aliya.kim@ministry-zhusan.example,Алия Ким,ru,KZ,energy;policy,policy,2020-06-18"),
    Case(
        "last.line@library-cedarfield.example,Renée Hawthorne,en,US,publishing,librarian,2023-03-24",
        "good",
        "the last line has no line end",
        end="",
    ),
)


def fault_table() -> str:
    """The lines that have a reason, as the table in the README. Line 1 is the header."""
    rows = [
        f"| {n} | {case.verdict} | {case.reason} |" for n, case in enumerate(CASES, 2) if case.reason
    ]  # the other lines are good and need no explanation
    return "\n".join(["| line | expected | why |", "|---|---|---|", *rows])


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER, lineterminator="\n")
    writer.writeheader()
    writer.writerows(subscribers())
    (folder / "subscribers.csv").write_bytes(text.getvalue().encode())
    faulty = ",".join(HEADER) + "\r\n" + "".join(case.line + case.end for case in CASES)
    # Starts with a byte order mark, as spreadsheets write it.
    (folder / "subscribers-with-faults.csv").write_bytes(faulty.encode("utf-8-sig"))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
