"""KV version 1, through hvac and by hand."""

import concurrent.futures
import http.client

import hvac
import pytest

from support.api import data, errors


@pytest.fixture
def v1(shared, kv1):
    class Mounted:
        def __getattr__(self, name):
            return lambda *a, **k: getattr(shared.hvac().secrets.kv.v1, name)(*a, mount_point=kv1, **k)
    return Mounted()


def test_a_secret_is_written_read_written_over_and_deleted(v1):
    v1.create_or_update_secret("app/db", {"a": "b", "n": 1})
    assert v1.read_secret("app/db")["data"] == {"a": "b", "n": 1}
    v1.create_or_update_secret("app/db", {"c": "d"})
    assert v1.read_secret("app/db")["data"] == {"c": "d"}
    v1.delete_secret("app/db")
    with pytest.raises(hvac.exceptions.InvalidPath):
        v1.read_secret("app/db")


def test_a_list_shows_names_and_folders_in_order(v1, shared, kv1):
    for path in ("b", "a", "dir/x", "dir/deep/y", "c"):
        v1.create_or_update_secret(path, {"a": 1})
    assert v1.list_secrets("")["data"]["keys"] == ["a", "b", "c", "dir/"]
    assert v1.list_secrets("dir")["data"]["keys"] == ["deep/", "x"]
    assert data(shared.api.get(f"{kv1}/dir/", params={"list": "true"}))["keys"] == ["deep/", "x"]
    with pytest.raises(hvac.exceptions.InvalidPath):
        v1.list_secrets("nothing")


def test_a_list_may_be_longer_than_anything_that_a_client_may_send(shared, kv1):
    count, threads = 10_080, 8

    def write(first):
        connection = http.client.HTTPConnection("127.0.0.1", shared.port, timeout=30)
        for number in range(first, count, threads):
            connection.request("POST", f"/v1/{kv1}/{number}", b'{"a":1}', {"X-Vault-Token": shared.root_token})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 204
        return True

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        assert all(pool.map(write, range(threads)))
    assert len(data(shared.api.list(kv1))["keys"]) == count
    wrapped = shared.api.list(kv1, headers={"X-Vault-Wrap-TTL": "60"}).json()["wrap_info"]["token"]
    assert len(data(shared.api.post("sys/wrapping/unwrap", token=wrapped))["keys"]) == count
    assert len(shared.cli().ok("list", kv1).splitlines()) == count + 2


def test_a_read_says_how_long_to_keep_it(shared, kv1):
    shared.api.put(f"{kv1}/x", {"a": 1, "ttl": "30m"})
    body = shared.api.get(f"{kv1}/x").json()
    assert body["lease_duration"] == 1800 and body["renewable"] is False and body["lease_id"] == ""
    assert body["data"] == {"a": 1, "ttl": "30m"}
    shared.api.put(f"{kv1}/y", {"a": 1})
    assert shared.api.get(f"{kv1}/y").json()["lease_duration"] == 2764800


def test_writes_and_deletes_answer_204_without_a_body(shared, kv1):
    for answer in (shared.api.put(f"{kv1}/x", {"a": 1}), shared.api.post(f"{kv1}/x", {"a": 1}),
                   shared.api.delete(f"{kv1}/x"), shared.api.delete(f"{kv1}/x")):
        assert (answer.status_code, answer.content) == (204, b"")


def test_a_write_without_data_is_refused(shared, kv1):
    errors(shared.api.put(f"{kv1}/x"), 400)
    errors(shared.api.put(f"{kv1}/x", {}), 400)


def test_what_is_not_there_answers_404_with_no_errors(shared, kv1):
    answer = shared.api.get(f"{kv1}/nothing")
    assert answer.status_code == 404 and answer.json() == {"errors": []}


def test_a_mount_takes_paths_of_every_kind(shared, kv1):
    for path in ("with space", "ünï/cödé", "a+b", "a.b", "...", "a%2Fb", "~", "data/x", "with:colon", "x" * 300):
        from urllib.parse import quote
        url = f"{kv1}/{quote(path)}"
        assert shared.api.put(url, {"p": path}).status_code == 204, path
        assert data(shared.api.get(url)) == {"p": path}


def test_names_of_data_may_be_anything(shared, kv1):
    secret = {"": 1, "data": {"data": 2}, "errors": [], "ünï": None, "a\u0000b": "c\u0000d", "\U0001f511": "\U0001f512"}
    shared.api.put(f"{kv1}/x", secret)
    assert data(shared.api.get(f"{kv1}/x")) == secret
