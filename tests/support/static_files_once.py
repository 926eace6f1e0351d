"""Lists the static files once for all clients of a test process: each makes the middleware again, as a new web process does."""

from typing import Any

from whitenoise.middleware import WhiteNoiseMiddleware

_files: dict[str, Any] = {}


def install() -> None:
    """Replace the method by which WhiteNoise looks for them."""
    look = WhiteNoiseMiddleware.add_files_from_finders

    def add_files(middleware: WhiteNoiseMiddleware) -> None:
        if not _files:
            look(middleware)
            _files.update(middleware.files)
        middleware.files.update(_files)

    WhiteNoiseMiddleware.add_files_from_finders = add_files
