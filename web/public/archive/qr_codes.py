"""QR codes of addresses as SVG in a page, which needs neither a file nor a style in the markup."""

import qrcode
from django.utils.html import format_html
from django.utils.safestring import SafeString

_MARGIN = 4  # empty modules around the code, which scanners need


def inline_svg(address: str) -> SafeString:
    """The code in the colour of the text; the page has to put it on white. Screen readers skip it: the page has the address."""
    code = qrcode.QRCode(border=_MARGIN)
    code.add_data(address)
    rows = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
    return format_html(
        '<svg viewBox="0 0 {0} {0}" shape-rendering="crispEdges" aria-hidden="true"><path d="{1}"/></svg>', len(rows), path
    )
