"""Kernels: arithmetic on planes of float32, many operations in one call that leaves Python's lock alone.

NumPy takes the lock anew for every operation, some ten microseconds apart, so threads of one process wait for each
other. A kernel is a formula, written once in Python and handed to onnxruntime as a graph: threads run it side by side.

    blend = Kernel(lambda low, high, share: (low + share * (high - low),), "low", "high", "share")
    (plane,) = blend(low, high, share)

Operations broadcast as NumPy's do. Those that are here give a value that does not depend on where in a plane it lies,
so strips of a picture are the same as the whole, whatever their size. (Exponentials and powers would not; a product of
matrices does, if none of them is a vector.)
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photochrom.wire import part, text, whole

Array = NDArray[np.float32]

OPSET, IR = 21, 10  # of ONNX: known to every onnxruntime since 1.18
_FLOAT, _UINT16 = 1, 4  # TensorProto.DataType


class Value:
    """A plane in a formula; what is done with it becomes a node of the graph."""

    def __init__(self, graph: "_Graph", name: str) -> None:
        self._graph, self._name = graph, name

    def __add__(self, other: "Value | float | Array") -> "Value":
        return self._graph.node("Add", self, other)

    def __sub__(self, other: "Value | float | Array") -> "Value":
        return self._graph.node("Sub", self, other)

    def __mul__(self, other: "Value | float | Array") -> "Value":
        return self._graph.node("Mul", self, other)

    def __matmul__(self, other: "Value") -> "Value":
        return self._graph.node("MatMul", self, other)

    def mixed(self, matrix: NDArray[Any]) -> "Value":
        """The product of a constant matrix and this one."""
        return self._graph.node("MatMul", matrix, self)

    def at_least(self, other: "Value | float") -> "Value":
        """The larger of the two."""
        return self._graph.node("Max", self, other)

    def at_most(self, other: "Value | float") -> "Value":
        """The smaller of the two."""
        return self._graph.node("Min", self, other)

    def beside(self, other: "Value") -> "Value":
        """Both in one, along the first axis."""
        return self._graph.node("Concat", self, other, axis=0)

    def flat(self) -> "Value":
        """All axes but the first in one."""
        return self._graph.node("Flatten", self)

    def transposed(self) -> "Value":
        """Axes in reverse."""
        return self._graph.node("Transpose", self)

    def steps(self, step: float, zero: int) -> "Value":
        """Rounded to whole steps, `zero` added, held to 0..65535: uint16."""
        return self._graph.node("QuantizeLinear", self, step, np.array(zero, np.uint16))


class Kernel:
    """A formula that runs as a whole. Threads may share it; each call runs on the thread that made it.

    formula     called once with Values of the given names; gives the Values that are wanted
    names       of its arguments
    """

    def __init__(self, formula: Callable[..., tuple[Value, ...]], *names: str) -> None:
        self._formula, self._names = formula, names

    def __call__(self, *planes: Array) -> list[NDArray[Any]]:
        """The formula's results for these arguments, all of them float32."""
        results: list[NDArray[Any]] = self._session.run(None, dict(zip(self._names, planes, strict=True)))
        return results

    @cached_property
    def model(self) -> bytes:
        """The formula as an ONNX file."""
        graph = _Graph()
        return graph.file(self._names, self._formula(*(Value(graph, name) for name in self._names)))

    @cached_property
    def _session(self) -> Any:
        import onnxruntime  # 0.1 s: only for those who render

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # several calls at a time fill the cores
        options.log_severity_level = 4
        return onnxruntime.InferenceSession(self.model, options, providers=["CPUExecutionProvider"])


class _Graph:
    """Nodes and constants as they are met, and the file that they make (onnx.proto: field numbers, messages)."""

    def __init__(self) -> None:
        self._nodes, self._constants = b"", b""
        self._count = 0

    def node(self, kind: str, *inputs: "Value | float | NDArray[Any]", axis: int | None = None) -> Value:
        """One operation."""
        taken = b"".join(text(1, self._named(one)) for one in inputs)
        made = Value(self, self._new_name())
        attribute = b"" if axis is None else part(5, text(1, "axis") + whole(3, axis) + whole(20, 2))
        self._nodes += part(1, taken + text(2, made._name) + text(4, kind) + attribute)
        return made

    def file(self, inputs: Sequence[str], results: Sequence[Value]) -> bytes:
        """A ModelProto."""
        plane = part(2, part(1, whole(1, _FLOAT)))  # float32 of any shape
        ends = b"".join(part(11, text(1, name) + plane) for name in inputs)
        ends += b"".join(part(12, text(1, result._name)) for result in results)  # types follow from the nodes
        graph = self._nodes + text(2, "kernel") + self._constants + ends
        return whole(1, IR) + part(7, graph) + part(8, text(1, "") + whole(2, OPSET))

    def _named(self, one: "Value | float | NDArray[Any]") -> str:
        """The name of a value; numbers and arrays become constants."""
        if isinstance(one, Value):
            return one._name
        index = isinstance(one, np.ndarray) and one.dtype == np.uint16
        array, name = np.asarray(one, "<u2" if index else "<f4"), self._new_name()
        sides = b"".join(whole(1, side) for side in array.shape)
        kind = whole(2, _UINT16 if index else _FLOAT)
        self._constants += part(5, sides + kind + text(8, name) + part(9, array.tobytes()))
        return name

    def _new_name(self) -> str:
        self._count += 1
        return f"v{self._count}"
