"""The trees of a fitted forest in little space, in arrays that run no code when they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: Larger numbers count as this: in single precision they would be infinite.
LARGEST = 1e30

#: Trees that are asked in one go: what they answer is held in memory at once.
TOGETHER = 8


@dataclass(frozen=True, eq=False)
class PackedTrees:
    """Trees of scikit-learn, one behind the other, as little as predictions need: a fifth of their own size.

    Nodes are in depth-first order: the left child of a node is the next one, so that only the right child is kept.

    Parameters
    ----------
    starts: the first node of each tree, and behind the last tree the number of nodes, (trees + 1,).
    right: the right child of a node, counted in its tree; -1 for a leaf, (nodes,).
    feature, threshold: what an inner node asks; 0 in leaves, (nodes,).
    missing_left: whether a missing value goes to the left, (nodes,).
    leaves: the answer of each leaf, in the order of the nodes, (leaves, outputs), float32.
    columns: of the matrix that was fitted.
    """

    starts: npt.NDArray[np.int64]
    right: npt.NDArray[np.int32]
    feature: npt.NDArray[np.int32]
    threshold: Array
    missing_left: npt.NDArray[np.bool_]
    leaves: npt.NDArray[np.float32]
    columns: int

    @classmethod
    def of(cls, trees: Sequence[Any]) -> Self:
        """Pack `estimator.tree_` of each tree."""
        states = [tree.__getstate__() for tree in trees]
        nodes = np.concatenate([state["nodes"] for state in states])
        answers = np.concatenate([state["values"][:, 0, :] for state in states])
        inner = nodes["left_child"] >= 0
        starts = np.cumsum([0, *(len(state["nodes"]) for state in states)])
        position = np.arange(len(nodes)) - np.repeat(starts[:-1], np.diff(starts))
        if (nodes["left_child"][inner] != position[inner] + 1).any():
            raise ValueError("these trees were not grown depth first: do not limit the number of their leaves")
        return cls(
            starts=starts,
            right=np.where(inner, nodes["right_child"], -1).astype(np.int32),
            feature=np.where(inner, nodes["feature"], 0).astype(np.int32),
            threshold=np.where(inner, nodes["threshold"], 0.0),
            missing_left=nodes["missing_go_to_left"].astype(bool),
            leaves=answers[~inner].astype(np.float32),
            columns=int(trees[0].n_features),
        )

    def mean(self, matrix: Array, threads: int = 1) -> Array:
        """The mean answer of all trees, (n, outputs), for a matrix (n, columns) that may hold NaN.

        The trees are added up in their order, so that the bytes do not depend on the threads.
        """
        single = as_single(matrix)
        total = np.zeros((len(single), self.leaves.shape[1]))
        with ThreadPoolExecutor(threads) as pool:
            for first in range(0, len(self._trees), TOGETHER):
                some = self._trees[first : first + TOGETHER]
                for answers in pool.map(lambda tree: tree.predict(single), some):
                    total += answers.reshape(total.shape)
        return total / len(self._trees)

    def save(self, path: Path) -> None:
        """Write an .npz file."""
        with path.open("wb") as file:
            np.savez(
                file,
                starts=self.starts,
                right=self.right,
                feature=self.feature,
                threshold=self.threshold,
                missing_left=self.missing_left,
                leaves=self.leaves,
                columns=self.columns,
            )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        ValueError: arrays that are no trees: scikit-learn follows any index, out of its memory or for ever.
        """
        with np.load(path, allow_pickle=False) as arrays:
            known = {name: arrays[name] for name in arrays.files}
        trees = cls(**known | {"columns": int(known["columns"])})
        trees._refuse_damage()
        return trees

    def _refuse_damage(self) -> None:
        nodes, sizes = len(self.right), np.diff(self.starts)
        if (
            len({len(part) for part in (self.right, self.feature, self.threshold, self.missing_left)}) > 1
            or len(self.starts) < 2
            or (self.starts[0], self.starts[-1]) != (0, nodes)
            or (sizes < 1).any()
            or self.leaves.ndim != 2
            or (self.right < 0).sum() != len(self.leaves)
        ):
            raise ValueError("the arrays of a forest do not fit each other")
        place = np.arange(nodes) - np.repeat(self.starts[:-1], sizes)
        inner = self.right >= 0
        # The left child is the next node, the right one stands behind it: no walk can go round or out.
        astray = inner & ((self.right <= place + 1) | (self.right >= np.repeat(sizes, sizes)))
        if astray.any() or (self.feature < 0).any() or (self.feature >= self.columns).any():
            raise ValueError("a node of a forest leads nowhere")

    @cached_property
    def _trees(self) -> list[Any]:
        return list(self._unpacked())

    def _unpacked(self) -> Iterator[Any]:
        from sklearn.tree._tree import Tree

        outputs = self.leaves.shape[1]
        empty = Tree(self.columns, np.array([outputs], dtype=np.intp), 1)
        dtype = empty.__getstate__()["nodes"].dtype  # its fields are those of the scikit-learn that is installed
        leaf_of = np.cumsum(self.right < 0) - 1
        for start, end in zip(self.starts[:-1], self.starts[1:], strict=True):
            part = slice(start, end)
            inner = self.right[part] >= 0
            nodes = np.zeros(end - start, dtype=dtype)
            nodes["left_child"] = np.where(inner, np.arange(1, end - start + 1), -1)
            nodes["right_child"] = self.right[part]
            nodes["feature"], nodes["threshold"] = self.feature[part], self.threshold[part]
            nodes["missing_go_to_left"] = self.missing_left[part]
            values = np.where(inner[:, None], 0.0, self.leaves[leaf_of[part]]).astype(float)[:, None, :]
            tree = Tree(self.columns, np.array([outputs], dtype=np.intp), 1)
            tree.__setstate__({"max_depth": 0, "node_count": len(nodes), "nodes": nodes, "values": values})
            yield tree


def as_single(matrix: Array) -> npt.NDArray[np.float32]:
    """Numbers in single precision, as libraries of trees want them; NaN stays."""
    return np.ascontiguousarray(np.clip(matrix, -LARGEST, LARGEST), dtype=np.float32)
