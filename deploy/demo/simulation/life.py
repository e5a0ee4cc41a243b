"""The weeks of one simulated learner, through the platform's own rules: real answers, graded, as real events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from deploy.demo import attempts, events
from deploy.demo.content import Course, Problem, Unit
from deploy.demo.events import By, Event
from deploy.demo.models import Enrolment, PageRead, ProblemState
from deploy.demo.simulation import answers
from deploy.demo.simulation.mind import Mind

MOST_TRIES = 3
SKIPS = 0.06
GOES_BACK = 0.08
"""Chance of turning to a problem that was missed, which happens once, before going on."""
QUITS = 0.05
"""Chance of not coming back after a session; it doubles for who was mostly wrong."""


@dataclass
class Life:
    """What one learner leaves behind: rows of the platform, and events."""

    user_id: int
    username: str
    mind: Mind
    course: Course
    states: dict[str, ProblemState] = field(default_factory=dict)
    read: dict[str, PageRead] = field(default_factory=dict)
    enrolment: Enrolment | None = None
    events: list[Event] = field(default_factory=list)

    def live(self, sessions: Iterator[tuple[datetime, datetime]], *, most: int | None = None) -> None:
        """Work through the course, session by session; `most` problems at the utmost."""
        ahead = self.course.problems()
        missed: list[tuple[Unit, Problem]] = []
        done = 0
        for clock, end in sessions:
            if self.enrolment is None:
                self.enrolment = Enrolment(user_id=self.user_id, course=self.course.key, since=clock)
                self.events.append(events.enrolled(self.course, by=self._by(clock)))
            wrong = tried = 0
            now = clock
            while now < end and (ahead or missed) and (most is None or done < most):
                back = missed and (not ahead or self.mind.random.random() < GOES_BACK)
                unit, problem = missed.pop(0) if back else ahead.pop(0)
                if not back and self.mind.random.random() < SKIPS:
                    continue
                now, right = self._problem(unit, problem, now, end)
                done += 1
                tried += 1
                wrong += not right
                if not right and not back:
                    missed.append((unit, problem))
            quits = QUITS * (2 if tried and wrong > tried / 2 else 1)
            if not (ahead or missed) or done == most or self.mind.random.random() < quits:
                return

    def _problem(self, unit: Unit, problem: Problem, now: datetime, end: datetime) -> tuple[datetime, bool]:
        mind, state = self.mind, self._state(problem)
        now = self._maybe_read(unit, now, end, struggling=state.attempts > 0)
        hints = 0
        for tries in range(MOST_TRIES):
            now += timedelta(seconds=60 * problem.minutes * mind.pace * mind.random.uniform(0.4, 1.3) / (1 + tries))
            if now >= end:
                return now, bool(state.right)
            solved = {
                name: mind.solves(unit, problem, part, hints=hints, tries=tries) for name, part in problem.inputs()
            }
            sent = {
                name: (answers.right if solved[name] else answers.wrong)(part, mind.random)
                for name, part in problem.inputs()
            }
            graded, event = attempts.check(state, self.course, problem, sent, by=self._by(now))
            self.events.append(event)
            mind.practise(unit)
            if graded.right or mind.random.random() > 0.5 + 0.4 * mind.care:
                break
            if attempts.may_show_answer(state) and mind.random.random() < 0.4:
                now += timedelta(seconds=mind.random.uniform(3, 15))
                self.events.append(attempts.show_answer(state, self.course, problem, by=self._by(now)))
                break
            if hints < len(problem.hints) and mind.random.random() < 0.2 + 0.5 * mind.care:
                now += timedelta(seconds=mind.random.uniform(4, 20))
                _, event = attempts.next_hint(state, self.course, problem, by=self._by(now))
                self.events.append(event)
                hints += 1
        return now, bool(state.right)

    def _maybe_read(self, unit: Unit, now: datetime, end: datetime, *, struggling: bool) -> datetime:
        likely = (0.15 + 0.5 * self.mind.care) * (1 if struggling or not self._seen(unit) else 0.05)
        finished = now + timedelta(minutes=unit.page.minutes * self.mind.pace)
        if unit.key in self.read or finished >= end or self.mind.random.random() > likely:
            return now
        now = finished
        self.read[unit.key] = PageRead(user_id=self.user_id, unit=unit.key)
        self.events.append(events.page_read(self.course, unit.key, by=self._by(now)))
        self.mind.read(unit)
        return now

    def _seen(self, unit: Unit) -> bool:
        return any(problem.id in self.states and self.states[problem.id].attempts for problem in unit.problem)

    def _state(self, problem: Problem) -> ProblemState:
        return self.states.setdefault(problem.id, ProblemState(user_id=self.user_id, problem=problem.id))

    def _by(self, time: datetime) -> By:
        return By(self.user_id, self.username, time)
