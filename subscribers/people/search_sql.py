"""The statements of the search for people that Django cannot write, and the words that the index has."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQueryField, SearchVectorField
from django.db import transaction
from django.db.models import BooleanField, Expression, Func, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform

from publication.database.statement_sql import column, query
from subscribers import attributes
from subscribers.attributes import Type
from subscribers.models import Subscriber
from subscribers.people.people_filter import Chosen
from subscribers.people.typed_text import SEPARATORS, TypedText

NO_ATTRIBUTES: Mapping[str, Type] = {}
_MOST_ARGUMENTS = 50  # of a function, which may have a hundred


class _Matches(Func):
    """`words @@ beginnings`."""

    template = "%(expressions)s"
    arg_joiner = " @@ "
    output_field = BooleanField()
    conditional = True


class _Contains(Func):
    """`text LIKE ALL (patterns)`."""

    template = "%(expressions)s"
    arg_joiner = " LIKE ALL "
    output_field = BooleanField()
    conditional = True


class _Patterns(Func):
    template = "(ARRAY[%(expressions)s])"
    output_field = ArrayField(TextField())


class _TextQuery(Func):
    template = "(%(expressions)s)::tsquery"
    output_field = SearchQueryField()


def split_terms(text: str) -> list[str]:
    """The words of a text, as the index of words has them."""
    return list(query("SELECT search_terms(%s)", [text.replace("\0", " ")])[0][0])


def begins(terms: Sequence[str]) -> Q:
    """Condition on subscribers: their address or name has words that begin like these."""
    vector = Func("address", "name", function="search_words", output_field=SearchVectorField())
    # What does not contain them is left out first: making the words of a row takes ten times longer than looking into its text.
    return contains(TypedText(terms)) & Q(_Matches(vector, _TextQuery(Value(_beginnings(terms)))))


def contains(typed: TypedText, searched: Mapping[str, Type] = NO_ATTRIBUTES) -> Q:
    """Condition on subscribers: address, name or these attributes (name -> type) contain all words, or the number is in one of
    these attributes, whatever separates its digits there. Reads every row, and joins its texts to one.
    """
    text = Func("address", "name", function="search_text", output_field=TextField())
    if not searched:
        return _containing(text, typed.terms)
    values = [_value(name, kind) for name, kind in searched.items()]
    details = _joined([_joined(values[at : at + _MOST_ARGUMENTS]) for at in range(0, len(values), _MOST_ARGUMENTS)])
    whole = Func(_joined([text, details]), function="lower", output_field=TextField())
    condition = _containing(whole, typed.terms)
    if (narrow := [attributes.half_width(term) for term in typed.terms]) != typed.terms:
        condition |= _containing(whole, narrow)
    return condition | _containing(_without(details, SEPARATORS), [typed.number]) if typed.number else condition


def _value(name: str, kind: Type) -> Expression:
    """The value of an attribute as a text; words without what a list has around them."""
    value = KeyTextTransform(name, "attributes")  # not a lookup path: one may be called `contains`
    return _without(value, '"[]') if kind is Type.WORDS else value


def _joined(texts: Sequence[Expression]) -> Expression:
    return Func(Value("\n"), *texts, function="concat_ws", output_field=TextField())


def _without(text: Expression, characters: str) -> Expression:
    return Func(text, Value(characters), Value(""), function="translate", output_field=TextField())


def _containing(text: Expression, terms: Sequence[str]) -> Q:
    parts = (term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for term in terms if term)
    patterns = [Func(Value(f"%{part}%"), function="lower", output_field=TextField()) for part in parts]
    return Q(_Contains(text, _Patterns(*patterns))) if patterns else Q(pk__in=())


def _beginnings(terms: Sequence[str]) -> str:
    quoted = [word.replace("\\", "\\\\").replace("'", "''") for word in terms]
    return " & ".join(f"'{word}':*" for word in quoted)


@contextmanager
def by_index() -> Iterator[None]:
    """Statements inside look up each row by an index, in its order.

    For the few people of a window the planner would often read and hash a whole table, or everybody with a word, because it takes
    a condition for one that half of them meet, or one of a few words for one that few people meet.
    """
    with transaction.atomic():
        _switch("off", "seqscan", "hashjoin", "mergejoin", "bitmapscan")
        yield


def _switch(value: str, *kinds: str) -> None:
    query("SELECT " + ", ".join(f"set_config('enable_{kind}', '{value}', true)" for kind in kinds))


def with_words(terms: Sequence[str], most: int) -> list[int]:
    """At most so many ids of people whose words begin like these, by the index of words alone."""
    _switch("on", "bitmapscan")
    rows = query(
        "SELECT id FROM subscriber WHERE search_words(address, name) @@ %s::tsquery LIMIT %s", [_beginnings(terms), most]
    )
    _switch("off", "bitmapscan")
    return [row[0] for row in rows]


def of_domain(domain: str, most: int) -> list[int]:
    """At most so many ids of people of a domain, by the index of words: whole words, of which it reads the rarest first."""
    if most <= 0:
        return []
    _switch("on", "bitmapscan")
    ids = column(
        "SELECT id FROM subscriber WHERE search_words(address, name) @@ %s::tsquery AND domain = %s LIMIT %s",
        [" & ".join(f"'{word}'" for word in split_terms(domain)), domain, most],
    )
    _switch("off", "bitmapscan")
    return ids


def is_international(domain: str) -> bool:
    """Whether addresses may have this domain in another spelling than the domain itself, so that the index has other words."""
    return "xn--" in domain


def suppressed(cause: str, most: int) -> list[int]:
    """At most so many ids of people who are suppressed: for this cause or reason, or for any."""
    return column(
        "SELECT s.id FROM suppression x JOIN subscriber s ON s.address_key = x.address_key "
        "WHERE %s = '' OR x.cause = %s OR x.reason = %s LIMIT %s",
        [cause, cause, cause, most],
    )


def languages() -> list[str]:
    """The distinct languages of people in alphabetical order: by the index, one step for each language."""
    return column(
        """
        WITH RECURSIVE known AS (
            (SELECT language FROM subscriber WHERE language > '' ORDER BY language LIMIT 1)
            UNION ALL
            SELECT (SELECT s.language FROM subscriber s WHERE s.language > k.language ORDER BY s.language LIMIT 1)
            FROM known k WHERE k.language IS NOT NULL
        )
        SELECT language FROM known WHERE language IS NOT NULL ORDER BY language LIMIT 100
        """
    )


def among(people: QuerySet[Subscriber], ids: Sequence[int]) -> QuerySet[Subscriber]:
    """Those with these ids, given as one array: 20,000 parameters would take longer than the query."""
    return people.extra(where=['"subscriber"."id" = ANY(%s)'], params=[ids])


# The order of the ids does not matter, so nothing is sorted: 2 ms for 100,000 people, where a digest of a sorted list takes 10.
_CHOSEN = "SELECT count(*), COALESCE(bit_xor(hashint8extended(chosen.id, 0)), 0)::text FROM ({}) chosen"


def digest(people: QuerySet[Subscriber]) -> Chosen:
    """Whom an action would mean now."""
    sql, values = people.values("pk").order_by().query.sql_with_params()
    return Chosen(*query(_CHOSEN.format(f"SELECT id FROM ({sql}) matching(id)"), values)[0])


def store_members(action_id: int, people: QuerySet[Subscriber]) -> Chosen:
    """Store whom an action means."""
    sql, values = people.annotate(action=Value(action_id)).values("action", "pk").order_by().query.sql_with_params()
    query(f"INSERT INTO people_action_member (action_id, subscriber_id) {sql}", values)
    return Chosen(
        *query(_CHOSEN.format("SELECT subscriber_id AS id FROM people_action_member WHERE action_id = %s"), [action_id])[0]
    )
