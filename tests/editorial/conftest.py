"""Fixtures of all tests of this package."""

from tests.support.composed_once import composed_once as composed_once
