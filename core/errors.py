"""The one exception a user may see."""

from __future__ import annotations

import errno
from pathlib import Path


class Refusal(Exception):
    """Input that cannot be used, said in one message with the way out.

    The command line prints it and ends with exit code 2, never with a traceback.

    Parameters
    ----------
    problem: what is wrong and where (file, row, column).
    way_out: what the user can do about it.
    expected: what would have been accepted, where that is not plain from the problem.

    >>> print(Refusal("train.csv: no column 'diagnosis'", "name the target column", expected="row_id, …, diagnosis"))
    train.csv: no column 'diagnosis'
      expected: row_id, …, diagnosis
      way out:  name the target column
    """

    def __init__(self, problem: str, way_out: str, *, expected: str | None = None) -> None:
        self.problem = problem
        self.way_out = way_out
        self.expected = expected
        super().__init__(problem)

    def __str__(self) -> str:
        lines = [self.problem]
        if self.expected is not None:
            lines.append(f"  expected: {self.expected}")
        lines.append(f"  way out:  {self.way_out}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.problem, self.way_out, self.expected)


def _rebuild(problem: str, way_out: str, expected: str | None) -> Refusal:
    return Refusal(problem, way_out, expected=expected)


#: What the disk says when it cannot take or give any more, whoever asks: no fault of what is being fitted.
STORAGE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO, errno.EMFILE, errno.ENFILE}

_SAID = {
    errno.ENOSPC: ("the disk is full", "free some space"),
    errno.EDQUOT: ("your share of the disk is full", "free some space"),
    errno.EROFS: ("the disk is read-only", "name another folder with --submissions"),
    errno.EFBIG: ("the file is too large for this disk or limit", "use another disk, or raise `ulimit -f`"),
    errno.EIO: ("the disk fails", "check the disk, or use another one"),
    errno.EMFILE: ("too many files are open", "raise `ulimit -n`"),
    errno.ENFILE: ("too many files are open on this machine", "end some other programs"),
    errno.EACCES: ("permission denied", "change its permissions, or name another folder (--submissions, --out)"),
    errno.EPERM: ("permission denied", "change its permissions, or name another folder (--submissions, --out)"),
    errno.ENOTDIR: ("there is a file where a folder should be", "move that file away, or name another folder"),
    errno.EEXIST: ("there is a file where a folder should be", "move that file away, or name another folder"),
    errno.EISDIR: ("there is a folder where a file should be", "move that folder away, or name another file"),
    errno.ENOENT: ("no such file or folder", "check the path"),
    errno.ENAMETOOLONG: ("the name is too long", "use a shorter path"),
}


def of_storage(error: BaseException) -> bool:
    """Whether an error is the disk's own, so that going on with other work is no use."""
    return isinstance(error, OSError) and error.errno in STORAGE


def environment_refusal(error: OSError) -> Refusal | None:
    """What a user can do about an error of the file system; None for one that says nothing of the environment."""
    if error.errno not in _SAID or (error.errno == errno.ENOENT and error.filename is None):
        return None
    problem, way_out = _SAID[error.errno]
    where = error.filename2 or error.filename
    named = f"{Path(where)}: {problem}" if isinstance(where, str | Path) else problem
    return Refusal(named, f"{way_out}, then run the same command again: it goes on where it stopped")
