"""`python -m tests.model`: search every world, and print the shortest trace to harm for each rule that is removed."""

from __future__ import annotations

import os
import time

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from tests.model import worlds

    began = time.process_time()
    for name, world in worlds.SOUND.items():
        print(f"{name}: {worlds.look(worlds.protocol(**world), rest=True).told()}")
    for broken in worlds.BROKEN:
        print(f"\n{broken.name} -> {broken.look().told()}")
    for name, (order, _) in worlds.CURSORS.items():
        print(f"\n{name} -> {worlds.look_at_cursor(order).told()}")
    print(f"\n{time.process_time() - began:.1f} s of processor time")


if __name__ == "__main__":
    main()
