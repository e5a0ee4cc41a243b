from __future__ import annotations

from metaedu_plugin.registry.gateway.breaker import Breaker


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_refuses_after_a_failure_and_lets_one_try_after_the_cool_down() -> None:
    clock = Clock()
    breaker = Breaker(cool_down=5, clock=clock)
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()
    clock.now += 5.1
    assert [breaker.allows() for _ in range(3)] == [True, False, False]
    breaker.succeeded()
    assert breaker.allows()
    assert not breaker.cooling


def test_it_bears_single_failures_when_told_so() -> None:
    breaker = Breaker(cool_down=5, after=3, clock=Clock())
    for _ in range(2):
        breaker.failed()
        assert breaker.allows()
    breaker.succeeded()
    for _ in range(3):
        assert breaker.allows()
        breaker.failed()
    assert not breaker.allows()
