#!/usr/bin/env python3
"""Writes the archives in this folder; run it here. They show how another program's zip writer deflates and streams."""
import io
import zipfile

LINES = "".join(f"line {n} of the member\n" for n in range(5000))
MEMBERS = [("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", LINES)]
WHEN = (2026, 1, 1, 0, 0, 0)


class Unseekable(io.RawIOBase):
    """A sink that cannot go back, so that zipfile writes data descriptors."""

    def __init__(self):
        self.data = bytearray()

    def writable(self):
        return True

    def write(self, piece):
        self.data += piece
        return len(piece)


def fill(sink, members):
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members:
            info = zipfile.ZipInfo(name, WHEN)
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(info, text)


def workbook():
    """A deflated workbook of 2,000 rows, as layout A has them, pretty-printed."""
    rows = "\n".join(
        f"""   <table:table-row>
    <table:table-cell office:value-type="string"><text:p>row {n}</text:p></table:table-cell>
    <table:table-cell office:value-type="float" office:value="{n}"><text:p>{n}</text:p></table:table-cell>
    <table:table-cell/>
    <table:table-cell office:value-type="string"><text:p>Type-{'ABC'[n % 3]}</text:p></table:table-cell>
   </table:table-row>"""
        for n in range(1, 2001)
    )
    uri = "urn:oasis:names:tc:opendocument:xmlns"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="{uri}:office:1.0" xmlns:table="{uri}:table:1.0" xmlns:text="{uri}:text:1.0">
 <office:body>
  <office:spreadsheet>
   <table:table table:name="Sheet1">
{rows}
   </table:table>
  </office:spreadsheet>
 </office:body>
</office:document-content>
"""


fill("python.zip", MEMBERS)
streamed = Unseekable()
fill(streamed, MEMBERS)
with open("python-streamed.zip", "wb") as out:
    out.write(streamed.data)
fill("zeros.zip", [("content.xml", "\0" * (17 << 20))])
fill("rows.ods", [MEMBERS[0], ("content.xml", workbook())])


def padded(size):
    """A document of one row and then white space up to that size, which deflates to a thousandth."""
    head, tail = workbook().split("   <table:table-row>", 1)[0], "   </table:table>\n  </office:spreadsheet>\n </office:body>\n"
    head += "<table:table-row><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row>"
    tail += "</office:document-content>\n"
    return head + " " * (size - len(head) - len(tail)) + tail


fill("ratio-allowed.ods", [("content.xml", padded(16 << 20))])
fill("ratio-bomb.ods", [("content.xml", padded((16 << 20) + 65_536))])
