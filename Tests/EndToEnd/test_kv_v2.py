"""KV version 2 data: versions, check-and-set, patch, delete, undelete, destroy, lists, subkeys."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import hvac
import pytest

from support import waiting
from support.api import data, errors


@pytest.fixture
def v2(shared, kv):
    class Mounted:
        path = kv

        def __getattr__(self, name):
            return lambda *a, **k: getattr(shared.hvac().secrets.kv.v2, name)(*a, mount_point=kv, **k)

        def read(self, path, version=None):
            return self.read_secret_version(path, version=version, raise_on_deleted_version=True)["data"]
    return Mounted()


def test_every_write_is_a_version(v2):
    for number in (1, 2, 3):
        metadata = v2.create_or_update_secret("x", {"n": number})["data"]
        assert metadata["version"] == number
        assert metadata["destroyed"] is False and metadata["deletion_time"] == "" and metadata["custom_metadata"] is None
        assert datetime.fromisoformat(metadata["created_time"])
    assert v2.read("x")["data"] == {"n": 3}
    for number in (1, 2, 3):
        read = v2.read("x", number)
        assert read["data"] == {"n": number} and read["metadata"]["version"] == number
    assert v2.read("x", 0)["data"] == {"n": 3}
    with pytest.raises(hvac.exceptions.InvalidPath):
        v2.read("x", 4)


def test_what_is_not_there_answers_404_with_no_errors(shared, kv):
    for path in ("data/x", "metadata/x", "subkeys/x", "data/a/b/c"):
        answer = shared.api.get(f"{kv}/{path}")
        assert answer.status_code == 404 and answer.json() == {"errors": []}, path


@pytest.mark.parametrize("body", [None, {}, {"options": {}}, {"data": None}, {"foo": "bar"}])
def test_a_write_without_data_is_refused(shared, kv, body):
    assert "no data provided" in errors(shared.api.post(f"{kv}/data/x", body), 400)


@pytest.mark.parametrize("body", [{"data": 7}, {"data": "text"}, {"data": [1]}, {"data": {"a": 1}, "options": 7},
                                  {"data": {"a": 1}, "options": {"cas": "many"}}])
def test_a_write_with_data_that_is_no_object_is_refused(shared, kv, body):
    errors(shared.api.post(f"{kv}/data/x", body), 400)
    assert shared.api.get(f"{kv}/data/x").status_code == 404


def test_an_empty_object_is_a_secret(v2):
    v2.create_or_update_secret("x", {})
    assert v2.read("x")["data"] == {}


def test_check_and_set_writes_only_over_what_was_expected(v2):
    v2.create_or_update_secret("x", {"n": 1}, cas=0)
    with pytest.raises(hvac.exceptions.InvalidRequest, match="check-and-set parameter did not match the current version"):
        v2.create_or_update_secret("x", {"n": 2}, cas=0)
    v2.create_or_update_secret("x", {"n": 2}, cas=1)
    for wrong in (0, 1, 3, -1):
        with pytest.raises(hvac.exceptions.InvalidRequest):
            v2.create_or_update_secret("x", {"n": 9}, cas=wrong)
    assert v2.read("x")["data"] == {"n": 2}


def test_check_and_set_can_be_required_by_the_mount_and_by_the_secret(v2):
    v2.update_metadata("strict", cas_required=True)
    with pytest.raises(hvac.exceptions.InvalidRequest, match="check-and-set parameter required"):
        v2.create_or_update_secret("strict", {"n": 1})
    v2.create_or_update_secret("strict", {"n": 1}, cas=0)
    v2.create_or_update_secret("free", {"n": 1})
    v2.configure(cas_required=True)
    with pytest.raises(hvac.exceptions.InvalidRequest, match="check-and-set parameter required"):
        v2.create_or_update_secret("free", {"n": 2})
    v2.create_or_update_secret("free", {"n": 2}, cas=1)


def test_of_many_writers_with_the_same_expectation_one_wins(shared, kv):
    def write(number):
        return shared.client("root").post(
            f"{kv}/data/x", {"data": {"n": number}, "options": {"cas": 0}}).status_code

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(write, range(16)))
    assert sorted(codes) == [200] + [400] * 15
    assert data(shared.api.get(f"{kv}/metadata/x"))["current_version"] == 1


def test_no_version_is_lost_between_many_writers(shared, kv):
    shared.api.post(f"{kv}/config", {"max_versions": 100})
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(
            lambda n: shared.client("root").post(f"{kv}/data/x", {"data": {"n": n}}), range(64)))
    assert [answer.text for answer in answers if answer.status_code != 200] == []
    versions = [data(answer)["version"] for answer in answers]
    assert sorted(versions) == list(range(1, 65))
    stored = {shared.api.get(f"{kv}/data/x", params={"version": v}).json()["data"]["data"]["n"] for v in versions}
    assert stored == set(range(64))


def test_a_patch_merges(shared, kv):
    shared.api.post(f"{kv}/data/x", {"data": {"a": 1, "b": {"c": 2, "d": [1, 2]}, "e": 5}})
    patched = shared.api.patch(
        f"{kv}/data/x", {"data": {"a": None, "b": {"d": [3], "new": {"x": None, "y": 1}}, "f": 6}})
    assert data(patched)["version"] == 2
    assert data(shared.api.get(f"{kv}/data/x"))["data"] == {
        "b": {"c": 2, "d": [3], "new": {"y": 1}}, "e": 5, "f": 6}
    assert data(shared.api.get(f"{kv}/data/x", params={"version": 1}))["data"]["a"] == 1


def test_a_patch_checks_and_sets(shared, kv):
    shared.api.post(f"{kv}/data/x", {"data": {"a": 1}})
    errors(shared.api.patch(f"{kv}/data/x", {"data": {"b": 2}, "options": {"cas": 2}}), 400)
    assert shared.api.patch(f"{kv}/data/x", {"data": {"b": 2}, "options": {"cas": 1}}).status_code == 200


def test_a_patch_needs_something_to_patch(shared, kv):
    assert shared.api.patch(f"{kv}/data/none", {"data": {"a": 1}}).status_code == 404
    shared.api.post(f"{kv}/data/x", {"data": {"a": 1}})
    errors(shared.api.patch(f"{kv}/data/x", {}), 400)
    errors(shared.api.patch(f"{kv}/data/x", {"data": 7}), 400)
    shared.api.delete(f"{kv}/data/x")
    assert shared.api.patch(f"{kv}/data/x", {"data": {"a": 1}}).status_code == 404


def test_hvacs_patch_reads_and_writes(v2):
    v2.create_or_update_secret("x", {"a": 1, "b": 2})
    v2.patch("x", {"b": 3, "c": 4})
    assert v2.read("x")["data"] == {"a": 1, "b": 3, "c": 4}
    with pytest.raises(hvac.exceptions.InvalidPath):
        v2.patch("none", {"a": 1})


def test_a_deleted_version_answers_404_with_its_metadata_and_comes_back(shared, v2, kv):
    v2.create_or_update_secret("x", {"n": 1})
    v2.create_or_update_secret("x", {"n": 2})
    assert shared.api.delete(f"{kv}/data/x").status_code == 204
    answer = shared.api.get(f"{kv}/data/x")
    assert answer.status_code == 404
    found = answer.json()["data"]
    assert found["data"] is None and found["metadata"]["version"] == 2
    assert datetime.fromisoformat(found["metadata"]["deletion_time"]) and found["metadata"]["destroyed"] is False
    assert v2.read("x", 1)["data"] == {"n": 1}
    with pytest.raises(hvac.exceptions.InvalidPath):
        v2.read("x")
    v2.undelete_secret_versions("x", [2])
    assert v2.read("x")["data"] == {"n": 2}
    assert v2.read("x")["metadata"]["deletion_time"] == ""


def test_versions_are_deleted_by_number(v2):
    for number in (1, 2, 3):
        v2.create_or_update_secret("x", {"n": number})
    v2.delete_secret_versions("x", [1, 3, 77])
    for version in (1, 3):
        with pytest.raises(hvac.exceptions.InvalidPath):
            v2.read("x", version)
    assert v2.read("x", 2)["data"] == {"n": 2}
    versions = v2.read_secret_metadata("x")["data"]["versions"]
    assert [bool(versions[str(n)]["deletion_time"]) for n in (1, 2, 3)] == [True, False, True]


def test_a_write_after_a_delete_is_the_next_version(v2):
    v2.create_or_update_secret("x", {"n": 1})
    v2.delete_latest_version_of_secret("x")
    assert v2.create_or_update_secret("x", {"n": 2})["data"]["version"] == 2
    v2.delete_latest_version_of_secret("x")
    assert v2.create_or_update_secret("x", {"n": 3}, cas=2)["data"]["version"] == 3


def test_a_destroyed_version_never_comes_back(shared, v2, kv):
    v2.create_or_update_secret("x", {"n": 1})
    v2.create_or_update_secret("x", {"n": 2})
    v2.destroy_secret_versions("x", [1])
    answer = shared.api.get(f"{kv}/data/x", params={"version": 1})
    assert answer.status_code == 404 and answer.json()["data"]["metadata"]["destroyed"] is True
    assert answer.json()["data"]["data"] is None
    v2.undelete_secret_versions("x", [1])
    assert shared.api.get(f"{kv}/data/x", params={"version": 1}).status_code == 404
    assert v2.read_secret_metadata("x")["data"]["versions"]["1"]["destroyed"] is True
    assert v2.read("x")["data"] == {"n": 2}


@pytest.mark.parametrize("side", ["delete", "undelete", "destroy"])
def test_versions_have_to_be_named(shared, kv, side):
    shared.api.post(f"{kv}/data/x", {"data": {}})
    errors(shared.api.post(f"{kv}/{side}/x", {}), 400)
    errors(shared.api.post(f"{kv}/{side}/x", {"versions": "abc"}), 400)
    assert shared.api.post(f"{kv}/{side}/x", {"versions": "1"}).status_code == 204


def test_only_as_many_versions_are_kept_as_the_mount_says(shared, v2, kv):
    v2.configure(max_versions=2)
    for number in range(1, 5):
        v2.create_or_update_secret("x", {"n": number})
    metadata = v2.read_secret_metadata("x")["data"]
    assert sorted(metadata["versions"]) == ["3", "4"]
    assert (metadata["oldest_version"], metadata["current_version"]) == (3, 4)
    for version in (1, 2):
        answer = shared.api.get(f"{kv}/data/x", params={"version": version})
        assert answer.status_code == 404 and answer.json() == {"errors": []}


def test_ten_versions_are_kept_unless_somebody_says_otherwise(v2):
    for number in range(1, 13):
        v2.create_or_update_secret("x", {"n": number})
    assert sorted(map(int, v2.read_secret_metadata("x")["data"]["versions"])) == list(range(3, 13))


@pytest.mark.parametrize("mount, secret, kept", [(0, 2, 2), (2, 4, 4), (4, 2, 4)])
def test_of_the_mounts_and_the_secrets_number_of_versions_the_larger_counts(v2, mount, secret, kept):
    v2.configure(max_versions=mount)
    v2.update_metadata("x", max_versions=secret)
    for number in range(6):
        v2.create_or_update_secret("x", {"n": number})
    assert len(v2.read_secret_metadata("x")["data"]["versions"]) == kept


def test_versions_delete_themselves_after_their_time(shared, v2, kv):
    v2.configure(delete_version_after="1s")
    written = v2.create_or_update_secret("x", {"n": 1})["data"]
    assert written["deletion_time"]
    waiting.until(lambda: shared.api.get(f"{kv}/data/x").status_code == 404, "the version is deleted", 5)
    assert v2.read_secret_metadata("x")["data"]["versions"]["1"]["deletion_time"] == written["deletion_time"]


def test_a_secrets_own_time_is_used_if_it_is_shorter(v2):
    v2.configure(delete_version_after="1h")
    v2.update_metadata("short", delete_version_after="10m")
    written = v2.create_or_update_secret("short", {"n": 1})["data"]
    life = datetime.fromisoformat(written["deletion_time"]) - datetime.fromisoformat(written["created_time"])
    assert life.total_seconds() == pytest.approx(600, abs=1)


def test_the_list_shows_names_and_folders_in_order(shared, v2, kv):
    for path in ("b", "a", "dir/x", "dir/deep/y", "dir", "c"):
        v2.create_or_update_secret(path, {"a": 1})
    assert v2.list_secrets("")["data"]["keys"] == ["a", "b", "c", "dir", "dir/"]
    assert v2.list_secrets("dir")["data"]["keys"] == ["deep/", "x"]
    assert v2.list_secrets("dir/deep/")["data"]["keys"] == ["y"]
    for answer in (shared.api.list(f"{kv}/metadata"), shared.api.list(f"{kv}/metadata/"),
                   shared.api.get(f"{kv}/metadata", params={"list": "true"}),
                   shared.api.get(f"{kv}/metadata/", params={"list": "1"})):
        assert data(answer)["keys"] == ["a", "b", "c", "dir", "dir/"]
    assert shared.api.list(f"{kv}/metadata/none").json() == {"errors": []}


def test_a_deleted_secret_is_listed_until_its_metadata_go(shared, v2, kv):
    v2.create_or_update_secret("x", {"a": 1})
    v2.delete_latest_version_of_secret("x")
    assert v2.list_secrets("")["data"]["keys"] == ["x"]
    v2.delete_metadata_and_all_versions("x")
    assert shared.api.list(f"{kv}/metadata").status_code == 404
    assert shared.api.get(f"{kv}/data/x").json() == {"errors": []}
    assert v2.create_or_update_secret("x", {"a": 1})["data"]["version"] == 1


def test_a_long_list_is_whole(shared, kv):
    names = [f"k{number:04}" for number in range(300)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: shared.client("root").post(f"{kv}/data/{name}", {"data": {}}), names))
    assert data(shared.api.list(f"{kv}/metadata"))["keys"] == names


def test_subkeys_show_the_structure_and_not_the_values(shared, kv):
    shared.api.post(f"{kv}/data/x", {"data": {"a": "secret", "b": {"c": 1, "d": {"e": [1]}, "empty": {}}, "f": None}})
    found = data(shared.api.get(f"{kv}/subkeys/x"))
    assert found["subkeys"] == {"a": None, "b": {"c": None, "d": {"e": None}, "empty": None}, "f": None}
    assert found["metadata"]["version"] == 1
    assert data(shared.api.get(f"{kv}/subkeys/x", params={"depth": 1}))["subkeys"] == {"a": None, "b": None, "f": None}
    assert data(shared.api.get(f"{kv}/subkeys/x", params={"depth": 2}))["subkeys"]["b"] == {
        "c": None, "d": None, "empty": None}
    shared.api.post(f"{kv}/data/x", {"data": {"other": 1}})
    assert "a" in data(shared.api.get(f"{kv}/subkeys/x", params={"version": 1}))["subkeys"]
    shared.api.delete(f"{kv}/data/x")
    gone = shared.api.get(f"{kv}/subkeys/x")
    assert gone.status_code == 404 and gone.json()["data"]["subkeys"] is None


def test_the_v1_paths_of_a_v2_mount_point_to_the_right_ones(shared, kv):
    answer = shared.api.get(f"{kv}/x")
    assert answer.status_code == 404
    assert "Invalid path for a versioned K/V secrets engine" in answer.text


@pytest.mark.parametrize("path", ["..", ".", "a/../b", "a/./b", "../x"])
def test_a_delete_with_dots_reaches_nothing_else(shared, kv, path):
    from support import raw

    shared.api.post(f"{kv}/data/keep", {"data": {"a": 1}})
    shared.api.post(f"{kv}/data/b", {"data": {"a": 1}})
    for encoded in (path, path.replace(".", "%2e"), path.replace("/", "%2f")):
        for side in ("data", "metadata"):
            answer = raw.request(shared.port, "DELETE", f"/v1/{kv}/{side}/{encoded}")
            assert answer.status in (400, 404), encoded
    assert data(shared.api.list(f"{kv}/metadata"))["keys"] == ["b", "keep"]
    assert shared.api.get(f"{kv}/data/keep").status_code == 200


@pytest.mark.parametrize("path", ["*", "ke*", "+", "k%2A"])
def test_a_delete_with_a_wildcard_is_of_a_secret_with_that_name(shared, kv, path):
    shared.api.post(f"{kv}/data/keep", {"data": {"a": 1}})
    for side in ("data", "metadata"):
        assert shared.api.delete(f"{kv}/{side}/{path}").status_code in (204, 400, 404)
    assert shared.api.get(f"{kv}/data/keep").status_code == 200
