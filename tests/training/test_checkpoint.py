"""A checkpoint brings everything back to the bit, appears whole or not at all, and is refused when it is broken."""

from pathlib import Path

import pytest
import torch
from torch import nn

from photochrom.errors import DataError
from photochrom.training import checkpoint
from photochrom.training.checkpoint import Average

NUMBERS = {"step": 7, "seconds": 1.25, "prior": [0.1, 0.2]}


def network(seed: int) -> nn.Module:
    """A convolution, channels last, and a BatchNorm, which has whole numbers in its state."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4)).to(memory_format=torch.channels_last)


class Run:
    """What a run changes: network, average, optimizer."""

    def __init__(self, seed: int) -> None:
        self.network, self.batches = network(seed), torch.Generator().manual_seed(1)
        self.average = Average(self.network, 0.9)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=0.1)

    def step(self) -> None:
        self.optimizer.zero_grad()
        self.network(torch.randn(2, 3, 5, 5, generator=self.batches)).square().sum().backward()
        self.optimizer.step()
        self.average.update(self.network, 3)

    def save(self, folder: Path) -> None:
        checkpoint.save(folder, self.network, self.average, self.optimizer, NUMBERS)


def test_the_average_is_the_exponential_one() -> None:
    one = network(1)
    average = Average(one, 0.9)
    before = {key: value.clone() for key, value in average.state.items()}
    for parameter in one.parameters():
        parameter.data += 1
    one.get_buffer("1.num_batches_tracked").fill_(5)
    average.update(one, 1000)
    for key, value in one.state_dict().items():
        expected = 0.9 * before[key] + 0.1 * value if value.is_floating_point() else value
        assert torch.allclose(average.state[key], expected.to(value.dtype))


def test_the_average_forgets_its_random_start() -> None:
    one = network(1)
    average = Average(one, 0.999)
    before = average.state["0.bias"].clone()
    one.get_parameter("0.bias").data += 1
    average.update(one, 0)
    assert torch.allclose(average.state["0.bias"], before + 0.9)  # keeps 1 / 10 at first


def test_the_average_is_no_view_of_the_network() -> None:
    one = network(1)
    average = Average(one, 0.9)
    before = average.state["0.weight"].clone()
    one.get_parameter("0.weight").data.fill_(7)
    assert torch.equal(average.state["0.weight"], before)


def test_a_run_goes_on_from_its_checkpoint_to_the_bit(tmp_path: Path) -> None:
    whole = Run(1)
    for _ in range(3):
        whole.step()
    whole.save(tmp_path)
    resumed = Run(2)
    assert checkpoint.load(tmp_path, resumed.network, resumed.average, resumed.optimizer) == NUMBERS
    resumed.batches = whole.batches.clone_state()
    for run in (whole, resumed):
        for _ in range(3):
            run.step()
    for key, value in whole.network.state_dict().items():
        assert torch.equal(resumed.network.state_dict()[key], value)
        assert torch.equal(resumed.average.state[key], whole.average.state[key])


def test_moments_come_back_in_the_memory_format_of_their_weights(tmp_path: Path) -> None:
    run, resumed = Run(1), Run(2)
    run.step()
    run.save(tmp_path)
    checkpoint.load(tmp_path, resumed.network, resumed.average, resumed.optimizer)
    weight = resumed.network.get_parameter("0.weight")
    assert resumed.optimizer.state[weight]["exp_avg"].stride() == weight.stride()
    assert not weight.is_contiguous()


def test_what_is_exported_is_the_average(tmp_path: Path) -> None:
    run = Run(1)
    run.step()
    run.save(tmp_path)
    state, numbers = checkpoint.averaged_weights(tmp_path)
    assert numbers == NUMBERS
    assert state.keys() == run.average.state.keys()
    assert all(torch.equal(state[key], run.average.state[key]) for key in state)


def test_numbers_are_read_without_the_tensors(tmp_path: Path) -> None:
    assert checkpoint.numbers_of(tmp_path) is None
    Run(1).save(tmp_path)
    assert checkpoint.numbers_of(tmp_path) == NUMBERS


def test_no_checkpoint_and_a_broken_one_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no run: checkpoint\.safetensors is missing$"):
        checkpoint.averaged_weights(tmp_path)
    Run(1).save(tmp_path)
    path = tmp_path / checkpoint.NAME
    whole = path.read_bytes()
    for broken in (b"", b"text" * 50, whole[: len(whole) // 2]):
        path.write_bytes(broken)
        with pytest.raises(DataError, match=r"checkpoint\.safetensors is no checkpoint of a run: [^\n]+$"):
            checkpoint.read(tmp_path)


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    Run(1).save(tmp_path)
    other = Run(1)
    other.network = nn.Sequential(nn.Conv2d(3, 8, 3))
    with pytest.raises(DataError, match="is of another network"):
        checkpoint.load(tmp_path, other.network, Average(other.network, 0.9), other.optimizer)


def test_a_checkpoint_that_cannot_be_written_leaves_the_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(1)
    run.save(tmp_path)
    before = (tmp_path / checkpoint.NAME).read_bytes()
    run.step()

    def full(tensors: object, path: Path, metadata: object) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", full)
    with pytest.raises(DataError, match=r"cannot write the checkpoint .*: .*No space left on device"):
        run.save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [checkpoint.NAME]
    assert (tmp_path / checkpoint.NAME).read_bytes() == before
