"""A publication with many people, made by the server: 5 lists of different sizes, 20 attributes, names in Chinese and Latin letters."""

from collections.abc import Sequence

from django.db import connection

_SURNAMES = "{王,李,张,刘,陈,杨,赵,黄,周,吴,欧阳,司马}"
_GIVEN = "{伟,芳,娜,秀英,敏,静,丽,强,磊,军,洋,勇,艳,杰,娟,涛,明,超,秀兰,霞,平,刚,桂英,建国,文,志远,思涵}"
_LATIN = "{wang,li,zhang,liu,chen,yang,zhao,huang,zhou,wu,smith,mueller,tanaka,johnson}"
_FIRST = "{wei,fang,na,min,jing,li,qiang,lei,jun,yang,yong,anna,john,maria,peter}"
_DOMAINS = "{cast.org.cn,pku.edu.cn,tsinghua.edu.cn,gmail.com,qq.com,163.com,example.org}"
_LANGUAGES = "{en,zh-Hans,zh-Hans,zh-Hans,fr,''}"
# Of a hundred people, how many are on each list.
SHARES = (100, 60, 20, 5, 1)


def _pick(words: str, salt: int) -> str:
    return f"('{words}'::text[])[1 + (hashint8(n * {salt})::bigint & 2147483647) % array_length('{words}'::text[], 1)]"


def fill(count: int, list_ids: Sequence[int], attributes: Sequence[str]) -> None:
    """Add people with the numbers 1 to `count`, and their subscriptions; a number always gives the same person."""
    pairs = ", ".join(
        f"'{name}', {_pick('{物理研究所,化学研究所,Institute of Physics,北京,上海}', 31 + at)}"
        for at, name in enumerate(attributes)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO subscriber (address, address_key, domain, name, language, country, zone, attributes, created_at, soft_bounces)
            SELECT p.local || '.' || p.first || n || '@' || p.domain, decode(md5(n::text), 'hex'), p.domain,
                   CASE WHEN n % 2 = 0 THEN p.surname || p.given ELSE initcap(p.first) || ' ' || initcap(p.local) END,
                   p.language, 'CN', '', jsonb_build_object({pairs}), now() - make_interval(mins => (%s - n)::int), 0
            FROM generate_series(1, %s) n CROSS JOIN LATERAL (
                SELECT {_pick(_LATIN, 7)} AS local, {_pick(_FIRST, 13)} AS first, {_pick(_DOMAINS, 23)} AS domain,
                       {_pick(_SURNAMES, 3)} AS surname, {_pick(_GIVEN, 5)} AS given, {_pick(_LANGUAGES, 17)} AS language
            ) p
            """.replace("%", "%%").replace("%%s", "%s"),
            [count, count],
        )
    subscribe(list_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO suppression (address_key, address, reason, detail, cause)
            SELECT address_key, address, CASE WHEN id % 3 = 0 THEN 'complaint' ELSE 'hard_bounce' END, '',
                   CASE WHEN id % 3 = 0 THEN '' WHEN id % 7 = 0 THEN 'mailbox_full' ELSE 'invalid_address' END
            FROM subscriber WHERE id % 33 = 0
            """
        )
        cursor.execute(
            """
            UPDATE subscriber SET language = 'mn', attributes = attributes || '{"field_19": "rare"}',
                                  address = split_part(address, '@', 1) || '@few.example', domain = 'few.example'
            WHERE id % 50000 = 7
            """
        )


def subscribe(list_ids: Sequence[int], first: int = 0) -> None:
    """Put the shares of everybody on the lists, of which `first` are left out."""
    with connection.cursor() as cursor:
        for list_id, share in zip(list_ids, SHARES[first:], strict=True):
            cursor.execute(
                """
                INSERT INTO subscription (subscriber_id, list_id, state, source, consent, created_at, joined_at, confirmed_at, unsubscribed_at,
                                          unsubscribed_how)
                SELECT id, %s, state, 'import:1', 'fair', created_at, created_at, CASE WHEN state <> 'pending' THEN created_at END,
                       CASE WHEN state = 'unsubscribed' THEN created_at END, CASE WHEN state = 'unsubscribed' THEN 'page' ELSE '' END
                FROM subscriber CROSS JOIN LATERAL (
                    SELECT CASE WHEN id %% 10 = 0 THEN 'unsubscribed' WHEN id %% 97 = 0 THEN 'pending' ELSE 'confirmed' END AS state
                ) s
                WHERE (hashint8(id + %s) & 2147483647) %% 100 < %s
                """,
                [list_id, list_id, share],
            )
