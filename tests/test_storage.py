"""What a file promises: the old network or the new one, and never something in between."""

import gzip
import os
import pickle
import signal
import time

import numpy as np
import pytest
from specimens import LAYERS, Residual, Shift, made, own_network

import nnbook as nn
from nnbook import storage


def small(seed=0):
    rng = np.random.default_rng(seed)
    return nn.Sequential(nn.Dense(2, 2, rng=rng), nn.Tanh(), nn.Dense(2, 1, rng=rng))


def same(one, other):
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return all(np.array_equal(p, q) and p.dtype == q.dtype for p, q in pairs)


# --- save and load -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a model without a suffix", "[a]*.npz"])
def test_a_file_is_replaced_and_keeps_its_name_and_rights(tmp_path, name):
    path = tmp_path / name
    small(0).save(path)
    small(1).save(path)
    assert same(nn.load(path), small(1))
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    if os.name == "posix":
        (tmp_path / "other").touch()
        assert path.stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_network_of_every_layer_comes_back_as_it_was_and_can_learn_on(tmp_path, dtype):
    network, path = nn.Sequential(*map(made, LAYERS)).astype(dtype), tmp_path / "network.npz"
    network.save(path)
    again = nn.load(str(path))
    assert repr(again) == repr(network)
    assert same(again, network)
    with np.load(path) as file:  # NumPy can read it too
        assert np.array_equal(file["0.W"], network.parameters()[0])
    assert [(g.shape, g.dtype) for g in again.gradients()] == [
        (p.shape, dtype) for p in network.parameters()
    ]
    nn.SGD(1.0).step(again.parameters(), [np.ones_like(p) for p in again.parameters()])
    assert not any(map(np.array_equal, again.parameters(), network.parameters()))
    with pytest.raises(FileNotFoundError):
        nn.load(tmp_path / "none.npz")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_layers_of_ones_own_come_back_with_settings_state_and_what_they_hold(tmp_path, dtype):
    network, X = own_network().astype(dtype), np.random.default_rng(1).normal(size=(5, 2))
    network.forward(X)
    network.save(tmp_path / "own.npz")
    again = nn.load(tmp_path / "own.npz", layers=[Shift, Residual])
    assert repr(again) == repr(network)
    assert same(again, network)
    assert list(again.named_parameters()) == list(network.named_parameters())
    assert np.array_equal(again.predict(X), network.predict(X))
    for name, array in network[0].state.items():
        assert np.array_equal(again[0].state[name], array)
        assert again[0].state[name].dtype == array.dtype
    assert network[0].state["seen"] == 5
    again.backward(np.ones_like(again.forward(X)))
    assert all(g.any() for g in again.gradients())


def test_an_unknown_layer_is_named_with_what_to_write(tmp_path):
    own_network().save(tmp_path / "own.npz")
    with pytest.raises(nn.ModelFileError, match=r"'Shift' is not known.*layers=\[Shift\]"):
        nn.load(tmp_path / "own.npz")
    with pytest.raises(TypeError, match=r"a list of classes, layers=\[MyNorm\]"):
        nn.load(tmp_path / "own.npz", layers=[Shift(2)])
    network = nn.Sequential(nn.Dense(2, 2, rng=0), Shift(2))
    network.save(tmp_path / "one.npz")
    assert same(nn.load(tmp_path / "one.npz", layers=Shift), network)  # one class will do


def test_a_layer_of_ones_own_may_bear_the_name_of_one_of_nnbooks(tmp_path):
    class LayerNorm(Shift):
        """Not the one of the package."""

    nn.Sequential(LayerNorm(2)).save(tmp_path / "own.npz")
    nn.Sequential(nn.LayerNorm(2)).save(tmp_path / "its.npz")
    assert type(nn.load(tmp_path / "own.npz", layers=[LayerNorm])[0]) is LayerNorm
    assert type(nn.load(tmp_path / "its.npz")[0]) is nn.LayerNorm
    with pytest.raises(
        nn.ModelFileError, match=r"write nnbook\.load\(path, layers=\[LayerNorm\]\)"
    ):
        nn.load(tmp_path / "own.npz")


class Slow(Shift):
    def __init__(self, n, rate=0.1):
        super().__init__(n)
        self.rate = rate


class Silent(Shift):
    settings = ()


def having(n):
    """Return a layer whose setting n is another, or is missing."""
    layer = Shift(2)
    vars(layer).update(n=n) if n else vars(layer).pop("n")
    return layer


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (Silent(2), r"argument n is missing from settings; .* settings = \('n',\)"),
        (Slow(2, rate=0.5), r"argument rate .* settings = \('n', 'rate'\)"),
        (having(None), r"there is no self\.n"),
        (having(np.tanh), "its setting n is of type ufunc"),
    ],
)
def test_what_a_file_could_not_bring_back_is_refused_before_anything_is_written(
    tmp_path, layer, message
):
    network = nn.Sequential(nn.ReLU(), layer)
    with pytest.raises(TypeError, match=message):
        network.save(tmp_path / "network.npz")
    options = {"loss": nn.MeanSquaredError(), "optimizer": nn.SGD(0.1), "epochs": 1}
    before = [p.copy() for p in network.parameters()]
    with pytest.raises(TypeError, match=message):
        network.fit(np.ones((3, 2)), np.zeros((3, 2)), checkpoint=tmp_path / "run.npz", **options)
    assert list(tmp_path.iterdir()) == []
    assert all(map(np.array_equal, network.parameters(), before))


def test_a_file_of_another_format_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "_FORMAT", 2)
    small().save(tmp_path / "network.npz")
    monkeypatch.undo()
    with pytest.raises(nn.ModelFileError, match="has format 2, and this nnbook reads format 1"):
        nn.load(tmp_path / "network.npz")


@pytest.mark.skipif(os.name != "posix", reason="links and rights as on POSIX")
def test_links_and_rights_survive_a_save(tmp_path):
    target, link = tmp_path / "network.npz", tmp_path / "link.npz"
    small(0).save(target)
    target.chmod(0o600)
    link.symlink_to(target)
    small(1).save(link)
    assert link.is_symlink()
    assert same(nn.load(target), small(1))
    assert target.stat().st_mode & 0o777 == 0o600
    assert sorted(tmp_path.iterdir()) == [link, target]


def test_where_nothing_check_writable_the_old_file_stays(tmp_path, monkeypatch):
    path = tmp_path / "network.npz"
    small(0).save(path)
    with pytest.raises(OSError, match=r"(?i)no such|cannot find"):
        small(1).save(tmp_path / "no folder" / "network.npz")

    def full(fd):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        small(1).save(path)
    assert same(nn.load(path), small(0))
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


# --- damage ------------------------------------------------------------------------------------


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "network.npz"
    small().save(path)
    return path


def test_every_truncation_is_found(saved):
    content = saved.read_bytes()
    for n in range(len(content)):
        saved.write_bytes(content[:n])
        with pytest.raises(nn.ModelFileError, match=r"network\.npz"):
            nn.load(saved)


@pytest.mark.complete
def test_every_flipped_bit_is_found(saved):
    content = bytearray(saved.read_bytes())
    for i in range(len(content)):
        for bit in range(8):
            content[i] ^= 1 << bit
            saved.write_bytes(content)
            with pytest.raises(nn.ModelFileError):
                nn.load(saved)
            content[i] ^= 1 << bit
    saved.write_bytes(content)
    assert same(nn.load(saved), small())


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"hello" * 100, gzip.compress(b"x", mtime=0), pickle.dumps({"W": 1}), bytes(500)],
)
def test_foreign_files_are_no_models(tmp_path, content):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(nn.ModelFileError, match="not a file that nnbook has saved"):
        nn.load(tmp_path / "x")


class Payload:
    def __reduce__(self):
        return print, ("executed",)


def test_nothing_in_a_file_is_executed(tmp_path, capsys):
    storage.write(tmp_path / "x", {"layers": []}, {"0.W": np.array([Payload()])})
    with pytest.raises(ValueError, match="allow_pickle"):
        nn.load(tmp_path / "x")
    assert "executed" not in capsys.readouterr().out


# --- sudden death ------------------------------------------------------------------------------


def weights_of(value):
    network = nn.Sequential(nn.Dense(150, 100, rng=0))
    for p in network.parameters():
        p[...] = value
    return network


@pytest.mark.complete
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and kill -9")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_killed_while_saving_the_file_is_the_old_one_or_the_new_one(tmp_path):
    path = tmp_path / "network.npz"
    weights_of(0).save(path)
    rng = np.random.default_rng(0)
    seen = set()
    for number in range(1, 2001):
        child = os.fork()
        if child == 0:  # saves for ever, its own number and 1000 in turn
            networks = weights_of(number), weights_of(1000)
            while True:
                for network in networks:
                    network.save(path)
        time.sleep(float(rng.uniform(0.002, 0.02)))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        (value,) = {float(v) for p in nn.load(path).parameters() for v in np.unique(p)}
        seen.add(value)
        if number >= 200 and len(seen) > 20:
            break  # a busy machine needs more than 200
    assert len(seen) > 20  # the killing did happen while files were being written
    weights_of(5).save(path)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


# --- what the mutants showed ---------------------------------------------------------------------


def test_the_content_has_left_python_before_the_disk_is_asked_to_keep_it(tmp_path, monkeypatch):
    sizes = []
    monkeypatch.setattr(os, "fsync", lambda fd: sizes.append(os.fstat(fd).st_size))
    small().save(tmp_path / "network.npz")
    assert sizes == [(tmp_path / "network.npz").stat().st_size]


def test_where_nothing_check_writable_is_said_beforehand(tmp_path, monkeypatch):
    storage.check_writable(tmp_path / "new.npz")
    assert not (tmp_path / "new.npz").exists()
    with pytest.raises(PermissionError, match="take another path"):
        storage.check_writable(tmp_path)
    with pytest.raises(FileNotFoundError, match="make it first"):
        storage.check_writable(tmp_path / "nowhere" / "new.npz")
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    with pytest.raises(PermissionError, match="take another path"):
        storage.check_writable(tmp_path / "new.npz")


def test_arrays_in_a_description_become_lists(tmp_path):
    storage.write(tmp_path / "x", {"key": np.arange(3)}, {})
    assert storage.read(tmp_path / "x") == ({"key": [0, 1, 2]}, {})
