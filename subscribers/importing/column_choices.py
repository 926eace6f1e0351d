"""What the columns of a file are by somebody's choice, and which names of columns mean the same."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from itertools import count

from subscribers.attribute_declarations import is_name
from subscribers.attributes import Type
from subscribers.errors import CsvFileError
from subscribers.importing import state_words
from subscribers.importing.source_formats import SourceFormat
from subscribers.importing.state_words import StateColumn, squeezed

FIXED = ("email", "name", "language", "country", "joined")
# What a column can be chosen as, beside `attribute:NAME` (an existing or a new one), `attribute` (one of the column's name) and
# `new:TYPE` (a new one of the column's name and this type).
IGNORED, STATE, ATTRIBUTE, NEW = "-", "state", "attribute", "new"
RECOGNISED = "recognised"  # what the file of a known system means by the column
TARGETS = (*FIXED, STATE, ATTRIBUTE, IGNORED)

# A message quotes a name of a column only if it looks like one, because the file may be something else, such as a list of keys.
COLUMN_NAME = re.compile(r"[^\W\d_][\w ./-]{0,39}")
# Names of columns and attributes that mean the same; a column is matched if exactly one attribute has a name of its row. A new
# attribute gets the first one.
_ROWS = tuple(
    tuple(name.strip() for name in names.split(","))
    for names in (
        "unit, department, dept, division, organisation, organization, institute, institution, company, employer, affiliation,"
        "单位, 部门, 所在单位, 工作单位, 所在部门, 院系, 机构, 公司, 單位, 部門",
        "phone, mobile, mobile phone, phone number, telephone, tel, cell, 手机, 手机号, 手机号码, 电话, 电话号码, 联系电话,"
        "联系方式, 手機",
        "position, title, job title, job, role, post, 职务, 职位, 岗位, 职称, 職務",
        "city, town, 城市, 所在城市, 所在地",
        "gender, sex, 性别",
        "interests, interest, topics, 兴趣, 研究方向, 关注领域",
        "staff_number, employee number, employee id, staff id, 工号, 员工号, 职工号, 员工编号",
        "birthday, date of birth, born, 生日, 出生日期, 出生年月",
        "note, notes, remark, remarks, comment, comments, 备注, 说明, 備註",
    )
)
# Names of new attributes for columns that only mean one of those above, or something that is not above.
_NEW_NAMES = {
    heading.strip(): name
    for name, headings in {
        "department": "部门, 所在部门, 部門",
        "member_no": "会员编号, 会员号, 会员号码, 会员证号, 會員編號",
        "member_type": "会员类型, 会员类别",
        "member_level": "会员等级, 会员级别",
        "joined_on": "入会日期, 入会时间, 入會日期",
        "valid_until": "有效期, 有效期至, 到期日期, 会员有效期",
        "hired_on": "入职日期, 入职时间",
        "province": "省份, 省, 所在省份, 所在省",
        "district": "区县, 所在区县",
        "education": "学历, 最高学历, 學歷",
        "degree": "学位, 最高学位",
        "major": "专业, 所学专业, 專業",
        "school": "毕业院校, 毕业学校",
        "discipline": "学科, 一级学科",
        "industry": "行业, 所属行业",
        "branch": "分会, 所属分会, 专业委员会",
        "student_no": "学号",
        "postal_address": "地址, 通讯地址, 通信地址, 联系地址",
        "postcode": "邮编, 邮政编码",
        "wechat": "微信, 微信号",
        "fax": "传真",
        "website": "网址, 网站",
        "nationality": "国籍",
        "ethnicity": "民族",
        "age": "年龄",
        "referrer": "推荐人, 介绍人",
    }.items()
    for heading in headings.split(",")
}
_SYNONYMS = tuple(frozenset(map(squeezed, names)) for names in _ROWS)


def by_heading(header: Sequence[str], choices: Mapping[str, str]) -> dict[int, str]:
    """The choices by position, of choices by the names of columns in the file. Raises CsvFileError if a column is missing."""
    chosen: dict[int, str] = {}
    names = [squeezed(cell) for cell in header]
    for heading, target in choices.items():
        positions = [at for at, cell in enumerate(header) if cell == heading.strip()]
        positions = positions or [at for at, name in enumerate(names) if name == squeezed(heading)]
        if not positions:
            raise CsvFileError(
                "chosen_missing", column=heading, columns=[cell for cell in header if COLUMN_NAME.fullmatch(cell)][:20]
            )
        chosen |= dict.fromkeys(positions, target.strip())
    return chosen


def header_key(header: Sequence[str]) -> str:
    """A short name for a header: the same for the same columns in the same order."""
    return sha256("\x1f".join(map(squeezed, header)).encode()).hexdigest()[:32]


def shown_column(name: str, at: int) -> str:
    """The name of a column for a message: its number if the name does not look like one."""
    return name if COLUMN_NAME.fullmatch(name) else f"number {at + 1}"


def synonym(name: str, schema: Mapping[str, Type]) -> str:
    """The only attribute whose name means the same as that of a column; empty if there is none."""
    meant = [attribute for group in _SYNONYMS if name in group for attribute in schema if squeezed(attribute) in group]
    return meant[0] if len(meant) == 1 else ""


def name_of_heading(text: str) -> str:
    """A name for an attribute: `Phone Number` -> `phone_number`."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    return re.sub(r"[^\w]+", "_", plain).strip("_")


def new_name(heading: str, taken: Collection[str]) -> str:
    """The name of a new attribute with this heading or label: its Latin letters, its meaning, or field_1, field_2 and so on."""
    plain = (text for text in (name_of_heading(heading), _english_name(heading)) if is_name(text) and text not in taken)
    return next(plain, "") or next(name for number in count(1) if (name := f"field_{number}") not in taken)


def _english_name(name: str) -> str:
    """The name of a new attribute for a column whose name means one of those above; empty if it does not."""
    if known := _NEW_NAMES.get(squeezed(name)):
        return known
    return next((row[0] for row, group in zip(_ROWS, _SYNONYMS, strict=True) if squeezed(name) in group), "")


def choose(
    labels: list[str], header: Sequence[str], schema: Mapping[str, Type], known: Mapping[str, str],
    source_format: SourceFormat | None, chosen: Mapping[int, str],
) -> set[int]:  # fmt: skip
    """Replace the names of columns by those that were chosen; returns the columns that are not read. Raises CsvFileError."""
    ignored: set[int] = set()
    if source_format is not None:
        own = source_format.used
        chosen = {at: target for at, target in chosen.items() if target != RECOGNISED or squeezed(header[at]) not in own}
    names = {at: _chosen_name(target, header[at], schema, known) for at, target in chosen.items()}
    used = [name for name in names.values() if name]
    if repeated := next((name for name in used if used.count(name) > 1), None):
        raise CsvFileError("chosen_twice", name=repeated)
    for at, name in names.items():
        field_ = chosen[at].partition(":")[0]
        if source_format is not None and (
            (field_ in FIXED and field_ != labels[at]) or (field_ != STATE and squeezed(header[at]) in source_format.used)
        ):
            if field_ in FIXED and labels[at] == field_:
                continue
            raise CsvFileError("chosen_in_format", column=shown_column(header[at].strip(), at), format=source_format.name)
        labels[at] = name
        if not name:
            ignored.add(at)
    # What was chosen by hand is not also taken from a column that only has such a name.
    for at, label in enumerate(labels):
        if label and at not in chosen and label in used:
            labels[at] = ""
            ignored.add(at)
    return ignored


def _chosen_name(target: str, heading: str, schema: Mapping[str, Type], known: Mapping[str, str]) -> str:
    """The name of a column that was chosen as `target`; empty if it is no field and no attribute."""
    field_, _, name = target.partition(":")
    if target in (IGNORED, STATE):
        return ""
    if target in FIXED:
        return target
    if field_ == NEW and name in Type.__members__.values():
        name = ""  # that of the column
    elif field_ != ATTRIBUTE:
        raise CsvFileError("chosen_target", target=target, targets=[*TARGETS[:-2], "attribute:NAME", IGNORED])
    name = name.strip() or heading
    if name in schema:
        return name
    return known.get(squeezed(name)) or unicodedata.normalize("NFKC", name).strip().lower()


def chosen_type(target: str) -> Type | None:
    """The type of a new attribute, if somebody chose one."""
    field_, _, name = target.partition(":")
    return Type(name) if field_ == NEW and name in Type.__members__.values() else None


def chosen_states(
    states: list[tuple[int, str, StateColumn, int]], header: Sequence[str], chosen: Mapping[int, str]
) -> list[tuple[int, str, StateColumn, int]]:
    """The columns of states with those that were chosen. Raises CsvFileError if one was chosen as something else."""
    known = {at for at, *_ in states}
    for at, target in chosen.items():
        if at in known and target != STATE:
            raise CsvFileError("chosen_state", column=shown_column(header[at].strip(), at))
        if at not in known and target == STATE:
            states = [
                *states,
                (at, header[at].strip(), state_words.flag(state_words.CONFIRMED, state_words.LEFT, empty=None), -1),
            ]
    return sorted(states, key=lambda state: state[0])
