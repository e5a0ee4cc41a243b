"""Progress reaches whoever watches the Celery task."""

from typing import Any

from celery import Celery

from metaedu_plugin.training.progress import TaskState


def test_the_tasks_state_says_where_the_run_stands(tmp_path):
    app = Celery("watched", set_as_current=False, broker="memory://", backend=f"file://{tmp_path}")
    seen: list[Any] = []

    @app.task(bind=True)
    def work(self):
        state = TaskState(self, every=0.0)
        for stage, fraction in (("dataset", 0.0), ("train", 0.4)):
            state.at(stage, fraction, "reading")
            seen.append((app.AsyncResult(self.request.id).state, app.AsyncResult(self.request.id).info))
        state.epoch({"epoch": 1})

    app.conf.update(task_always_eager=True, task_store_eager_result=True)
    work.delay()
    assert [state for state, _ in seen] == ["PROGRESS", "PROGRESS"]
    assert seen[1][1] == {"stage": "train", "fraction": 0.4, "message": "reading"}


def test_without_a_task_it_is_silent():
    class Called:
        class request:
            id = None

        def update_state(self, **_: Any) -> None:
            raise AssertionError("a function called by hand has no task to write to")

    TaskState(Called()).at("train", 0.5)
