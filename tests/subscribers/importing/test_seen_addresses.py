from hashlib import blake2b

from hypothesis import given
from hypothesis import strategies as st

from subscribers.importing.seen_addresses import SeenKeys


@given(st.lists(st.binary(min_size=16, max_size=16) | st.sampled_from([b"\0" * 16, b"a" * 16, b"\0" * 7 + b"\1" + b"\0" * 8])))
def test_the_first_line_of_each_key(keys):
    seen, known = SeenKeys(), {}
    for line, key in enumerate(keys, start=2):
        mark = int.from_bytes(key[:8], "big") or 1
        assert seen.first(key, line) == known.setdefault(mark, line)


def test_it_grows():
    seen = SeenKeys()
    keys = [blake2b(n.to_bytes(4, "big"), digest_size=16).digest() for n in range(20_000)]
    assert all(seen.first(key, line) == line for line, key in enumerate(keys))
    assert all(seen.first(key, 999_999) == line for line, key in enumerate(keys))
