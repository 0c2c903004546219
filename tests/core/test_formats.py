"""What a file is, by how it begins, whatever its name says."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Refusal
from core.formats import opened, refuse_other_formats

TEXT = "id,a\n01,2\n"


def zipped(name, content):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def tarred():
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("train.csv"))
    return packed.getvalue()


BEGINNINGS = {
    "Excel": (zipped("xl/workbook.xml", b""), "an Excel workbook"),
    "old Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook"),
    "gzip": (gzip.compress(TEXT.encode()), "a gzip file"),
    "zip": (zipped("train.csv", TEXT), "a zip file"),
    "bzip2": (bz2.compress(TEXT.encode()), "a bzip2 file"),
    "xz": (lzma.compress(TEXT.encode()), "an xz file"),
    "zstandard": (b"\x28\xb5\x2f\xfd\x00", "a packed file"),
    "tar": (tarred(), "a packed file"),
    "Parquet": (b"PAR1\x15\x04", "a Parquet file"),
    "Feather": (b"ARROW1\x00\x00", "a Feather file"),
    "SQLite": (b"SQLite format 3\x00", "an SQLite database"),
    "numpy": (b"\x93NUMPY\x01", "a binary file"),
    "pickle": (b"\x80\x04\x95", "a binary file"),
    "PDF": (b"%PDF-1.7", "a PDF document"),
    "UTF-16": (TEXT.encode("utf-16"), "text in UTF-16"),
    "UTF-16 without a mark": (TEXT.encode("utf-16-le"), "text in UTF-16"),
    "Git LFS": (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
    "a web page": (b"\n <!DOCTYPE html><html>", "a web page"),
    "a web page with a mark": (b"\xef\xbb\xbf<html>", "a web page"),
    "an error of a host": (b'{"code":403,"message":"Forbidden"}', "JSON"),
}


@pytest.mark.parametrize("name", BEGINNINGS)
@pytest.mark.parametrize("strict", [False, True])
def test_another_format_is_refused_by_its_name(tmp_path, name, strict):
    content, what = BEGINNINGS[name]
    path = tmp_path / "train.csv"
    path.write_bytes(content)
    with pytest.raises(Refusal) as caught:
        refuse_other_formats(path, strict)
    assert str(path) in caught.value.problem
    assert what in caught.value.problem or (strict and "byte order mark" in caught.value.problem)


@given(st.lists(st.text("abcxyzäß_ 0123456789.-", min_size=1, max_size=8), min_size=1, max_size=5))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_a_table_is_no_other_format(tmp_path_factory, names):
    path = tmp_path_factory.mktemp("table") / "train.csv"
    path.write_text(",".join(names) + "\n" + ",".join("1" for _ in names) + "\n", encoding="utf-8")
    if not path.read_text().strip().startswith("version https"):
        assert refuse_other_formats(path, True) is False


@pytest.mark.parametrize(
    ("ending", "pack"),
    [
        (".gz", gzip.compress),
        (".bz2", bz2.compress),
        (".xz", lzma.compress),
        (".zip", lambda content: zipped("train.csv", content)),
        ("", bytes),
    ],
)
def test_a_packed_file_of_that_ending_is_unpacked(tmp_path, ending, pack):
    path = tmp_path / f"train.csv{ending}"
    path.write_bytes(pack(TEXT.encode()))
    assert refuse_other_formats(path, False) is bool(ending)
    with opened(path) as file:
        assert file.read() == TEXT


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz", ".zip", ".zst", ".tar"])
def test_an_ending_that_is_not_true_is_refused(tmp_path, ending):
    path = tmp_path / f"train.csv{ending}"
    path.write_text(TEXT)
    with pytest.raises(Refusal, match="no file of the kind"):
        refuse_other_formats(path, False)
