"""Reads the header of an import: assigns columns to fields, states and attributes, and finds new attributes."""

import difflib
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from subscribers import attribute_declarations, attributes
from subscribers.attribute_declarations import RESERVED, is_name
from subscribers.attributes import READERS, Type
from subscribers.errors import InputError
from subscribers.importing import state_words
from subscribers.importing.cells.earlier_refusals import is_passed_over
from subscribers.importing.column_choices import (
    ATTRIBUTE,
    COLUMN_NAME,
    FIXED,
    IGNORED,
    NEW,
    RECOGNISED,
    STATE,
    choose,
    chosen_states,
    chosen_type,
    name_of_heading,
    new_name,
    shown_column,
    synonym,
)
from subscribers.importing.csv_file import CsvFileError, OverlongRow
from subscribers.importing.source_formats import SourceFormat
from subscribers.importing.state_words import CONFIRMED, NOTHING, UNCLEAR, Contents, StateColumn, StateMeaning, squeezed
from transport import header_rules

# The names of these columns in other programs, as `squeezed` returns them; the first one in a file is used.
_SPELLINGS = {
    "email": ("email", "emailaddress", "邮箱", "邮箱地址", "电子邮箱", "电子邮箱地址", "电子邮件", "电子邮件地址", "电邮",
              "邮件地址", "联系邮箱", "工作邮箱", "单位邮箱", "常用邮箱", "邮件", "郵箱", "電子郵件", "workemail", "mail",
              "mailaddress", "address"),
    "name": ("name", "fullname", "姓名", "名字", "中文姓名", "员工姓名", "中文名", "职工姓名", "人员姓名", "教师姓名", "学生姓名",
             "联系人", "联系人姓名", "收件人姓名", "真实姓名", "中文名字"),
    "language": ("language", "lang", "语言", "语种"),
    "country": ("country", "countrycode", "国家", "国家代码"),
    "joined": ("joined", "加入日期", "订阅日期"),
}  # fmt: skip
# Remarks of forms behind the name of a column, such as 姓名（必填）.
_REMARK = re.compile(r"[(\[【]\s*(?:必填|选填|必填项|可选|中文|required|optional)\s*[)\]】]")
NO_STATES = Contents()
_NEARLY_ALL = 0.95
_NAMED = 20  # columns in a message
SAMPLE = 1000  # rows
_SAMPLED = 200  # characters of a cell
# A file whose columns all differ from the schema is probably the wrong file, and declared attributes cannot be removed.
MOST_NEW = 20
# There can be at most 205 fields and attributes. A file with more columns than this is not a table of people, or has another
# separator.
MOST_COLUMNS = 1_000
# Without a word of a state in it, such a column is about something else, such as a province, and no attribute has this name.
_NOT_READ = frozenset({"state"})


@dataclass(frozen=True)
class Columns:
    """The position of each field (-1: missing); attributes: position, name, parser; columns of states: position, meaning.

    `names`, `joined`, `dates`, `explains`: positions, the first filled one counts; names are joined. `base` is what a row means
    in which no column says anything else. `lenient`: details that cannot be used are left out, since the person matters more.
    """

    width: int
    email: int
    language: int
    country: int
    names: tuple[int, ...] = ()
    joined: tuple[int, ...] = ()
    dates: tuple[int, ...] = ()
    explains: tuple[int, ...] = ()
    states: tuple[tuple[int, str, StateColumn, int], ...] = ()  # position, name, column, position of its date
    base: StateMeaning = CONFIRMED
    says_all: bool = False
    lenient: bool = False
    system: str = ""
    attributes: list[tuple[int, str, Callable[[str], Any]]] = field(default_factory=list)
    new: dict[str, Type] = field(default_factory=dict)
    header: tuple[str, ...] = ()
    headings: dict[str, str] = field(default_factory=dict)  # of new attributes that could not be called as their columns
    not_read: tuple[str, ...] = ()


def squeeze(header: Sequence[str]) -> list[str]:
    """The names of the columns without what spellings differ in. Raises CsvFileError if it cannot be the header of a table."""
    if len(header) > MOST_COLUMNS:
        raise CsvFileError("too_many_columns", most=MOST_COLUMNS, number=len(header))
    return [squeezed(cell) for cell in header]


def recognisable(header: Sequence[str]) -> list[str]:
    """The squeezed names by which a file is recognised: all but those that Mailroom adds to refused rows."""
    return [name for name, cell in zip(squeeze(header), header, strict=True) if not is_passed_over(cell)]


def state_candidates(header: Sequence[str], source_format: SourceFormat | None) -> list[int]:
    """The columns in which a state may be: all that are neither fields nor known columns of the format."""
    fixed = {spelling for spellings in _SPELLINGS.values() for spelling in spellings}
    own = fixed | (source_format.used if source_format else frozenset())
    return [at for at, name in enumerate(squeeze(header)) if name not in own and not is_passed_over(header[at])]


def assign(
    header: Sequence[str], schema: Mapping[str, Type], create: bool, sample: list[list[str]],
    source_format: SourceFormat | None = None, contents: Contents = NO_STATES, known_labels: Mapping[str, str] | None = None,
    chosen: Mapping[int, str] | None = None,
) -> Columns:  # fmt: skip
    """The columns of a file, where `contents` says which columns have words that mean a state. Raises CsvFileError.

    `known_labels`: the label of an attribute, squeezed -> its name. A column may be called by either.
    `chosen`: what columns are by somebody's choice: position -> one of TARGETS, or attribute:NAME.
    """
    names, chosen = squeeze(header), chosen or {}
    labels = _names(header, schema) if source_format is None else _names_in(source_format, header, names)
    _use_labels(labels, names, schema, known_labels or {})
    states = _states(names, header, source_format, contents, schema)
    ignored = choose(labels, header, schema, known_labels or {}, source_format, chosen)
    states = chosen_states(states, header, chosen)
    taken = {at for at, *_ in states} | ignored
    if "email" not in labels:
        raise _no_email(header)
    if source_format is None:
        _check_names(labels, header, ignored)
    _check_chosen(labels, header, schema, chosen)
    attribute_columns: list[tuple[int, str, Callable[[str], Any]]] = []
    unknown: list[int] = []
    not_read: list[str] = []
    for at, label in enumerate(labels):
        if at in taken or label in FIXED or is_passed_over(header[at]):
            continue
        if source_format is None and at not in chosen and _is_unclear(names[at], at, label, contents, schema):
            raise CsvFileError("unclear_column", column=shown_column(header[at].strip(), at))
        if source_format is None and label in _NOT_READ and at not in chosen:
            not_read.append(header[at])
        elif source_format is not None and names[at] in source_format.used:
            continue
        elif (attribute_type := schema.get(label)) is not None:
            attribute_columns.append((at, label, READERS[attribute_type]))
        elif source_format is not None and at not in chosen and _is_left_out(label, names[at], source_format, create):
            not_read.append(header[at])
        else:
            unknown.append(at)
    if not create and (unwanted := [at for at in unknown if at not in chosen]):
        raise _unknown([shown_column(labels[at], at) for at in unwanted], [*FIXED, *sorted(schema)])
    new, headings = _new_names(unknown, labels, header, schema)
    types = {at: chosen_type(chosen.get(at, "")) or guessed_type(sample, at) for at in unknown}
    attribute_columns = sorted([*attribute_columns, *((at, new[at], READERS[types[at]]) for at in unknown)])
    declared = {new[at]: types[at] for at in unknown}
    _check_new(declared, schema)
    columns = _columns(names, labels, source_format, states, attribute_columns, declared, headings, not_read)
    return replace(columns, header=tuple(cell.strip() for cell in header))


def suggest(
    header: Sequence[str], schema: Mapping[str, Type], source_format: SourceFormat | None = None, contents: Contents = NO_STATES,
    known_labels: Mapping[str, str] | None = None,
) -> list[str]:  # fmt: skip
    """What each column is by its name, for people to correct: a target, or empty if only they can say it.

    Unlike `assign` it takes every header, and does not make attributes of columns that nobody asked for.
    """
    names = squeeze(header)
    labels = _names(header, schema) if source_format is None else _names_in(source_format, header, names)
    _use_labels(labels, names, schema, known_labels or {}, by_meaning=True)
    states = {at for at, *_ in _states(names, header, source_format, contents, schema)}
    targets: list[str] = []
    for at, label in enumerate(labels):
        if at in states:
            targets.append(STATE)
        elif is_passed_over(header[at]):
            targets.append(IGNORED)
        elif label in FIXED and label not in targets:
            targets.append(label)
        elif source_format is not None and names[at] in source_format.used:
            targets.append(RECOGNISED)
        elif source_format is None and _is_unclear(names[at], at, label, contents, schema):
            targets.append("")
        elif label in schema and f"{ATTRIBUTE}:{label}" not in targets:
            targets.append(f"{ATTRIBUTE}:{label}")
        else:
            targets.append(IGNORED)
    return targets


def _is_left_out(label: str, name: str, source_format: SourceFormat, create: bool) -> bool:
    """Whether a column of a recognised file, that is no known attribute, is not read."""
    return not label or (source_format.lenient and (not create or label in RESERVED or name in source_format.unread))


def _is_unclear(name: str, at: int, label: str, contents: Contents, schema: Mapping[str, Type]) -> bool:
    """Whether a column has yes and no, and it is not known about what."""
    return name in UNCLEAR and at in contents.yes_or_no and schema.get(label) != Type.YESNO


def _columns(
    names: list[str], labels: list[str], source_format: SourceFormat | None, states: list[tuple[int, str, StateColumn, int]],
    attribute_columns: list[tuple[int, str, Callable[[str], Any]]], new: dict[str, Type], headings: dict[str, str],
    not_read: list[str],
) -> Columns:  # fmt: skip
    def label(name: str) -> int:
        return labels.index(name) if name in labels else -1

    def at(*columns: str) -> tuple[int, ...]:
        return tuple(names.index(column) for column in columns if column in names)

    common: dict[str, Any] = {
        "width": len(names), "email": label("email"), "language": label("language"), "country": label("country"),
        "states": tuple(states), "attributes": attribute_columns, "new": new, "headings": headings, "not_read": tuple(not_read),
    }  # fmt: skip
    if source_format is None:
        once = {name: (position,) if (position := label(name)) >= 0 else () for name in ("name", "joined")}
        return Columns(**common, names=once["name"], joined=once["joined"])
    return Columns(
        **common, names=at(*source_format.names), joined=at(*source_format.joined), dates=at(*source_format.dates),
        explains=at(*source_format.explains), base=source_format.meaning or NOTHING, says_all=source_format.says_all,
        lenient=source_format.lenient, system=source_format.system,
    )  # fmt: skip


def _names_in(source_format: SourceFormat, header: Sequence[str], names: list[str]) -> list[str]:
    """Mailroom's name for each column of a recognised file; "" for a field by another system's meaning of the word."""
    fields = {source_format.email: "email", "language": "language", source_format.country: "country"}
    labels: list[str] = []
    for at, name in enumerate(names):
        label = fields.get(name) or name_of_heading(header[at])
        labels.append("" if label in labels or (label in FIXED and name not in fields) else label)
    return labels


def _states(
    names: list[str], header: Sequence[str], source_format: SourceFormat | None, contents: Contents, schema: Mapping[str, Type]
) -> list[tuple[int, str, StateColumn, int]]:
    states: list[tuple[int, str, StateColumn, int]] = []
    for at, name in enumerate(names):
        column = (source_format.states or {}).get(name) if source_format else None
        if column is None and not is_passed_over(header[at]) and not (source_format and name in source_format.used):
            column = state_words.BY_NAME.get(name)
            # A file that says the state in a column of its own, as Mailroom's, may have an attribute of such a name, too.
            if (
                column is None
                and at in contents.telling
                and not (source_format and not source_format.lenient and name_of_heading(header[at]) in schema)
            ):
                column = state_words.BY_NAME_AND_WORDS.get(name)
            if column is None and at in contents.negative:
                column = StateColumn(state_words.ALL)
        if column is not None:
            states.append((at, header[at].strip(), column, names.index(column.date) if column.date in names else -1))
    return states


def _names(header: Sequence[str], schema: Mapping[str, Type]) -> list[str]:
    """Mailroom's name for each column: a field, an attribute of the schema, or the file's name in lower case."""
    names = [unicodedata.normalize("NFKC", cell).strip().lower() for cell in header]
    first: dict[str, int] = {}  # squeezed name -> the first column that has it
    for at, name in enumerate(names):
        first.setdefault(squeezed(name), at)
    for at, name in enumerate(names):
        first.setdefault(_without_remark(name), at)
    for field_, spellings in _SPELLINGS.items():
        if field_ in names:
            continue
        for spelling in spellings:
            if (position := first.get(spelling)) is not None and names[position] not in schema:
                names[position] = field_
                break
    return names


def _without_remark(name: str) -> str:
    return squeezed(_REMARK.sub("", unicodedata.normalize("NFKC", name).lower()))


def field_meant(heading: str) -> str:
    """The field that a column with this heading has the name of, even if another column of the file is that field already."""
    name = _without_remark(heading)
    return next((field_ for field_, spellings in _SPELLINGS.items() if name in spellings), "")


def _no_email(header: Sequence[str]) -> CsvFileError:
    """The fault of a file without addresses, which may be any file: it quotes only what looks like names of columns."""
    shown = [name for cell in header if COLUMN_NAME.fullmatch(name := cell.strip())]
    if len(header) < 2 or len(shown) < len(header):
        return CsvFileError("no_table")
    return CsvFileError("no_email_column", columns=shown[:20])


def _check_new(new: Mapping[str, Type], schema: Mapping[str, Type]) -> None:
    if len(new) > MOST_NEW:
        first, more = [*new][:MOST_NEW], len(new) - MOST_NEW
        raise CsvFileError("too_many_new_columns", most=MOST_NEW, number=len(new), columns=first, more=more)
    if new and len(schema) + len(new) > attribute_declarations.MOST:
        raise CsvFileError("attribute_limit", most=attribute_declarations.MOST, number=len(schema), columns=[*new])


def _check_names(names: list[str], header: Sequence[str], ignored: Collection[int]) -> None:
    seen: set[str] = set()
    for at, name in enumerate(names):
        if at in ignored:
            continue
        if not name:
            raise CsvFileError("unnamed_column", number=at + 1)
        if name in seen:
            raise CsvFileError("repeated_column", column=shown_column(name, at))
        seen.add(name)


def _check_chosen(labels: list[str], header: Sequence[str], schema: Mapping[str, Type], chosen: Mapping[int, str]) -> None:
    """Each file would otherwise bring one more attribute that is the name of the person."""
    for at, target in chosen.items():
        if target.startswith(f"{NEW}:") and labels[at] not in schema and field_meant(header[at]) == "name":
            raise CsvFileError("new_name", column=shown_column(header[at].strip(), at))


def _use_labels(
    labels: list[str], names: list[str], schema: Mapping[str, Type], known: Mapping[str, str], by_meaning: bool = False
) -> None:
    """Replace the names of columns that are called by the label of an attribute."""
    for at, label in enumerate(labels):
        if label in FIXED or label in schema or not names[at]:
            continue
        if (name := known.get(names[at]) or (by_meaning and synonym(names[at], schema))) and name not in labels:
            labels[at] = name


def _unknown(columns: list[str], known: list[str]) -> CsvFileError:
    shown = _first(columns)
    for column in columns[:_NAMED]:
        if near := difflib.get_close_matches(column, known, 1):
            return CsvFileError("misspelt_column", columns=shown, column=column, similar=near[0], known=known)
    return CsvFileError("unknown_columns", columns=shown, known=known)


def _first(columns: list[str]) -> list[str]:
    """Shorten a list of columns for a message."""
    return columns if len(columns) <= _NAMED else [*columns[:_NAMED], f"and {len(columns) - _NAMED} more"]


def _new_names(
    unknown: list[int], labels: list[str], header: Sequence[str], schema: Mapping[str, Type]
) -> tuple[dict[int, str], dict[str, str]]:
    """Names for new attributes by the column's position, and the headings of those that are called differently.

    `Job Title` becomes job_title, 单位 unit, and another heading that no attribute can have field_1, field_2 and so on.
    Raises CsvFileError.
    """
    if reserved := [at for at in unknown if name_of_heading(header[at]) in RESERVED]:
        raise CsvFileError("reserved_columns", columns=_first([shown_column(labels[at], at) for at in reserved]))
    if unreadable := [at for at in unknown if not header_rules.is_one_line(header[at].strip())]:
        raise CsvFileError("column_names", columns=_first([shown_column(labels[at], at) for at in unreadable]))
    new: dict[int, str] = {}
    headings: dict[str, str] = {}
    taken = {*schema, *labels}
    for at in unknown:
        name = labels[at]
        if not is_name(name):
            name = new_name(header[at], taken)
            headings[name] = header[at].strip()
            taken.add(name)
        new[at] = name
    return new, headings


def sample_of(rows: Iterable[tuple[int, list[str] | OverlongRow]], most: int = SAMPLE) -> list[list[str]]:
    """The first rows, for guesses and for people to look at: of a long cell the beginning, and whether it has a semicolon."""
    sample = (row for _, row in islice(rows, most) if not isinstance(row, OverlongRow))
    return [[_beginning(cell) if len(cell) > _SAMPLED else cell for cell in row] for row in sample]


def _beginning(cell: str) -> str:
    return cell[:_SAMPLED] + (";" if ";" in cell else "")


def guessed_type(sample: Sequence[Sequence[str]], at: int) -> Type:
    """Guess the type of a column: words if a cell has a semicolon, dates if nearly all are dates, else text.

    A wrong guess rejects rows; but one that is wrong because of a few faulty cells would store all days as texts.
    """
    cells = [cell for row in sample if len(row) > at and (cell := row[at].strip())]
    if any(";" in cell for cell in cells):
        return Type.WORDS
    days = sum(map(_is_date, cells))
    return Type.DATE if days and days >= len(cells) * _NEARLY_ALL else Type.TEXT


def _is_date(cell: str) -> bool:
    try:
        attributes.read_date(cell)
    except InputError:
        return False
    return True
