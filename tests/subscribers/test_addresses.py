import pytest
from email_validator import validate_email
from hypothesis import given
from hypothesis import strategies as st

from subscribers import addresses
from tests.support.variations import examples


@pytest.fixture(autouse=True)
def fixed_key(monkeypatch):
    """No database: what is tested here does not depend on which key the hash has."""
    monkeypatch.setattr(addresses.addresses_sql, "hash_key", lambda: b"k" * 32)


@pytest.mark.parametrize(
    ("typed", "mailed", "domain"),
    [
        ("anna@example.org", "anna@example.org", "example.org"),
        ("  Anna.B+news@Example.ORG \n", "Anna.B+news@example.org", "example.org"),
        ("zhang@例子.中国", "zhang@xn--fsqu00a.xn--fiqs8s", "xn--fsqu00a.xn--fiqs8s"),
        ("zhang@XN--fsqu00a.xn--fiqs8s", "zhang@xn--fsqu00a.xn--fiqs8s", "xn--fsqu00a.xn--fiqs8s"),
        ("o'neil_{x}@sub.mail.example", "o'neil_{x}@sub.mail.example", "sub.mail.example"),
        ("a@straße.example", "a@xn--strae-oqa.example", "xn--strae-oqa.example"),
    ],
)
def test_an_address_is_mailed_as_typed_to_a_lower_case_domain(typed, mailed, domain):
    address = addresses.validate(typed)
    assert (address.address, address.domain) == (mailed, domain)
    assert address.key == addresses.key_of(addresses.normalise(typed)) == addresses.validate(address.address).key
    assert len(address.key) == addresses.KEY_SIZE


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "missing"),
        (" \u3000", "missing"),
        ("anna", "syntax"),
        ("anna@@example.org", "syntax"),
        ("a@example.org,b@example.org", "syntax"),
        ("Anna <anna@example.org>", "syntax"),
        ('"anna b"@example.org', "syntax"),
        ("anna@[192.0.2.1]", "syntax"),
        ("an na@example.org", "syntax"),
        ("anna..b@example.org", "syntax"),
        (".anna@example.org", "syntax"),
        ("anna@-example.org", "syntax"),
        ("anna@ex--ample.org", "syntax"),
        ("anna@example", "domain"),
        ("anna@printer.local", "domain"),
        ("anna@x.LOCALHOST", "domain"),
        ("team@office.test", "domain"),
        ("team@test", "domain"),
        ("a@192.0.2.1", "domain"),
        ("张伟@example.org", "unsendable"),
        ("x" * 65 + "@example.org", "too_long"),
        ("x" * 60 + "@" + ("y" * 60 + ".") * 4 + "org", "too_long"),
        ("x" * 5000, "too_long"),
        ("anna\x00@example.org", "syntax"),
        ("anna@exam\u202eple.org", "syntax"),
    ],
)
def test_an_address_that_cannot_be_mailed_is_rejected_with_a_code_and_a_hint(typed, code):
    with pytest.raises(addresses.AddressError) as caught:
        addresses.validate(typed)
    assert caught.value.code == code
    assert caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ｚｈａｎｇ＠example.org", "zhang@example.org"),
        ("li@pku.edu,cn", "li@pku.edu.cn"),
        ("li@pku，edu，cn", "li@pku.edu.cn"),
        ("x@tsinghua.edu.c", "x@tsinghua.edu.cn"),
        ("x@example.c", ""),
        ("x@example.org,li", ""),
    ],
)
def test_a_mistyped_address_gets_the_one_that_was_probably_meant_as_a_suggestion(typed, meant):
    with pytest.raises(addresses.AddressError) as caught:
        addresses.validate(typed)
    assert (caught.value.hint == f"did you mean {meant}?") is bool(meant)


@pytest.mark.parametrize(
    ("address", "other"),
    [
        ("a.b@gmail.example", "ab@gmail.example"),
        ("a+x@example.org", "a@example.org"),
        ("a@example.org", "a@mail.example.org"),
        ("ﬁ@example.org", "fi@example.org"),
        ("ａ@example.org", "a@example.org"),
        ("a@straße.example", "a@strasse.example"),
        ("a-@example.org", "a@example.org"),
        ("ı@example.org", "i@example.org"),
    ],
)
def test_two_mailboxes_are_never_one(address, other):
    assert addresses.key_of(addresses.normalise(address)) != addresses.key_of(addresses.normalise(other))


@pytest.mark.parametrize(
    ("address", "other"),
    [
        ("ANNA@EXAMPLE.ORG", "anna@example.org"),
        ("e\u0301@example.org", "é@example.org"),
        ("a@bücher.example", "A@XN--BCHER-KVA.example"),
        ("a@例子。中国", "a@例子.中国"),
        ("\ufeffa@example.org\u00a0", "a@example.org"),
    ],
)
def test_two_spellings_are_one_mailbox(address, other):
    assert addresses.normalise(address) == addresses.normalise(other)


ANY = st.text(max_size=80) | st.from_regex(r"[a-zÀ-ʯ.+]{1,20}@[a-zA-Z0-9À-ʯ.-]{1,30}", fullmatch=True)


@given(ANY)
@examples(400)
def test_normalising_twice_is_normalising_once(text):
    once = addresses.normalise(text)
    assert addresses.normalise(once) == once


@given(ANY)
@examples(300)
def test_every_text_is_an_address_or_a_fault(text):
    try:
        address = addresses.validate(text)
    except addresses.AddressError:
        return
    assert addresses.validate(address.address) == address
    assert address.key == addresses.key_of(addresses.normalise(text))


LABEL = st.text("abzAZ09-", min_size=1, max_size=8) | st.sampled_from(["x" * 63, "x" * 64, "xn--fsqu00a", "test", "a--b"])


@given(
    st.text("aB9.+-_'!", min_size=1, max_size=10) | st.just("q" * 64) | st.just("q" * 65),
    st.lists(LABEL, min_size=1, max_size=4),
    st.sampled_from(["org", "ORG", "test", "local", "c", "o1", "museum"]),
)
@examples(600)
def test_the_fast_way_accepts_only_what_the_slow_way_accepts(local, labels, top):
    text = f"{local}@{'.'.join([*labels, top])}"
    shape = addresses._SHAPE.fullmatch(text)
    if shape and addresses._is_plain(*shape.groups()):
        slow = validate_email(text, check_deliverability=False, strict=True)
        fast = addresses.validate(text)
        assert (slow.normalized, slow.ascii_domain) == (fast.address, fast.domain)
