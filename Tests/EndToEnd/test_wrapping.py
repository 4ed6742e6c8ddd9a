"""Wrapping tokens and cubbyholes, through hvac and curl."""

import concurrent.futures

import hvac
import pytest

from support.api import errors
from support.server import unique


@pytest.fixture
def client(shared):
    return shared.hvac()


def wrapped_kv(client, ttl="5m"):
    path = unique("wrapped")
    client.secrets.kv.v2.create_or_update_secret(path, {"password": "hunter2"})
    answer = client.read(f"secret/data/{path}", wrap_ttl=ttl)
    return answer["wrap_info"], path


def test_a_wrapped_secret_comes_out_whole(shared, client):
    info, path = wrapped_kv(client)
    assert info["ttl"] == 300 and info["creation_path"] == f"secret/data/{path}" and info["accessor"]
    opened = client.sys.unwrap(token=info["token"])
    assert opened["data"]["data"] == {"password": "hunter2"} and opened["mount_type"] == "kv"
    with pytest.raises(hvac.exceptions.InvalidRequest):
        client.sys.unwrap(token=info["token"])


def test_the_wrapping_token_alone_is_enough_to_unwrap(shared, client):
    info, _ = wrapped_kv(client)
    stranger = shared.hvac(info["token"])
    assert stranger.sys.unwrap()["data"]["data"] == {"password": "hunter2"}
    answer = shared.api.post("sys/wrapping/unwrap", token=info["token"])
    assert errors(answer, 400) == "wrapping token is not valid or does not exist"


def test_one_of_many_clients_unwraps(shared, client):
    info, _ = wrapped_kv(client)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: shared.api.post("sys/wrapping/unwrap", token=info["token"]).status_code, range(64)))
    assert answers.count(200) == 1 and set(answers) == {200, 400}


def test_looking_up_and_rewrapping(shared, client):
    info, path = wrapped_kv(client, "90s")
    found = shared.api.post("sys/wrapping/lookup", body={"token": info["token"]}, token=None).json()["data"]
    assert found["creation_path"] == f"secret/data/{path}" and found["creation_ttl"] == 90 and found["creation_time"]
    new = client.write_data("sys/wrapping/rewrap", data={"token": info["token"]})["wrap_info"]
    assert new["token"] != info["token"] and new["ttl"] == 90 and new["creation_path"] == f"secret/data/{path}"
    assert client.sys.unwrap(token=new["token"])["data"]["data"] == {"password": "hunter2"}


def test_values_are_wrapped_as_they_are(shared, client):
    info = client.sys.wrap({"zip": "01234", "n": 12345678901234567890, "nested": {"a": [1, None]}}, ttl=60)["wrap_info"]
    assert client.sys.unwrap(token=info["token"])["data"] == {"zip": "01234", "n": 12345678901234567890, "nested": {"a": [1, None]}}
    bare = shared.api.post("sys/wrapping/wrap", body={"a": 1})
    assert errors(bare, 400) == "endpoint requires response wrapping to be used"


def test_a_wrapped_login_shows_the_accessor_only(shared, client):
    info = client.auth.token.create(policies=["default"], wrap_ttl="60s")["wrap_info"]
    assert info["wrapped_accessor"]
    client.auth.token.revoke_accessor(info["wrapped_accessor"])
    token = client.sys.unwrap(token=info["token"])["auth"]["client_token"]
    assert shared.api.get("auth/token/lookup-self", token=token).status_code == 403


@pytest.mark.parametrize("ttl", ["x", "-5", "1h1", "99999999999999999999"])
def test_a_wrapping_time_that_is_none_is_refused(shared, ttl):
    answer = shared.api.get("secret/data/any", headers={"X-Vault-Wrap-TTL": ttl})
    assert errors(answer, 400)


@pytest.mark.parametrize("body", [{"token": 5}, {"token": ["a"]}, {"token": {"a": 1}}, {"token": "hvs." + "x" * 2000}])
@pytest.mark.parametrize("path", ["lookup", "unwrap", "rewrap"])
def test_a_token_of_the_wrong_kind_is_refused(shared, path, body):
    answer = shared.api.post(f"sys/wrapping/{path}", body=body)
    assert errors(answer, 400)


def test_a_cubbyhole_is_the_tokens_own(shared, client):
    token = client.auth.token.create(policies=["default"])["auth"]["client_token"]
    own = shared.hvac(token)
    own.write_data("cubbyhole/deep/note", data={"pin": "1234"})
    assert own.read("cubbyhole/deep/note")["data"] == {"pin": "1234"}
    assert own.list("cubbyhole/")["data"]["keys"] == ["deep/"]
    assert client.read("cubbyhole/deep/note") is None
    own.delete("cubbyhole/deep/note")
    assert own.list("cubbyhole/") is None


def test_cubbyhole_cannot_be_unmounted_or_mounted_over(shared, client):
    assert shared.api.delete("sys/mounts/cubbyhole").status_code == 400
    assert shared.api.post("sys/mounts/cubbyhole", body={"type": "kv"}).status_code == 400
    assert client.sys.list_mounted_secrets_engines()["data"]["cubbyhole/"]["type"] == "cubbyhole"
