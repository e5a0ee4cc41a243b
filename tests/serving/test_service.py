"""The service as a process, and the client that asks it."""

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from serving import bundle
from serving.bundle import Bundle
from serving.client import Client
from serving.engine import Engine
from serving.errors import ServingUnavailable
from serving.prior import PriorModel
from serving.requests import AskMastery, Forget, Reply
from serving.stores import Address, open_store
from serving.stores.memory import MemoryStore
from serving.types import UNKNOWN, Candidate, Policy
from tests.serving.service.processes import served, start
from tests.serving.words import NOW, course, response, several


@pytest.fixture(scope="module")
def url(bundle_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    store = tmp_path_factory.mktemp("service") / "states.sqlite3"
    with served("--bundle", str(bundle_directory), "--store", f"sqlite:///{store}") as address:
        yield address


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    opened = Client(url, deadline=5.0)
    yield opened
    opened.close()


def test_asking_the_service_is_asking_the_engine(client: Client, model: Bundle) -> None:
    engine = Engine(model, MemoryStore())
    offered = course("a1", "a2", "b1", readable=("a",), prerequisites={"b": ("a",)})
    who = {"course": "c", "learner": "l"}
    for tutor in (client, engine):
        tutor.forget(learner="l")
    pairs = [
        [
            tutor.observe(response(), course_map=offered),
            tutor.observe(response()),
            tutor.observe_many(several("+--")),
            tutor.predict(**who, candidates=offered.candidates, now=NOW),
            tutor.mastery(**who, skills=["a", "b"], now=NOW),
            tutor.mastery(**who, skills=["a", "b"], now=NOW, policy=Policy(mastered=0.1)),
            tutor.mastery_many(course="c", learners=["l"], skills=["a"], now=NOW, policy=Policy(mastered=0.1)),
            tutor.next(**who, course_map=offered, now=NOW),
            tutor.plan(**who, course_map=offered, now=NOW, days=5),
            tutor.explain(**who, candidate=offered.candidates[1], now=NOW),
            tutor.retract(**who, id="again"),
            tutor.observe_many(several("+-")),
            tutor.retract(**who, id="again"),
            tutor.mastery(**who, skills=["a", "b"], now=NOW),
            tutor.forget(learner="l", course="c"),
        ]
        for tutor in (client, engine)
    ]
    assert pairs[0] == pairs[1]


def test_what_is_retracted_twice_is_taken_off_once(client: Client, tmp_path: Path) -> None:
    """As by a client that had no answer in time, and asks again when the learner's answers are back."""
    tries, store = 0, tmp_path / "states.sqlite3"

    def answer(connection: socket.socket) -> None:
        """Passes a request on, and cuts the first answer off."""
        nonlocal tries
        tries += 1
        body = connection.recv(65536)
        while b"again" not in body:  # its head came alone
            body += connection.recv(65536)
        with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as service:
            service.sendall(body)
            told = service.recv(65536)
        if tries != 1:
            connection.sendall(told)
        connection.close()

    with served("--store", f"sqlite:///{store}") as address:
        direct, (between, listener) = Client(address, deadline=5), serve_raw(answer)
        direct.observe_many([*several("+-+"), response("o", learner="other")])
        Client(between, deadline=5).retract(course="c", learner="l", id="again")
        assert tries == 2
        direct.observe_many(several("-"))
        direct.retract(course="c", learner="l", id="again")
        listener.close()
        engine = Engine(bundle.shipped().model, open_store(f"sqlite:///{store}"))
        assert engine.mastery(course="c", learner="l", skills=["a"], now=NOW)[0].responses == 1
        at = Address(engine.space, "c", "l")
        assert engine.store.load(at, ["t", "s:a", "i:a2"]).counts.tolist() == [[2, 1, 0, 0, 2]] * 2 + [[0] * 5]


def test_with_a_key_it_is_let_in_and_without_it_is_not(tmp_path: Path) -> None:
    keys, secret = tmp_path / "keys.json", "s" * 32
    keys.write_text(json.dumps({"lms": secret}))
    with served("--keys", str(keys)) as address:
        known, stranger = Client(address, deadline=5.0, key=("lms", secret)), Client(address, deadline=5.0)
        assert known.observe(response()).source == "shipped"
        assert known.observe_many(several("+-")) == 2
        known.forget(learner="l")
        with pytest.raises(ServingUnavailable, match="401"):
            stranger.observe(response())


def test_what_did_not_come_through_is_tried_again_within_the_deadline() -> None:
    tries: list[float] = []
    kept = msgspec.json.encode(Reply(model="m", source="model", result=3))
    busy = b"HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n"
    fine = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(kept), kept)

    def answer(connection: socket.socket) -> None:
        tries.append(time.monotonic())
        connection.recv(65536)
        if len(tries) != 2:  # the second is cut off
            connection.send(busy if len(tries) == 1 else fine)
        connection.close()

    address, listener = serve_raw(answer)
    assert Client(address, deadline=2).observe_many([response()]) == 3
    assert len(tries) == 3
    listener.close()


def test_an_older_service_is_understood_and_understands() -> None:
    """It tells nothing of what was expected, and refuses fields that it does not know."""
    told = msgspec.to_builtins(Engine(PriorModel(), MemoryStore()).observe(response()))
    del told["expected"]
    kept = msgspec.json.encode(Reply(model="m", source="model", result=told))

    def answer(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(kept), kept))
        connection.close()

    address, listener = serve_raw(answer)
    assert Client(address, deadline=2).observe(response()).expected == UNKNOWN
    listener.close()
    asked = msgspec.json.decode(msgspec.json.encode(AskMastery(course="c", learner="l", skills=("a",), now=NOW)))
    assert set(asked) == {"course", "learner", "skills", "now"}


def test_more_responses_than_one_body_holds(client: Client) -> None:
    many = [response(f"x{n}", f"a{n % 7}", learner="many") for n in range(1100)]
    assert client.observe_many(many) == 1100
    assert client.observe_many(many) == 0
    assert client.observe_many([]) == 0


def test_a_refused_request_is_unavailable_with_its_reason(client: Client) -> None:
    with pytest.raises(ServingUnavailable, match=r"400.*unknown field `learner`"):
        client._ask("observe", Forget(learner="l"), int)


def test_many_threads_share_a_client(client: Client) -> None:
    failed: list[Exception] = []

    def work() -> None:
        try:
            for _ in range(20):
                client.predict(course="c", learner="l", candidates=[Candidate(item="a1")], now=NOW)
        except ServingUnavailable as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_client_opened_before_a_fork_works_in_the_child(client: Client) -> None:
    client.mastery(course="c", learner="l", skills=["a"], now=NOW)
    child = os.fork()
    if not child:
        try:
            client.mastery(course="c", learner="l", skills=["a"], now=NOW)
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0


def serve_raw(answer: Callable[[socket.socket], None]) -> tuple[str, socket.socket]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()

    def run() -> None:
        try:
            while True:
                answer(listener.accept()[0])
        except OSError:
            return

    threading.Thread(target=run, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}", listener


def silent(connection: socket.socket) -> None:
    time.sleep(2)


def drip(connection: socket.socket) -> None:
    """A byte now and then: no single wait is long."""
    connection.recv(65536)
    for byte in b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 10:
        connection.send(bytes([byte]))
        time.sleep(0.1)


@pytest.mark.parametrize("answer", [silent, drip])
def test_a_slow_service_is_given_up_at_the_deadline(answer: Callable[[socket.socket], None]) -> None:
    address, listener = serve_raw(answer)
    client = Client(address, deadline=0.3)
    began = time.monotonic()
    with pytest.raises(ServingUnavailable):
        client.mastery(course="c", learner="l", skills=["a"], now=NOW)
    assert time.monotonic() - began < 0.6
    listener.close()


REPLIES = {
    "no json": b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
    "no http": b"hello",
    "nothing": b"",
    "half": b"HTTP/1.1 200 OK\r\ncontent-length: 200\r\n\r\n{}",
    "error": b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n",
    "redirect": b"HTTP/1.1 302 No\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
}


@pytest.mark.parametrize("name", REPLIES)
def test_an_answer_that_is_none_is_unavailable(name: str) -> None:
    def answer(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.send(REPLIES[name])
        connection.close()

    address, listener = serve_raw(answer)
    with pytest.raises(ServingUnavailable):
        Client(address, deadline=2).mastery(course="c", learner="l", skills=["a"], now=NOW)
    listener.close()


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "http://no.such.host.invalid", "nonsense", "http://[bad"])
def test_a_service_that_is_not_there_is_unavailable(address: str) -> None:
    with pytest.raises(ServingUnavailable):
        Client(address, deadline=2).mastery(course="c", learner="l", skills=["a"], now=NOW)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--bundle", "/nowhere"], "/nowhere/manifest.json is missing"),
        (["--store", "redis://127.0.0.1:1/0"], "check that it runs"),
        (["--store", "mysql://x"], "no store of kind"),
        (["--workers", "2"], "not shared"),
    ],
)
def test_with_nothing_to_serve_it_ends_and_says_why(arguments: list[str], said: str) -> None:
    process = start(*arguments)
    told = process.communicate(timeout=20)[1]
    assert process.returncode == 2
    assert said in told
    assert "Traceback" not in told
