"""Refuses to build a wheel or an archive: both would lack templates, themes and catalogues, which are beside the packages."""

from typing import NoReturn

from setuptools import Command, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.sdist import sdist


def refuse(_command: Command) -> NoReturn:
    raise SystemExit(
        "Mailroom cannot be built as a wheel or an archive yet: it would lack its templates, themes and translations.\n"
        "Install it from its checkout instead: make setup, or pip install -e ."
    )


class NoWheel(bdist_wheel):
    run = refuse


class NoArchive(sdist):
    run = refuse


setup(cmdclass={"bdist_wheel": NoWheel, "sdist": NoArchive})
