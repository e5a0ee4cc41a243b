"""A candidate beside the champion, for a share of the learners: it looks on, or it answers and can be sent back.

*Shadow*: what learners of the share answer is observed by the candidate too, after the champion's answer has gone out.
Its predictions are written down beside the champion's for the gate, and shown to nobody. *Canary*: the candidate
answers these learners, when the champion has observed them, so that to go back loses nothing. What fails or is slow is
sent back by itself.

Learners are in the share by a hash of their pseudonym, and so stay in it.
"""

from __future__ import annotations

import logging
import queue
import secrets
import statistics
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import msgspec

from serving.engine import Engine
from serving.errors import ServingError
from serving.together import Asked
from serving.types import Feedback, Response, Seen

MOST_WAITING: Final = 1000
"""Calls that wait for their turn in the background; further ones are dropped, and counted."""
WINDOW: Final = 200
"""Calls of each side that are looked back on."""
ENOUGH: Final = 50
"""Calls of each side before their times are compared."""
FAILURES: Final = 3
"""Failures within the window that send a candidate back."""
SLOWER: Final = 3.0
"""How many times the champion's median time is too long, above half a millisecond."""

_log = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode


class Beside:
    """The candidate and its share.

    Args:
        candidate: engine of the candidate, on the champion's store: their states have spaces of their own.
        champion: the engine that answers everybody else.
        share: of the learners, 0 to 1.
        answers: whether it answers them (canary), or only looks on (shadow).
        log: file that gets a `Seen` for each response that is answered with feedback, JSON lines.

    """

    def __init__(
        self, candidate: Engine, champion: Engine, *, share: float, answers: bool = False, log: Path | None = None
    ) -> None:
        self._candidate, self._champion, self._share, self._log = candidate, champion, share, log
        self.answers = answers
        """Whether the candidate answers its share now."""
        self.dropped = 0
        self.sent_back = ""
        """Why it answers no longer; empty while it does, or never did."""
        self._failures: deque[bool] = deque(maxlen=WINDOW)
        self._times: tuple[deque[float], deque[float]] = (deque(maxlen=WINDOW), deque(maxlen=WINDOW))
        # Nobody can tell later whom a line is about, so nobody who is forgotten is left in the file.
        self._salt = secrets.token_bytes(16)
        self._expected: OrderedDict[str, tuple[str, float]] = OrderedDict()
        if log:
            champion.watchers.append(self._expect)
            candidate.watchers.append(self._note)
        self._waiting: queue.Queue[Callable[[], None]] = queue.Queue(MOST_WAITING)
        threading.Thread(target=self._work, name="beside", daemon=True).start()

    def takes(self, learner: str) -> bool:
        """Whether the learner is in the share."""
        place = int.from_bytes(blake2b(learner.encode(), digest_size=8, person=b"beside").digest(), "big")
        return place < self._share * 2**64

    def ask(self, name: str, arguments: dict[str, Any]) -> Any:
        """What the champion, or the candidate for its share, answers.

        What is acknowledged the champion has observed. A candidate that looks on observes in the background, and may
        miss what it has no time for: its states can be replayed.
        """
        if name == "observe_many":
            return self._observe_many(**arguments)
        if name == "retract":
            return self._retract(**arguments)
        its_own, observes = self.takes(_learner(arguments)), name == "observe"
        if not (its_own and self.answers):
            result = self._timed(0, self._champion, name, arguments)
            if its_own and observes:
                self._later([arguments["response"]])
            if name == "forget":  # what waits to be looked on must not bring anybody back
                self._waiting.put(partial(self._candidate.forget, **arguments))
            return result
        before = self._timed(0, self._champion, name, arguments) if observes or name == "forget" else None
        try:
            result = self._timed(1, self._candidate, name, arguments)
            self._failures.append(False)
        except ServingError as error:
            self._failed(error)
            result = before if observes else getattr(self._champion, name)(**arguments)
        self._judge()
        return result

    def observe_each(self, asked: Sequence[Asked]) -> list[Feedback | Exception]:
        """As `Engine.observe_each`: who is not answered by the candidate is answered side by side."""
        its_own = [self.takes(each.response.learner) for each in asked]
        champions = [at for at, mine in enumerate(its_own) if not (mine and self.answers)]
        told = dict(zip(champions, self._champion.observe_each([asked[at] for at in champions]), strict=True))
        for at, each in enumerate(asked):
            if at not in told:
                try:
                    told[at] = self.ask("observe", each._asdict())
                except Exception as error:
                    told[at] = error
            elif its_own[at] and not isinstance(told[at], Exception):
                self._later([each.response])
        return [told[at] for at in range(len(asked))]

    def _observe_many(self, responses: Sequence[Response]) -> int:
        new = self._champion.observe_many(responses)
        mine = [response for response in responses if self.takes(response.learner)]
        if mine and self.answers:
            try:
                self._candidate.observe_many(mine)
            except ServingError as error:
                self._failed(error)
                self._judge()
        elif mine:
            self._later(mine)
        return new

    def _retract(self, **arguments: str) -> None:
        """The champion's does all that lies in their store; where a candidate looks on, it does its own in its turn."""
        looks_on = self.takes(arguments["learner"]) and not self.answers
        self._champion.retract(**arguments, but=self._candidate.space if looks_on else "")
        if looks_on:
            self._waiting.put(partial(self._candidate.retract_own, **arguments))

    def _failed(self, error: Exception) -> None:
        self._failures.append(True)
        _log.warning("the candidate %s failed, the champion answers: %s", self._candidate.model.name, error)

    def settle(self) -> None:
        """Wait until nothing waits in the background."""
        self._waiting.join()

    def _timed(self, side: int, engine: Engine, name: str, arguments: dict[str, Any]) -> Any:
        began = time.perf_counter()
        result = getattr(engine, name)(**arguments)
        if name == "observe":
            self._times[side].append(time.perf_counter() - began)
        return result

    def _judge(self) -> None:
        slow = False
        if all(len(times) >= ENOUGH for times in self._times):
            champion, candidate = (statistics.median(times) for times in self._times)
            slow = candidate > SLOWER * champion and candidate - champion > 0.0005
        if sum(self._failures) >= FAILURES or slow:
            self.answers = False
            self.sent_back = "too slow" if slow else f"failed {sum(self._failures)} times"
            _log.error("the candidate %s is sent back: %s", self._candidate.model.name, self.sent_back)

    def _later(self, responses: Sequence[Response]) -> None:
        try:
            self._waiting.put_nowait(partial(self._look_on, responses))
        except queue.Full:
            self.dropped += 1

    def _work(self) -> None:
        while True:
            work = self._waiting.get()
            try:
                work()
            except Exception as error:  # whatever it is, the answers go on
                _log.warning("%s could not look on: %s", self._candidate.model.name, error)
            finally:
                self._waiting.task_done()

    def _look_on(self, responses: Sequence[Response]) -> None:
        for response in responses:  # one by one: each is predicted before it is observed
            self._candidate.observe(response)

    def _expect(self, response: Response, probability: float) -> None:
        """Keep the champion's prediction until the candidate's comes."""
        if self.takes(response.learner):
            self._expected[response.id] = self._champion.model.name, probability
            while len(self._expected) > MOST_WAITING:
                self._expected.popitem(last=False)

    def _note(self, response: Response, probability: float) -> None:
        reference, expected = self._expected.pop(response.id, ("", 0.0))
        if self._log and reference:
            line = Seen(
                version=self._candidate.model.name,
                reference=reference,
                course=response.course,
                learner=blake2b(response.learner.encode(), digest_size=8, key=self._salt).hexdigest(),
                probability=probability,
                expected=expected,
                correct=response.correct,
            )
            with self._log.open("ab") as file:
                file.write(_encode(line) + b"\n")


def _learner(arguments: dict[str, Any]) -> str:
    """Whose call it is; one about several learners is nobody's."""
    if "response" in arguments:
        return str(arguments["response"].learner)
    learners = {arguments["learner"]} if "learner" in arguments else set(arguments["learners"])
    return str(learners.pop()) if len(learners) == 1 else ""
