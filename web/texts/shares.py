"""Shares in per cent, for pages and files."""


def share(value: float, total: float) -> str:
    """Per cent of `total` with one decimal; a share that is not empty never reads 0.0%."""
    if not total:
        return "–"
    percent = value * 100 / total
    return "< 0.1%" if 0 < percent < 0.05 else f"{percent:.1f}%"


def exact_share(value: float, total: float) -> str:
    """`share` with two decimals, to compare it with a limit such as 0.3 %."""
    return f"{value * 100 / total:.2f}%" if total else "–"


def of_one(part: float) -> str:
    """`share` of a number between 0 and 1."""
    return share(part, 1)
