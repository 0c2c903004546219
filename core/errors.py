"""The one exception a user may see."""

from __future__ import annotations


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
