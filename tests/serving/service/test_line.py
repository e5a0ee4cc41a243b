"""The line in which work waits."""

import asyncio
import time
from collections.abc import Callable, Sequence

import pytest

from serving.service.line import Line
from serving.service.refusal import Refusal

FAR = float("inf")


def by_itself(works: Sequence[Callable[[], object]]) -> list[object]:
    """Does each; what one raises is all of theirs."""
    return [work() for work in works]


def alone(work: Callable[[], object]) -> tuple[Callable[[], object], Callable[..., list[object]]]:
    """Work that shares its turn with nobody."""
    return work, lambda works: by_itself(works)  # noqa: PLW0108 - another function each time


@pytest.fixture(params=[0, 2], ids=["loop", "threads"])
def threads(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def test_work_is_done_in_its_order_and_what_it_raises_is_told(threads: int) -> None:
    async def go() -> list[object]:
        line, done = Line(most=10, threads=threads), []

        def work(number: int) -> int:
            done.append(number)
            if number == 2:
                raise ValueError("two")
            return number

        told = await asyncio.gather(
            *(line.do(*alone(lambda n=n: work(n)), until=FAR) for n in range(5)), return_exceptions=True
        )
        assert sorted(done) == list(range(5))
        assert threads or done == list(range(5))
        assert line.length == 0
        line.close()
        return told

    told = asyncio.run(go())
    assert [told[n] for n in (0, 1, 3, 4)] == [0, 1, 3, 4]
    assert isinstance(told[2], ValueError)


def test_more_than_it_holds_is_refused_at_once_and_the_rest_is_done(threads: int) -> None:
    async def go() -> list[object]:
        line = Line(most=3, threads=threads)
        asked = [line.do(*alone(lambda: time.sleep(0.05)), until=FAR) for _ in range(8)]
        told = await asyncio.gather(*asked, return_exceptions=True)
        again = await line.do(*alone(lambda: "again"), until=FAR)
        line.close()
        return [*told, again]

    *told, again = asyncio.run(go())
    refused = [each for each in told if isinstance(each, Refusal)]
    assert len(refused) == 5
    assert {(each.status, each.retry_after) for each in refused} == {(429, 1)}
    assert again == "again"


def test_what_waited_beyond_its_deadline_is_given_up_without_being_done(threads: int) -> None:
    waited: list[float] = []

    async def go() -> tuple[object, list[int]]:
        line, done = Line(most=10, threads=min(threads, 1), waited=waited.append), []
        until = time.monotonic() + 0.05
        first = asyncio.ensure_future(line.do(*alone(lambda: time.sleep(0.2)), until=FAR))
        second = asyncio.ensure_future(line.do(*alone(lambda: done.append(2)), until=until))
        told = await asyncio.gather(first, second, return_exceptions=True)
        line.close()
        return told[1], done

    told, done = asyncio.run(go())
    assert isinstance(told, Refusal)
    assert (told.status, done) == (503, [])
    assert waited[0] < 0.1 < waited[1]


def test_a_caller_who_left_takes_no_turn() -> None:
    async def go() -> list[int]:
        line, done = Line(most=10), []
        first = asyncio.ensure_future(line.do(*alone(lambda: done.append(1)), until=FAR))
        second = asyncio.ensure_future(line.do(*alone(lambda: done.append(2)), until=FAR))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        await line.do(*alone(lambda: done.append(3)), until=FAR)
        return done

    assert asyncio.run(go()) in ([1, 3], [1, 2, 3])


def test_what_is_of_one_kind_is_done_together_and_the_rest_keeps_its_order(threads: int) -> None:
    runs: list[list[int]] = []

    def even(works: Sequence[int]) -> list[int | Exception]:
        runs.append(list(works))
        return [ValueError(f"{work}") if work == 4 else work * 10 for work in works]

    def odd(works: Sequence[int]) -> list[int | Exception]:
        runs.append(list(works))
        return list(works)

    async def go() -> list[object]:
        line = Line(most=100, threads=min(threads, 1))
        block = asyncio.ensure_future(line.do(*alone(lambda: time.sleep(0.1)), until=FAR))
        await asyncio.sleep(0.02)
        asked = [line.do(n, odd if n % 2 else even, until=FAR) for n in range(40)]
        told = await asyncio.gather(*asked, return_exceptions=True)
        await block
        line.close()
        return told

    told = asyncio.run(go())
    assert sorted(each for run in runs for each in run) == list(range(40))
    assert runs[:2] == [list(range(0, 32, 2)), list(range(1, 32, 2))]
    assert [each for n, each in enumerate(told) if n != 4] == [n if n % 2 else 10 * n for n in range(40) if n != 4]
    assert isinstance(told[4], ValueError)
