from __future__ import annotations
from dataclasses import dataclass


@dataclass
class Mail:
    x: int = 0

    @classmethod
    def of(cls, *a):
        return cls()


def inspect(m):
    return ()
