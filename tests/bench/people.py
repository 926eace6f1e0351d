"""Generated recipients, the same for every case; names, languages and the form of addresses follow the sample file."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SAMPLE = Path(__file__).resolve().parent.parent.parent / "examples" / "subscribers.csv"


class Person(NamedTuple):
    address: str
    name: str
    language: str
    country: str


def people(first: int, end: int) -> Iterator[Person]:
    """The people with the numbers from `first` to `end` - 1; a number always gives the same person."""
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        sample = [(*row["email"].split("@"), row["name"], row["language"], row["country"]) for row in csv.DictReader(file)]
    for number in range(first, end):
        local, domain, name, language, country = sample[number % len(sample)]
        yield Person(f"{local}.{number}@{domain}", name, language, country)
