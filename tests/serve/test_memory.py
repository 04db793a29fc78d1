"""Memory is counted to the byte; results give way to photographs, and are made again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.serve.memory import Memory
from photochrom.serve.problems import Problem

steps = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.integers(0, 60)),
        st.tuples(st.just("keep"), st.tuples(st.sampled_from("ab"), st.integers(0, 3), st.integers(0, 60))),
        st.tuples(st.just("forget"), st.sampled_from("ab")),
    )
)


@given(steps)
def test_never_more_than_the_limit_is_used(steps: list[tuple[str, object]]) -> None:
    memory, taken = Memory(100), 0
    for what, how in steps:
        if what == "take":
            assert isinstance(how, int)
            if taken + how > 100:
                with pytest.raises(Problem, match="There is no room for it"):
                    memory.take(how)
            else:
                memory.take(how)
                taken += how
        elif what == "keep":
            assert isinstance(how, tuple)
            owner, name, size = how
            memory.keep(owner, name, size, size)
            assert memory.find(owner, name) in (size, None)
            assert memory.find(owner, name) == size or size > 100 - taken or memory.used <= 100
        else:
            memory.forget(str(how))
            assert all(memory.find(str(how), name) is None for name in range(4))
        assert memory.taken == taken
        assert memory.used <= 100


def test_the_result_that_nobody_looked_at_for_longest_goes_first() -> None:
    memory = Memory(100)
    for name in range(3):
        memory.keep("a", name, name, 30)
    memory.find("a", 0)
    memory.take(40)
    assert [memory.find("a", name) for name in range(3)] == [0, None, 2]


def test_what_is_borrowed_is_given_back_whatever_happens() -> None:
    memory = Memory(100)
    memory.keep("a", 1, "x", 60)

    def fail() -> None:
        with memory.borrowed(500):
            assert memory.find("a", 1) is None
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert memory.used == 0
