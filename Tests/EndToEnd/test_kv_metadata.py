"""KV version 2: metadata, custom metadata and the mount's configuration."""

import hvac
import pytest

from support.api import data, errors


def test_metadata_say_everything_about_a_secret(shared, kv):
    shared.api.post(f"{kv}/data/x", {"data": {"a": 1}})
    shared.api.post(f"{kv}/data/x", {"data": {"a": 2}})
    metadata = data(shared.api.get(f"{kv}/metadata/x"))
    assert (metadata["current_version"], metadata["oldest_version"]) in ((2, 0), (2, 1))
    assert metadata["max_versions"] == 0 and metadata["cas_required"] is False
    assert metadata["delete_version_after"] == "0s" and metadata["custom_metadata"] is None
    assert set(metadata["versions"]) == {"1", "2"}
    assert {"created_time", "deletion_time", "destroyed"} <= set(metadata["versions"]["1"])
    assert metadata["created_time"] == metadata["versions"]["1"]["created_time"]
    assert metadata["updated_time"] >= metadata["versions"]["2"]["created_time"]


def test_metadata_can_be_there_before_the_secret(shared, kv):
    body = {"max_versions": 3, "cas_required": True, "delete_version_after": "3h25m19s",
            "custom_metadata": {"owner": "payments", "ticket": "7"}}
    assert shared.api.post(f"{kv}/metadata/x", body).status_code == 204
    metadata = data(shared.api.get(f"{kv}/metadata/x"))
    assert metadata["max_versions"] == 3 and metadata["cas_required"] is True
    assert metadata["delete_version_after"] == "3h25m19s"
    assert metadata["custom_metadata"] == {"owner": "payments", "ticket": "7"}
    assert metadata["versions"] == {} and metadata["current_version"] == 0
    assert shared.api.get(f"{kv}/data/x").status_code == 404
    written = shared.api.post(f"{kv}/data/x", {"data": {}, "options": {"cas": 0}})
    assert data(written)["custom_metadata"] == {"owner": "payments", "ticket": "7"}
    assert data(shared.api.get(f"{kv}/data/x"))["metadata"]["custom_metadata"]["owner"] == "payments"


def test_what_is_not_named_in_a_write_of_metadata_stays(shared, kv):
    shared.api.post(f"{kv}/metadata/x", {"max_versions": 3, "custom_metadata": {"a": "b"}})
    shared.api.post(f"{kv}/metadata/x", {"cas_required": True})
    metadata = data(shared.api.get(f"{kv}/metadata/x"))
    assert (metadata["max_versions"], metadata["cas_required"]) == (3, True)
    assert metadata["custom_metadata"] == {"a": "b"}
    shared.api.post(f"{kv}/metadata/x", {"custom_metadata": {"c": "d"}})
    assert data(shared.api.get(f"{kv}/metadata/x"))["custom_metadata"] == {"c": "d"}


def test_metadata_are_patched(shared, kv):
    shared.api.post(f"{kv}/metadata/x", {"max_versions": 3, "custom_metadata": {"a": "1", "b": "2"}})
    patched = shared.api.patch(
        f"{kv}/metadata/x", {"max_versions": 5, "custom_metadata": {"a": None, "b": "3", "c": "4"}})
    assert patched.status_code == 204
    metadata = data(shared.api.get(f"{kv}/metadata/x"))
    assert metadata["max_versions"] == 5 and metadata["custom_metadata"] == {"b": "3", "c": "4"}
    shared.api.patch(f"{kv}/metadata/x", {"custom_metadata": None})
    assert not data(shared.api.get(f"{kv}/metadata/x"))["custom_metadata"]
    assert shared.api.patch(f"{kv}/metadata/none", {"max_versions": 1}).status_code == 404


@pytest.mark.parametrize("custom", [
    {"a": {"b": "c"}}, {"a": ["b"]}, "text", ["a"], {"a" * 129: "x"}, {"a": "x" * 513}, {"": "x"},
    {f"k{n}": "v" for n in range(65)}, {"a\n": "x"},
])
def test_custom_metadata_have_limits(shared, kv, custom):
    errors(shared.api.post(f"{kv}/metadata/x", {"custom_metadata": custom}), 400)
    shared.api.post(f"{kv}/metadata/y", {"max_versions": 3})
    errors(shared.api.patch(f"{kv}/metadata/y", {"custom_metadata": custom}), 400)
    assert data(shared.api.get(f"{kv}/metadata/y"))["custom_metadata"] is None


@pytest.mark.parametrize("body", [
    {"max_versions": "many"}, {"delete_version_after": "nonsense"}, {"cas_required": "maybe"}, {"max_versions": [1]},
])
def test_metadata_and_configuration_that_make_no_sense_are_refused(shared, kv, body):
    errors(shared.api.post(f"{kv}/metadata/x", body), 400)
    errors(shared.api.post(f"{kv}/config", body), 400)


def test_the_configuration_of_a_mount_is_read_and_written(shared, kv):
    v2 = shared.hvac().secrets.kv.v2
    assert v2.read_configuration(mount_point=kv)["data"] == {
        "max_versions": 0, "cas_required": False, "delete_version_after": "0s"}
    v2.configure(max_versions=7, cas_required=True, delete_version_after="1h30m", mount_point=kv)
    assert v2.read_configuration(mount_point=kv)["data"] == {
        "max_versions": 7, "cas_required": True, "delete_version_after": "1h30m0s"}
    shared.api.post(f"{kv}/config", {"max_versions": 2})
    assert v2.read_configuration(mount_point=kv)["data"] == {
        "max_versions": 2, "cas_required": True, "delete_version_after": "1h30m0s"}


def test_hvac_writes_and_deletes_metadata(shared, kv):
    v2 = shared.hvac().secrets.kv.v2
    v2.update_metadata(
        "x", max_versions=4, cas_required=False, delete_version_after="24h", custom_metadata={"k": "v"}, mount_point=kv)
    metadata = v2.read_secret_metadata("x", mount_point=kv)["data"]
    assert metadata["custom_metadata"] == {"k": "v"} and metadata["delete_version_after"] == "24h0m0s"
    v2.delete_metadata_and_all_versions("x", mount_point=kv)
    with pytest.raises(hvac.exceptions.InvalidPath):
        v2.read_secret_metadata("x", mount_point=kv)
    v2.delete_metadata_and_all_versions("x", mount_point=kv)


def test_lowering_the_number_of_versions_takes_effect_with_the_next_write(shared, kv):
    for number in range(5):
        shared.api.post(f"{kv}/data/x", {"data": {"n": number}})
    shared.api.post(f"{kv}/metadata/x", {"max_versions": 2})
    shared.api.post(f"{kv}/data/x", {"data": {"n": 5}})
    assert set(data(shared.api.get(f"{kv}/metadata/x"))["versions"]) == {"5", "6"}
