"""How files begin that are no CSV files, whatever their name says."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from core.errors import Refusal

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

#: Endings by which pandas unpacks a file, and how such files begin.
PACKED = {".gz": rb"\x1f\x8b", ".bz2": rb"BZh\d", ".xz": rb"\xfd7zXZ", ".zip": rb"PK[\x03\x05]"}
PACKED |= {".zst": rb"\x28\xb5\x2f\xfd", ".tar": rb"(?s).{257}ustar"}

#: How files begin that are no CSV files; what they are; the way out.
OTHER_FORMATS = (
    (rb"PK\x03\x04(?s:.*?)(xl/|\[Content_Types)|\xd0\xcf\x11\xe0", "an Excel workbook", "save it as CSV, in UTF-8"),
    (rb"\x1f\x8b", "a gzip file under another name", "unpack it, or let its name end in .csv.gz"),
    (rb"PK[\x03\x05]", "a zip file under another name", "unpack it, or let its name end in .csv.zip"),
    (rb"BZh\d1AY&SY", "a bzip2 file under another name", "unpack it, or let its name end in .csv.bz2"),
    (rb"\xfd7zXZ", "an xz file under another name", "unpack it, or let its name end in .csv.xz"),
    (rb"\x28\xb5\x2f\xfd|7z\xbc\xaf|Rar!\x1a|(?s:.{257})ustar", "a packed file", "unpack it"),
    (rb"PAR1[^ -~\s]", "a Parquet file", "write it as CSV: pandas.read_parquet(…).to_csv(…, index=False)"),
    (rb"ARROW1\x00", "a Feather file", "write it as CSV: pandas.read_feather(…).to_csv(…, index=False)"),
    (rb"SQLite format 3\x00", "an SQLite database", "write its table as CSV"),
    (rb"\x89HDF|\x93NUMPY|\x80[\x02-\x05]", "a binary file", "write its table as CSV"),
    (rb"%PDF-", "a PDF document", "download the data file itself"),
    (rb"\xff\xfe|\xfe\xff|[ -~]\x00[ -~]\x00|\x00[ -~]\x00[ -~]", "text in UTF-16", "save it in UTF-8"),
    (rb"version https://git-lfs", "a Git LFS pointer, not the file it stands for", "fetch it with `git lfs pull`"),
    (
        rb"(?i)\s*<(!doctype|html|head|body|\?xml|script|meta|!--)",
        "a web page, not a CSV file (perhaps of a download without a login)",
        "log in to the host, accept the rules, and download the file again",
    ),
    (
        rb'\s*(\{\s*["}]|\[\s*[\[{"])',
        "JSON, not a CSV file (perhaps an error that the host sent)",
        "read what it says, and download the file again",
    ),
)


def refuse_other_formats(path: Path, strict: bool) -> bool:
    """Refuse what is no CSV file, by how it begins. Returns whether pandas will unpack it."""
    if path.is_dir():
        raise Refusal(f"{path}: a folder, not a file", "name the file, or put it in the place of the folder")
    if not path.is_file():
        raise Refusal(f"{path}: no such file", "check the path: is it the folder of the competition's files?")
    try:
        with path.open("rb") as file:
            head = file.read(1 << 12)
    except OSError as error:
        raise Refusal(f"{path}: cannot be read ({error.strerror})", "check who may read the file") from None
    content = head.removeprefix(BYTE_ORDER_MARK)
    if len(head) < 1 << 12 and not content.strip():
        raise Refusal(f"{path}: the file is empty", "download or write it again", expected="a header and rows")
    ending = path.suffix.lower()
    if ending in PACKED:
        if not re.match(PACKED[ending], head):
            raise Refusal(f"{path}: no file of the kind {ending}", "download it again, or give it the name that fits")
        return True
    if strict and content != head:
        raise Refusal(
            f"{path}, row 1: a byte order mark, which hosts take for a part of the first column's name",
            'save the file as UTF-8 without it: encoding="utf-8" in pandas, not "utf-8-sig"',
        )
    for start, what, way_out in OTHER_FORMATS:
        if re.match(start, content):
            raise Refusal(f"{path}: this is {what}", way_out, expected="comma-separated text in UTF-8")
    return False


@contextmanager
def opened(path: Path) -> Iterator[IO[str]]:
    """The text of a file, unpacked by its ending."""

    def of_zip(path: Path, mode: str) -> IO[bytes]:
        archive = zipfile.ZipFile(path)
        return archive.open(archive.namelist()[0])

    ways: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open, ".zip": of_zip}
    with ways.get(path.suffix.lower(), Path.open)(path, "rb") as file:
        yield io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
