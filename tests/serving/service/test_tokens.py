"""Who may ask: tokens, their keys and their courses."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import jwt
import pytest

from serving.tokens import ALGORITHM, AUDIENCE, LEEWAY, LONGEST, Keys, KeysError, TokenError, allows, mint
from tests.serving.service.processes import served

OLD, NEW = "o" * 32, "n" * 32


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"old": OLD}))
    return path


def test_a_token_is_good_for_its_courses(file: Path) -> None:
    keys = Keys(file)
    assert keys.scope(mint("old", OLD, ["a", "b"])) == {"a", "b"}
    assert keys.scope(mint("old", OLD, ["*"])) == {"*"}


def signed(secret: str = OLD, key: str | None = "old", **changed: object) -> str:
    now = int(time.time())
    claims = {"aud": AUDIENCE, "iat": now, "exp": now + 60, "courses": ["a"]} | changed
    told = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(told, secret, ALGORITHM, headers={} if key is None else {"kid": key})


@pytest.mark.parametrize(
    ("token", "said"),
    [
        (lambda: signed(NEW), "Signature"),
        (lambda: signed(key="new"), "key that is not known"),
        (lambda: signed(key=None), "key that is not known"),
        (lambda: signed(aud="other"), "Audience"),
        (lambda: signed(aud=None), "aud"),
        (lambda: signed(exp=int(time.time()) - 60), "expired"),
        (lambda: signed(exp=None), "exp"),
        (lambda: signed(exp=int(time.time()) + LONGEST + 60), "lives for more"),
        (lambda: signed(iat=int(time.time()) + 600), "iat"),
        (lambda: signed(courses=None), "courses"),
        (lambda: signed(courses="a"), "no list"),
        (lambda: signed(courses=[1]), "no list"),
        (lambda: jwt.encode({"courses": ["a"]}, None, "none", headers={"kid": "old"}), "alg"),
        (lambda: "nonsense", "Not enough segments"),
        (lambda: "", "Not enough segments"),
        (lambda: "é.é.é", ""),
    ],
)
def test_other_tokens_are_refused(file: Path, token: Callable[[], str], said: str) -> None:
    with pytest.raises(TokenError, match=f"(?i){said}"):
        Keys(file).scope(token())


def test_a_token_that_was_good_is_not_after_its_end(file: Path) -> None:
    keys, token = Keys(file), mint("old", OLD, ["a"], seconds=1 - LEEWAY)
    assert keys.scope(token) == {"a"}
    time.sleep(2.1)
    with pytest.raises(TokenError, match="expired"):
        keys.scope(token)


def test_a_key_is_replaced_without_a_moment_of_refusal(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys, now = Keys(file), time.time()
    clock = iter(range(10, 1000, 10))
    monkeypatch.setattr(time, "time", lambda: now + next(clock) / 10)
    for number, (secrets, good, bad) in enumerate(
        (
            ({"old": OLD, "new": NEW}, [("old", OLD), ("new", NEW)], []),
            ({"new": NEW}, [("new", NEW)], [("old", OLD)]),
        )
    ):
        file.write_text(json.dumps(secrets))
        os.utime(file, ns=(number + 1, number + 1))
        keys._looked = 0.0
        for key, secret in good:
            assert keys.scope(mint(key, secret, ["a"])) == {"a"}
        for key, secret in bad:
            with pytest.raises(TokenError):
                keys.scope(mint(key, secret, ["a"]))
    file.unlink()
    keys._looked = 0.0
    assert keys.scope(mint("new", NEW, ["a"])) == {"a"}, "a file that is gone takes nobody's key away"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"a": 1}', '{"a": "short"}'])
def test_a_file_without_keys_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text)
    with pytest.raises(KeysError, match=r"keys\.json"):
        Keys(path)
    with pytest.raises(KeysError):
        Keys(tmp_path / "none.json")


def test_all_courses_are_asked_about_by_naming_none() -> None:
    assert allows(frozenset("*"), [])
    assert not allows(frozenset({"a"}), [])
    assert allows(frozenset({"a", "b"}), ["a"])
    assert not allows(frozenset({"a"}), ["a", "b"])


RESPONSE = {"id": "r", "course": "a", "learner": "l", "item": "i", "correct": True}
FOREIGN = {"id": "s", "course": "b", "learner": "l", "item": "i", "correct": True}


def test_nothing_of_a_learner_is_there_without_the_courses_token(file: Path) -> None:
    with served("--keys", str(file)) as address, httpx.Client(base_url=address) as client:

        def ask(name: str, body: object, token: str | None) -> httpx.Response:
            headers = {} if token is None else {"authorization": f"Bearer {token}"}
            return client.post(f"/v1/{name}", json=body, headers=headers)

        mine, all_of_them = mint("old", OLD, ["a"]), mint("old", OLD, ["*"])
        assert ask("observe", {"response": RESPONSE}, None).status_code == 401
        assert ask("observe", {"response": RESPONSE}, mint("old", NEW, ["a"])).status_code == 401
        assert ask("observe", {"response": RESPONSE}, mine).status_code == 200
        assert ask("observe", {"response": FOREIGN}, mine).status_code == 403
        assert ask("observe_many", {"responses": [RESPONSE, FOREIGN]}, mine).status_code == 403
        assert ask("mastery", {"course": "b", "learner": "l", "skills": ["s"]}, mine).status_code == 403
        assert ask("retract", {"course": "b", "learner": "l", "id": "x"}, mine).status_code == 403
        assert ask("retract", {"course": "a", "learner": "l", "id": "x"}, mine).status_code == 200
        assert ask("forget", {"learner": "l"}, mine).status_code == 403
        assert ask("forget", {"learner": "l", "course": "a"}, mine).status_code == 200
        assert ask("forget", {"learner": "l"}, all_of_them).status_code == 200
        assert client.get("/v1/model").status_code == 401
        assert client.get("/v2/models/predict").status_code == 401
        for path in ("/healthz", "/readyz", "/metrics", "/v2/health/live"):
            assert client.get(path).status_code == 200
