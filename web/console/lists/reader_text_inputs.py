"""The inputs of a form for texts that readers of other languages see: `name-fr` and `description-fr`."""

from collections.abc import Callable, Mapping

from publication.reader_texts import ReaderText

MOST_LANGUAGES = 50


def typed(given: Mapping[str, str], read: Callable[[str], str]) -> dict[str, ReaderText]:
    """Language -> what was typed; `read` gives the value of an input."""
    languages = [name.removeprefix("name-") for name in given if name.startswith("name-")][:MOST_LANGUAGES]
    return {language: ReaderText(read(f"name-{language}"), read(f"description-{language}")) for language in languages}


def posted(texts: Mapping[str, ReaderText]) -> dict[str, str]:
    """Input -> its value."""
    return {f"{part}-{language}": value for language, text in texts.items() for part, value in text._asdict().items()}
