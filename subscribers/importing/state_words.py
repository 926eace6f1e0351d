"""Words and columns that say whether somebody is on a list: what each means here, in any file.

A column is about the subscription if its name says so, or if any of its cells is a word of somebody who is not mailed. The
words of one system are in `source_formats`.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from subscribers.states_and_reasons import SubscriptionState as State
from subscribers.states_and_reasons import SuppressionReason as Reason

# Weakest first: of two columns of one row the stronger state counts.
_STATES = (None, State.CONFIRMED, State.PENDING, State.UNSUBSCRIBED)
_REASONS = (
    None, Reason.SOFT_BOUNCES, Reason.INVALID, Reason.HARD_BOUNCE, Reason.PROVIDER_UNSUBSCRIBE, Reason.MANUAL, Reason.COMPLAINT,
)  # fmt: skip


class StateMeaning(NamedTuple):
    """The state of a subscription (None: nothing is said of it), and why the address is suppressed.

    `known_only`: the state ends a subscription that exists, and creates none.
    """

    state: str | None = None
    reason: str | None = None
    known_only: bool = False

    @property
    def negative(self) -> bool:
        """Whether the person must not get mail."""
        return self.reason is not None or self.state == State.UNSUBSCRIBED


NOTHING = StateMeaning()
CONFIRMED, PENDING, LEFT = StateMeaning(State.CONFIRMED), StateMeaning(State.PENDING), StateMeaning(State.UNSUBSCRIBED)
BOUNCED, REPEATEDLY_BOUNCED = StateMeaning(reason=Reason.HARD_BOUNCE), StateMeaning(reason=Reason.SOFT_BOUNCES)
INVALID, BLOCKED = StateMeaning(reason=Reason.INVALID), StateMeaning(reason=Reason.MANUAL)
COMPLAINED = StateMeaning(State.UNSUBSCRIBED, Reason.COMPLAINT, known_only=True)
LEFT_EVERYTHING = StateMeaning(State.UNSUBSCRIBED, Reason.PROVIDER_UNSUBSCRIBE, known_only=True)


# What two spellings of a name or a word may differ in: spaces, quotation marks, brackets, hyphens, invisible characters.
_DIFFERING = re.compile(r"""[\s_.:*'"`‘’‚‛“”„‟«»‹›「」『』()\[\]{}‐-―−\u200b-\u200f\u2060\ufeff-]+""")
_BETWEEN = re.compile(r"[,;/|+&()\[\]\n、，；／｜＋＆（）]+")  # between several words in a cell
_LONGEST = 80  # characters; longer cells are no words, and are not squeezed


@lru_cache(maxsize=8192)
def squeezed(text: str) -> str:
    """A column's name or a word without what spellings differ in: also case, width and accents."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = unicodedata.normalize("NFKC", "".join(filter(lambda character: not unicodedata.combining(character), decomposed)))
    return _DIFFERING.sub("", text.casefold())


def meanings_by_word(**spellings: tuple[StateMeaning, str]) -> dict[str, StateMeaning]:
    """`name=(meaning, "word, another word")` as squeezed word -> meaning."""
    return {squeezed(word): meaning for meaning, text in spellings.values() for word in text.split(",")}


# What other programs and Chinese registers write. Words that a register uses only for people (left, retired, 在职) are missing on
# purpose. Somebody who is inactive or deleted in another program must not be mailed, so this is the only safe meaning.
# In the order English, German, French, Spanish, Portuguese, Italian, Dutch, Russian, Chinese, Japanese.
NEGATIVE = meanings_by_word(
    left=(
        LEFT,
        "unsubscribed, unsubscribe, unsub, unsubbed, opted out, opt out, disabled, not subscribed, no longer subscribed,"
        "non-subscribed, non-subscriber, never subscribed, inactive, not active, deactivated, removed, deleted, archived,"
        "inaktiv, deaktiviert, gelöscht, entfernt, inactif, désactivé, désactivée, supprimé, supprimée, inactivo, inactiva,"
        "eliminado, eliminada, borrado, borrada, inativo, inativa, excluído, excluída, removido, removida, inattivo, inattiva,"
        "eliminato, eliminata, inactief, verwijderd, неактивен, неактивна, удален, удалена,"
        "abgemeldet, abbestellt, ausgetragen, désabonné, désabonnée, désinscrit, désinscrite, dado de baja, dada de baja,"
        "desuscrito, desuscrita, no suscrito, no suscrita, suscripción cancelada, descadastrado, descadastrada, desinscrito,"
        "desinscrita, não inscrito, não inscrita, inscrição cancelada, assinatura cancelada, disiscritto, disiscritta,"
        "non iscritto, non iscritta, iscrizione annullata, uitgeschreven, afgemeld, отписан, отписана, отписался, отписалась,"
        "退订, 已退订, 取消订阅, 已取消订阅, 未订阅, 不订阅, 拒收, 已拒收, 拒绝接收, 不活跃, 停用, 已停用, 禁用, 已禁用,"
        "删除, 已删除, 移除, 已移除, 注销, 已注销,"
        "退訂, 已退訂, 取消訂閱, 已取消訂閱, 未訂閱, 不訂閱, 停用中, 刪除, 已刪除, 註銷, 已註銷,"
        "配信停止, 配信停止済み, 購読解除, 購読解除済み, 購読停止, 登録解除, 登録解除済み, 解除済み",
    ),
    pending=(
        PENDING,
        "pending, unconfirmed, not confirmed, unverified, not verified, ausstehend, unbestätigt, nicht bestätigt,"
        "en attente, non confirmé, non confirmée,"
        "pendiente, sin confirmar, no confirmado, no confirmada, pendente, não confirmado, não confirmada, in attesa,"
        "non confermato, non confermata, niet bevestigd, не подтвержден, 待确认, 未确认, 待確認, 未確認, 仮登録",
    ),
    bounced=(
        BOUNCED,
        "bounced, bounce, hard bounced, hard bounce, cleaned, unreachable, undeliverable, unzustellbar, nicht zustellbar, rebond,"
        "rebond permanent, rebotado, rebotada, rebote, rebote duro, devolvido, devolvida, rimbalzato, rimbalzata, rimbalzo,"
        "onbestelbaar, 退信, 硬退信, 已退信, バウンス, ハードバウンス, 不達, 配信不能",
    ),
    repeatedly=(
        REPEATEDLY_BOUNCED,
        "soft bounced, soft bounce, soft bounces, rebond temporaire, rebote suave, rimbalzo temporaneo, 软退信, 軟退信,"
        "ソフトバウンス",
    ),
    invalid=(
        INVALID,
        "invalid, invalid email, invalid address, ungültig, invalide, inválido, inválida, non valido, ongeldig, 无效, 无效地址,"
        "無效, 無效地址, 無効",
    ),
    complained=(
        COMPLAINED,
        "complained, complaint, spam, spam report, spam reported, spam complaint, reported as spam, marked as spam, abuse,"
        "abuse complaint, abuse report, spam-beschwerde,"
        "beschwerde, plainte, signalé comme spam, queja, queja de spam, marcado como spam, reclamação de spam, reclamo,"
        "segnalato come spam, spamklacht, жалоба, 投诉, 已投诉, 投訴, 已投訴, 苦情, 迷惑メール報告",
    ),
    provider=(LEFT_EVERYTHING, "provider unsubscribe, globally unsubscribed, global unsubscribe"),
    blocked=(
        BLOCKED,
        "blocked, blocklisted, blocklist, blacklisted, blacklist, suppressed, do not contact, do not email, do not mail, dnc,"
        "gesperrt, blockiert, bloqué, bloquée, liste noire, bloqueado, bloqueada, lista negra, bloccato, bloccata, lista nera,"
        "geblokkeerd, заблокирован, 黑名单, 已屏蔽, 已拉黑, 屏蔽, 黑名單, 已封鎖, 封鎖, ブロック, ブラックリスト, 受信拒否",
    ),
)
ALL = NEGATIVE | meanings_by_word(
    positive=(
        CONFIRMED,
        "confirmed, subscribed, subscriber, active, enabled, opted in, opt in, angemeldet, abonniert, bestätigt, aktiv, abonné,"
        "abonnée, inscrit, inscrite, confirmé, confirmée, actif, suscrito, suscrita, confirmado, confirmada, activo, activa,"
        "inscrito, inscrita, assinante, ativo, ativa, iscritto, iscritta, confermato, confermata, attivo, attiva, ingeschreven,"
        "aangemeld, actief, подписан, подписана, активен, 已确认, 已订阅, 订阅中, 正常, 已確認, 已訂閱, 訂閱中, 購読中,"
        "登録済み, 確認済み, 配信中, 有効",
    )
)
_YES = frozenset(["yes", "y", "true", "t", "1", "on", "是", "ja", "oui", "si", "sim", "да", "はい"])
_NO = frozenset(["no", "n", "false", "f", "0", "off", "否", "不", "不是", "nein", "non", "nao", "nee", "нет", "いいえ"])


@dataclass(frozen=True)
class StateColumn:
    """A column that says the state: what each word means, an empty cell, and any other text (None: the row is refused).

    `on_date`: any day or moment in the cell means this, and is its date. `date`: the column with the date.
    """

    meanings: Mapping[str, StateMeaning]
    empty: StateMeaning | None = None
    other: StateMeaning | None = None
    on_date: StateMeaning | None = None
    date: str = ""

    def read(self, cell: str) -> StateMeaning | None:
        """The meaning of a cell; None if it is not known."""
        return meaning_of(cell, self.meanings) or self.other if cell else self.empty


def meaning_of(cell: str, known: Mapping[str, StateMeaning]) -> StateMeaning | None:
    """The meaning of a cell with one of these words, or with several of them; None if one is not known."""
    if (meaning := known.get(squeezed(cell))) is not None or _BETWEEN.search(cell) is None:
        return meaning
    parts = [known.get(word) for word in map(squeezed, _BETWEEN.split(cell)) if word]
    return together([part for part in parts if part is not None]) if parts and None not in parts else None


def flag(yes: StateMeaning, no: StateMeaning = CONFIRMED, *, empty: StateMeaning | None = CONFIRMED) -> StateColumn:
    """A column with yes or no, or with the date of the yes."""
    meant = dict.fromkeys(_YES, yes) | dict.fromkeys(_NO, no)
    return StateColumn({**ALL, **meant}, empty, on_date=yes)


def _named(column: StateColumn, names: str) -> dict[str, StateColumn]:
    return dict.fromkeys(map(squeezed, names.split(",")), column)


_BEFORE = ("", "is", "has", "email", "newsletter", "date", "dateof", "timeof")
_AFTER = ("", "at", "on", "date", "time", "datetime", "timestamp", "day", "status", "flag")


def _named_with_date(column: StateColumn, names: str) -> dict[str, StateColumn]:
    """Columns of these names, and of their forms such as `is …`, `date of …`, `… at`, `… date`."""
    stems = [squeezed(name) for name in names.split(",")]
    return {f"{before}{stem}{after}": column for stem in stems for before in _BEFORE for after in _AFTER}


# Columns whose name says that they are about the subscription, whatever they contain.
BY_NAME: Mapping[str, StateColumn] = {
    **_named_with_date(
        flag(LEFT),
        "unsubscribed, unsubscribe, unsubscription, unsub, opted out, opt out, deleted, removed, deactivated, inactive",
    ),
    **_named(
        flag(LEFT),
        "refused newsletter, refused emails, declined newsletter, no newsletter, abgemeldet, abgemeldet am, abmeldung,"
        "abmeldedatum, désabonné, désabonné le, désinscrit, date de désabonnement, date de désinscription, dado de baja,"
        "fecha de baja, descadastrado, data de descadastro, disiscritto, data di disiscrizione,"
        "退订, 是否退订, 退订状态, 退订时间, 退订日期, 拒收, 是否拒收, 拒收邮件, 是否删除, 删除时间, 退訂, 是否退訂,"
        "退訂時間, 配信停止, 配信停止日, 購読解除日",
    ),
    **_named_with_date(flag(BOUNCED), "bounced, bounce, hard bounced, hard bounce, cleaned"),
    **_named(flag(BOUNCED), "clean time, 退信, 是否退信"),
    **_named_with_date(flag(COMPLAINED), "complained, complaint, spam report, spam complaint"),
    **_named(flag(COMPLAINED), "投诉, 是否投诉"),
    **_named_with_date(
        flag(BLOCKED), "blocked, blocklisted, blacklisted, suppressed, do not contact, do not email, do not mail, dnc"
    ),
    **_named(flag(BLOCKED), "黑名单, 是否黑名单"),
    **_named(
        flag(CONFIRMED, LEFT, empty=None),
        "subscribed, is subscribed, subscribed to emails, opt in, opted in, email opt in, opt in status, 是否订阅, 订阅状态,"
        "是否訂閱, 訂閱狀態",
    ),
}  # fmt: skip
# Columns whose name says so if they contain yes or no, or a word of a state. With anything else, such as the name of a
# newsletter, they are attributes.
BY_NAME_AND_WORDS: Mapping[str, StateColumn] = {
    **_named_with_date(
        flag(CONFIRMED, LEFT, empty=None),
        "newsletter, newsletters, subscription, subscribe, subscriber, mailing list, mailings, email marketing, consent,"
        "email consent, marketing consent, newsletter consent, newsletter subscription, newsletter subscriber, newsletter opt in,"
        "email subscription, email opt in, email subscribed, accepts marketing, accepts email marketing, receive newsletter,"
        "receives newsletter, receive emails, receives emails, wants newsletter, wants emails, send newsletter, send emails,"
        "mailable, contactable, abonniert, abonné, inscrit, suscrito, inscrito, iscritto, ingeschreven",
    ),
    **_named(
        flag(CONFIRMED, LEFT, empty=None),
        "订阅, 订阅邮件, 邮件订阅, 是否订阅邮件, 电子报, 订阅电子报, 是否订阅电子报, 通讯, 订阅通讯, 是否订阅通讯,"
        "简报, 订阅简报, 是否订阅简报, 接收邮件, 是否接收邮件,"
        "接收通讯, 是否接收, 是否接收通讯, 是否接收电子报, 同意接收邮件, 是否同意接收邮件,"
        "訂閱, 電子報, 訂閱電子報, 是否訂閱電子報, 接收郵件, 是否接收郵件, メルマガ, 配信, 購読",
    ),
}
# Columns that may be about the subscription or about something else: in these, yes and no say nothing certain.
UNCLEAR = frozenset(
    squeezed(name)
    for names in (
        "state, status, active, is active, enabled, is enabled, email status, contact status, account status, user status",
        "member status, état, statut, estado, stato, статус",
        "状态, 是否有效, 是否启用, 启用, 有效, 用户状态, 会员状态, 狀態, 状況, 状態",
    )
    for name in names.split(",")
)


class Contents(NamedTuple):
    """Positions of columns: in which any cell is a word of somebody who is not mailed; a word of any state, or yes or no; a no,
    and beside it a yes or nothing else.
    """

    negative: frozenset[int] = frozenset()
    telling: frozenset[int] = frozenset()
    yes_or_no: frozenset[int] = frozenset()


def contents(rows: Iterable[Sequence[str]], candidates: Iterable[int]) -> Contents:
    """Find out what the columns at these positions contain. Reads all rows in constant memory."""
    left = set(candidates)
    positions: dict[str, set[int]] = {kind: set() for kind in ("negative", "confirmed", "yes", "no", "other")}
    known: dict[str, str] = {}
    for row in rows:
        width = len(row)
        for at in left:
            if at < width and 0 < len(cell := row[at].strip()) <= _LONGEST:
                if (kind := known.get(cell)) is None:
                    kind = _kind(cell)
                    if len(known) < 10_000:
                        known[cell] = kind
                positions[kind].add(at)
        left -= positions["negative"]
        if not left:
            break
    telling = positions["negative"] | positions["confirmed"] | positions["yes"] | positions["no"]
    unclear = {at for at in positions["no"] if at in positions["yes"] or at not in positions["other"] | positions["confirmed"]}
    return Contents(frozenset(positions["negative"]), frozenset(telling), frozenset(unclear - positions["negative"]))


def _kind(cell: str) -> str:
    word = squeezed(cell)
    if word in _YES:
        # “on” is also the code of Ontario, and so no yes for sure.
        return "other" if word == "on" else "yes"
    if word in _NO:
        return "no"
    if (meaning := meaning_of(cell, ALL)) is None:
        return "other"
    return "confirmed" if meaning == CONFIRMED else "negative"


def together(meanings: Iterable[StateMeaning]) -> StateMeaning:
    """Combine what several columns of one row say: the stronger state, and the strongest reason.

    Somebody whose address is suppressed is neither confirmed nor asked.
    """
    several = list(meanings)
    state = max((meaning.state for meaning in several), key=_STATES.index, default=None)
    reason = max((meaning.reason for meaning in several), key=_REASONS.index, default=None)
    if reason is not None and state != State.UNSUBSCRIBED:
        return StateMeaning(None, reason)
    ending = [meaning for meaning in several if meaning.state == state]
    return StateMeaning(state, reason, known_only=bool(ending) and all(meaning.known_only for meaning in ending))
