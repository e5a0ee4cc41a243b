"""The engine: what a model and a store make of a learner's responses."""

from __future__ import annotations

from collections.abc import Sequence

from serving import reasons
from serving.beta import interval
from serving.bulk import runs_of, take_in_together
from serving.context import Batch, CourseState
from serving.explain import evidence
from serving.feedback import alone, feedback, next_of
from serving.intake import load, take_in, tidy
from serving.model import Model
from serving.plan import make_plan
from serving.retract import Names, take_back
from serving.state import decode_many, space
from serving.stores.base import Address, Store
from serving.together import Asked, Watch, side_by_side, together
from serving.types import (
    Candidate,
    CourseMap,
    Evidence,
    Feedback,
    Mastery,
    Next,
    Plan,
    Policy,
    Prediction,
    Response,
)
from serving.view import Layout, Layouts, View, class_standings, look, masteries, standing, views

AT_ONCE = 200
"""Learners whose states are read together."""
DEFAULT = Policy()


class Engine:
    """Keeps the `Tutor` protocol in this process. Safe to call from several threads.

    `model` is a loaded bundle or the `PriorModel`. Every method raises StoreError when the store is down and
    ModelError when the model is; then nothing was changed.
    """

    def __init__(self, model: Model, store: Store) -> None:
        self._model = model
        self._store = store
        self._layouts = Layouts()
        self._names = Names(store)
        self.watchers: list[Watch] = []
        """Told of each new response that is observed with feedback, and the chance that was predicted."""

    @property
    def model(self) -> Model:
        """The model that answers now."""
        return self._model

    @property
    def space(self) -> str:
        """Where its states lie in the store."""
        return space(self._model.name, self._model.dims)

    @property
    def store(self) -> Store:
        """Where the states lie."""
        return self._store

    def replace(self, model: Model) -> None:
        """Let another model answer from the next call on; calls under way end with the one that they began with."""
        self._model = model

    def observe(
        self, response: Response, *, course_map: CourseMap | None = None, policy: Policy | None = None
    ) -> Feedback:
        """See `Tutor.observe`. The cost does not depend on how much was observed before."""
        model, policy, response = self._model, policy or DEFAULT, tidy(response)
        its_own = alone(response.item, response.skills)
        # Without a course map, the item itself is all that is known to be there: it can be tried again.
        layout = self._layouts.of(course_map, response.skills) if course_map else its_own
        taken = take_in(model, self._store, [response], [its_own.batch], also=layout.batch.keys)
        assert taken.last, "a single response is looked at even when it was known"
        told = taken.last.observed.probability, taken.last.observed.concentration
        (then,) = views(its_own, [taken.before], taken.last.context, told, [policy])
        expected = float(then.chance[0])
        if taken.new:
            self._watch(response, expected)
        course = CourseState(taken.counts, layout.batch.vector(model.vectors, response.course))
        view = look(model, layout, taken.after, course, now=response.time, policy=policy)
        places = [layout.place[skill] for skill in response.skills]
        earlier, later = masteries([standing(then, range(len(response.skills))), standing(view, places)])
        then_next = next_of(model, view, policy)
        return feedback(response, expected, earlier, later, then_next, new=taken.new > 0)

    def observe_each(self, asked: Sequence[Asked]) -> list[Feedback | Exception]:
        """`observe` of each, in this order, at less cost where they are of several learners with one course map.

        What fails is in the place of its feedback.
        """
        told: dict[int, Feedback] = {}
        for layout, group in side_by_side(asked, self._layouts):
            told |= together(self._model, self._store, layout, group, self._watch)
        return [told[at] if at in told else self._alone(each) for at, each in enumerate(asked)]

    def _watch(self, response: Response, expected: float) -> None:
        for watch in self.watchers:
            watch(response, expected)

    def _alone(self, asked: Asked) -> Feedback | Exception:
        try:
            return self.observe(asked.response, course_map=asked.course_map, policy=asked.policy)
        except Exception as error:
            return error

    def observe_many(self, responses: Sequence[Response]) -> int:
        """See `Tutor.observe_many`. Learners of one course are looked at side by side."""
        model, new = self._model, 0
        for runs in runs_of([tidy(each) for each in responses]):
            for run, told in zip(runs, take_in_together(model, self._store, runs), strict=True):
                new += take_in(model, self._store, run).new if told is None else told
        return new

    def predict(self, *, course: str, learner: str, candidates: Sequence[Candidate], now: float) -> list[Prediction]:
        """See `Tutor.predict`."""
        if not candidates:
            return []
        model = self._model
        batch = Batch([each.item for each in candidates], [each.skills for each in candidates])
        state, of_course = load(model, self._store, course, learner, batch)
        chance, concentration = model.predict(batch.context(batch.own(state), of_course, now))
        low, high = interval(chance, concentration)
        columns = zip(candidates, chance.tolist(), low.tolist(), high.tolist(), strict=True)
        return [Prediction(item=each.item, probability=p, low=lo, high=hi) for each, p, lo, hi in columns]

    def mastery(
        self, *, course: str, learner: str, skills: Sequence[str], now: float, policy: Policy | None = None
    ) -> list[Mastery]:
        """See `Tutor.mastery`."""
        if not skills:
            return []
        model = self._model
        layout = Layout(CourseMap(), tuple(skills))
        state, of_course = load(model, self._store, course, learner, layout.batch)
        view = look(model, layout, state, of_course, now=now, policy=policy or DEFAULT)
        return list(masteries([standing(view, [layout.place[skill] for skill in skills])])[0])

    def mastery_many(
        self, *, course: str, learners: Sequence[str], skills: Sequence[str], now: float, policy: Policy | None = None
    ) -> list[list[Mastery]]:
        """See `Tutor.mastery_many`. Learners are looked at side by side."""
        if not skills:
            return [[] for _ in learners]
        model, found = self._model, list[list[Mastery]]()
        layout = Layout(CourseMap(), tuple(skills))
        where = space(model.name, model.dims)
        for start in range(0, len(learners), AT_ONCE):
            loaded = self._store.load_many(where, course, learners[start : start + AT_ONCE], layout.batch.keys)
            own = layout.batch.own(decode_many(loaded.blobs, model.dims))
            of_course = CourseState(loaded.counts, layout.batch.vector(model.vectors, course))
            told = model.predict(layout.batch.context(own, of_course, now))
            places = [layout.place[skill] for skill in skills]
            found += map(list, masteries(class_standings(layout, own, told, places, policy or DEFAULT)))
        return found

    def next(
        self, *, course: str, learner: str, course_map: CourseMap, now: float, policy: Policy | None = None
    ) -> Next:
        """See `Tutor.next`."""
        model, policy = self._model, policy or DEFAULT
        if not course_map.candidates:
            return Next(action=None, reason=reasons.NO_CANDIDATES, model=model.name, source=model.source)
        view = self._look(model, course=course, learner=learner, course_map=course_map, now=now, policy=policy)
        return next_of(model, view, policy)

    def plan(
        self,
        *,
        course: str,
        learner: str,
        course_map: CourseMap,
        now: float,
        days: int,
        policy: Policy | None = None,
    ) -> Plan:
        """See `Tutor.plan`."""
        model, policy = self._model, policy or DEFAULT
        view = self._look(model, course=course, learner=learner, course_map=course_map, now=now, policy=policy)
        steps, left_out, reason = make_plan(model, view, policy, days)
        return Plan(
            steps=tuple(steps), days=days, left_out=left_out, reason=reason, model=model.name, source=model.source
        )

    def explain(self, *, course: str, learner: str, candidate: Candidate, now: float) -> list[Evidence]:
        """See `Tutor.explain`."""
        model = self._model
        batch = Batch([candidate.item], [candidate.skills])
        state, of_course = load(model, self._store, course, learner, batch)
        return evidence(model, batch.context(batch.own(state), of_course, now))

    def retract(self, *, course: str, learner: str, id: str, but: str = "") -> None:
        """See `Tutor.retract`. Each version's space is written all or nothing; to repeat it does the rest.

        `but` is a space that is left to somebody else.
        """
        for where in self._store.spaces(course, learner):
            if where != but:
                take_back(self._store, Address(where, course, learner), id, self._names)

    def retract_own(self, *, course: str, learner: str, id: str) -> None:
        """As `retract`, in this model's space alone."""
        take_back(self._store, Address(self.space, course, learner), id, self._names)

    def forget(self, *, learner: str, course: str | None = None) -> None:
        """See `Tutor.forget`. Removes the states of every model version, not only of the one that answers."""
        self._store.forget(learner, course)

    def _look(
        self, model: Model, *, course: str, learner: str, course_map: CourseMap, now: float, policy: Policy
    ) -> View:
        layout = self._layouts.of(course_map)
        state, of_course = load(model, self._store, course, learner, layout.batch)
        return look(model, layout, state, of_course, now=now, policy=policy)
