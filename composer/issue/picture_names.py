"""Names of pictures that are files on every system: Windows opens a device instead of a file called con.jpg."""

import re
from pathlib import PurePosixPath

# Source: Microsoft, "Naming Files, Paths, and Namespaces". A device is meant whatever follows the first dot.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])[ ]*(?:\..*)?", re.IGNORECASE | re.DOTALL)


def is_device(path: str) -> bool:
    return any(_DEVICE.fullmatch(part) for part in PurePosixPath(path).parts)


def usable_stem(stem: str) -> str:
    """The name without its ending, changed if it were a device: `con` becomes `con-picture`."""
    return f"{stem}-picture" if is_device(stem) else stem
