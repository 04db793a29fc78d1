"""Kernels: formulas that are run as a whole give what NumPy gives, and make a file that ONNX knows."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
from hypothesis import given
from hypothesis import strategies as st

from photochrom.kernel import OPSET, Kernel, Value

MATRIX = np.float32([[1, 2], [3, 4], [5, 6]])


def blended(low: Value, high: Value, share: Value) -> tuple[Value]:
    return (low + share * (high - low),)


def everything(a: Value, b: Value) -> tuple[Value, ...]:
    both = a.flat().beside(b)
    return both.at_least(-0.5).at_most(b), both.mixed(MATRIX).transposed(), both @ both.transposed(), a.steps(0.02, 40)


blend = Kernel(blended, "low", "high", "share")


def planes(*shapes: tuple[int, ...], seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape).astype(np.float32) for shape in shapes]


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 200))
def test_arithmetic_is_that_of_numpy_to_the_last_bit(seed: int, rows: int, width: int) -> None:
    low, high, share = planes((2, 1, width), (2, 1, width), (rows, 1), seed=seed)
    assert np.array_equal(blend(low, high, share)[0], low + share * (high - low))


def test_every_operation() -> None:
    a, b = planes((1, 2, 3), (1, 2, 3))
    limited, product, square, steps = Kernel(everything, "a", "b")(a, b.reshape(1, 6))
    both = np.concatenate([a, b]).reshape(2, 6)
    assert np.array_equal(limited, np.minimum(np.maximum(both, -0.5), b.reshape(1, 6)))
    assert np.allclose(product, (MATRIX @ both).T, atol=1e-5)
    assert np.allclose(square, both @ both.T, atol=1e-5)
    assert steps.dtype == np.uint16
    assert np.array_equal(steps, np.clip(np.rint(a / np.float32(0.02)) + 40, 0, 65535))


def test_whole_steps_end_at_both_ends() -> None:
    kernel = Kernel(lambda plane: (plane.steps(1, 7),), "plane")
    (steps,) = kernel(np.float32([-1e9, -7.6, -7, 0, 0.4, 65528, 65529, 1e9]))
    assert steps.tolist() == [0, 0, 0, 7, 7, 65535, 65535, 65535]


def test_the_file_is_one_that_onnx_reads() -> None:
    model = onnx.load_from_string(Kernel(everything, "a", "b").model)
    assert [one.version for one in model.opset_import] == [OPSET]
    assert [one.name for one in model.graph.input] == ["a", "b"]
    assert len(model.graph.output) == 4
    assert {node.op_type for node in model.graph.node} >= {"Concat", "MatMul", "QuantizeLinear", "Transpose"}
    assert onnx.numpy_helper.to_array(model.graph.initializer[1]).tolist() == MATRIX.tolist()


def test_threads_share_a_kernel() -> None:
    many = [planes((1, 1, 500), (1, 1, 500), (7, 1), seed=seed) for seed in range(40)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda one: blend(*one)[0], many))
    assert all(np.array_equal(one, blend(*given)[0]) for one, given in zip(together, many, strict=True))
