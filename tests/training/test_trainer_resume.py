"""A training that was interrupted ends as if it had not been."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, ReduceLROnPlateau
from torch.utils.data import DataLoader, TensorDataset

from metaedu_plugin.training import checkpoint
from metaedu_plugin.training.losses import MeanSquaredError
from metaedu_plugin.training.meta import create
from metaedu_plugin.training.trainer import Trainer
from tests.training.toys import sinusoids

EPOCHS = 4
COSINE = partial(CosineAnnealingLR, T_max=EPOCHS)

pytestmark = pytest.mark.usefixtures("one_thread")


class Stopped(Exception):
    pass


def drawn_lazily(epoch):
    """Tasks drawn from torch's global generator while the training, with its dropout, draws from it too."""
    for _ in range(3):
        yield sinusoids(4, 5, 5, torch.default_generator)


def trainer(path=None, *, on_epoch=None, schedule=COSINE, **options):
    torch.manual_seed(7)
    network = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Dropout(0.2), nn.Linear(8, 1))
    learner = create("maml", network, MeanSquaredError(), steps=2)
    return Trainer(
        learner, epochs=options.pop("epochs", EPOCHS), seed=3, device="cpu", schedule=schedule,
        checkpoint_path=path, on_epoch=on_epoch, **options,
    )  # fmt: skip


def fit(trained, resume=False, train=drawn_lazily):
    history = trained.fit(train, [sinusoids(4, 5, 5, torch.Generator().manual_seed(1))], resume=resume)
    figures = [(r.epoch, r.train_loss, r.train_accuracy, r.test_loss, r.test_accuracy) for r in history]
    return figures, {k: v.clone() for k, v in trained.trainable.state_dict().items()}


def assert_same(one, other):
    assert one[0] == other[0]
    assert all(torch.equal(one[1][name], other[1][name]) for name in one[1])


@pytest.mark.parametrize(
    "options",
    [{}, {"schedule": partial(ReduceLROnPlateau, patience=0)}, {"patience": 1}, {"schedule": None}],
    ids=["cosine", "plateau", "early stopping", "no schedule"],
)
def test_stopped_between_epochs(tmp_path, options):
    def stop(report):
        if report.epoch == 2:
            raise Stopped

    path = tmp_path / "run" / "checkpoint.pt"
    with pytest.raises(Stopped):
        fit(trainer(path, on_epoch=stop, **options))
    assert_same(fit(trainer(path, **options), resume=True), fit(trainer(**options)))


def test_stopped_within_an_epoch(tmp_path):
    def broken(epoch):
        for i, tasks in enumerate(drawn_lazily(epoch)):
            if epoch == 2 and i == 2:
                raise Stopped
            yield tasks

    path = tmp_path / "checkpoint.pt"
    with pytest.raises(Stopped):
        fit(trainer(path, checkpoint_steps=1), train=broken)
    assert checkpoint.load(path)["progress"]["step"] == 2
    assert_same(fit(trainer(path, checkpoint_steps=1), resume=True), fit(trainer()))


def test_stopped_within_an_epoch_of_a_shuffling_loader(tmp_path):
    x, y, _ = sinusoids(1, 24, 1, torch.Generator().manual_seed(2)).support
    data = TensorDataset(x[0], y[0])

    def run(path=None, resume=False, until=99):
        torch.manual_seed(0)
        learner = create("supervised", nn.Sequential(nn.Dropout(0.2), nn.Linear(1, 1)), MeanSquaredError())
        seen = []
        original = learner.training_step

        def counted(batch):
            seen.append(batch)
            if len(seen) > until:
                raise Stopped
            return original(batch)

        learner.training_step = counted
        loader = DataLoader(data, 4, shuffle=True)
        return fit(Trainer(learner, epochs=2, checkpoint_path=path, checkpoint_steps=1), resume, loader)[1]

    path = tmp_path / "checkpoint.pt"
    with pytest.raises(Stopped):
        run(path, until=3)
    resumed, whole = run(path, resume=True), run()
    assert all(torch.equal(resumed[name], whole[name]) for name in whole)


def test_killed_outright(tmp_path):
    """A process that gets SIGKILL while it trains leaves a checkpoint from which another reaches the same end."""
    path = tmp_path / "checkpoint.pt"
    code = (
        "import time; from pathlib import Path; from tests.training.test_trainer_resume import *\n"
        "def slow(epoch):\n"
        "    for tasks in drawn_lazily(epoch):\n"
        "        time.sleep(0.05)\n"
        "        yield tasks\n"
        f"fit(trainer(Path({str(path)!r}), checkpoint_steps=1, epochs=400), train=slow)\n"
    )
    root = Path(__file__).parents[2]
    process = subprocess.Popen([sys.executable, "-c", code], cwd=root, env={**os.environ, "PYTHONPATH": str(root)})
    try:
        deadline = time.monotonic() + 60
        while not (path.exists() and checkpoint.load(path)["progress"]["epoch"] >= 2):
            assert process.poll() is None and time.monotonic() < deadline, "the training never got to a checkpoint"
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert process.returncode == -signal.SIGKILL
    done = len(checkpoint.load(path)["progress"]["history"])
    epochs = done + 2
    assert_same(fit(trainer(path, epochs=epochs), resume=True), fit(trainer(epochs=epochs)))


def test_a_finished_training_is_not_repeated(tmp_path):
    path = tmp_path / "checkpoint.pt"
    first = fit(trainer(path))
    again = trainer(path, on_epoch=lambda report: pytest.fail("trained again"))
    assert_same(fit(again, resume=True), first)


def test_resuming_where_nothing_was_begun_is_beginning(tmp_path):
    assert_same(fit(trainer(tmp_path / "none.pt"), resume=True), fit(trainer()))


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    path = tmp_path / "checkpoint.pt"
    fit(trainer(path))
    other = Trainer(create("supervised", nn.Linear(3, 1), MeanSquaredError()), seed=3, checkpoint_path=path)
    with pytest.raises(checkpoint.CheckpointError, match="does not fit"):
        other.fit([], [], resume=True)
    other.seed = 4
    with pytest.raises(checkpoint.CheckpointError, match="seed 3, not 4"):
        other.fit([], [], resume=True)


def test_a_damaged_checkpoint_is_refused_and_code_in_it_is_not_run(tmp_path):
    path, ran = tmp_path / "checkpoint.pt", tmp_path / "ran"

    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(ran),)

    torch.save({"format": 1, "x": Evil()}, path)
    with pytest.raises(checkpoint.CheckpointError, match="Delete it"):
        checkpoint.load(path)
    assert not ran.exists()
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(checkpoint.CheckpointError, match="Delete it"):
        checkpoint.load(path)
    torch.save({"format": 99}, path)
    with pytest.raises(checkpoint.CheckpointError, match="format"):
        checkpoint.load(path)


def test_a_save_that_fails_leaves_the_checkpoint_before(tmp_path):
    path = tmp_path / "checkpoint.pt"
    checkpoint.save(path, {"step": 1})
    with pytest.raises(Exception, match="pickle"):
        checkpoint.save(path, {"step": (i for i in [])})
    assert checkpoint.load(path)["step"] == 1
    assert [p.name for p in tmp_path.iterdir()] == ["checkpoint.pt"]
