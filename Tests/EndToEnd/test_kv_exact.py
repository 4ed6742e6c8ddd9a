"""What goes in comes out: numbers with all their digits, nested values, every character."""

import json

import pytest

from support.api import exact
from support.curl import curl

SECRETS = {
    "a float that is whole": '{"n": 1.0}',
    "an exponent": '{"n": 1e400}',
    "a negative exponent": '{"n": -1.5E-400}',
    "more digits than 64 bits hold": '{"n": 12345678901234567890}',
    "many digits after the point": '{"n": 0.1000000000000000055511151231257827021181583404541015625}',
    "trailing zeros": '{"n": 100.00}',
    "minus zero": '{"n": [-0, -0.0, 0]}',
    "a number over 53 bits": '{"n": 9007199254740993}',
    "numbers in the depth": '{"a": {"b": [1.0, {"c": 2.50, "d": [[[3e0]]]}]}}',
    "every kind of value": '{"t": true, "f": false, "n": null, "s": "", "a": [], "o": {}}',
    "characters that HTML escapes": '{"s": "<a href=\\"x\\">&amp;</a>"}',
    "characters beyond the first plane": '{"s": "\\ud83d\\ude00 \U0001f511", "ключ": "значение"}',
    "control characters": '{"s": "a\\u0000b\\u001f\\n\\t\\r\\b\\f\\u007f\\u2028\\u2029"}',
    "slashes": '{"s": "a\\/b\\\\c/d"}',
    "composed and decomposed, which are two keys": '{"\\u00e9": 1, "e\\u0301": 2}',
    "a text that looks like JSON": '{"s": "{\\"a\\": 1.0}"}',
}


@pytest.mark.parametrize("what", SECRETS)
@pytest.mark.parametrize("version", [1, 2])
def test_a_secret_comes_back_exactly(shared, kv, kv1, what, version, tmp_path):
    secret = SECRETS[what]
    path, body = (f"{kv1}/x", secret) if version == 1 else (f"{kv}/data/x", f'{{"data": {secret}}}')
    file = tmp_path / "body.json"
    file.write_text(body, encoding="utf-8")
    url = f"{shared.address}/v1/{path}"
    put = curl("-X", "PUT", "-H", "X-Vault-Token: root", "--data-binary", f"@{file}", url)
    assert put.status in (200, 204), put.body
    got = curl("-H", "X-Vault-Token: root", url)
    found = exact(got.body)["data"]
    assert (found if version == 1 else found["data"]) == exact(secret)


def test_a_patch_keeps_the_digits_of_what_it_does_not_touch(shared, kv):
    shared.api.post(f"{kv}/data/x", raw='{"data": {"a": 1.0, "b": {"c": 12345678901234567890, "d": 1e400}}}')
    shared.api.patch(f"{kv}/data/x", raw='{"data": {"b": {"e": 2.50}}}')
    found = exact(shared.api.get(f"{kv}/data/x").text)["data"]["data"]
    assert found == exact('{"a": 1.0, "b": {"c": 12345678901234567890, "d": 1e400, "e": 2.50}}')


def test_a_large_secret_comes_back_whole(shared, kv):
    text = "".join(chr(0x21 + n % 90) for n in range(1_000_000))
    assert shared.api.post(f"{kv}/data/x", {"data": {"big": text}}).status_code == 200
    assert shared.api.get(f"{kv}/data/x").json()["data"]["data"]["big"] == text


def test_a_secret_with_many_members_and_much_depth_comes_back(shared, kv):
    deep = current = {}
    for _ in range(100):
        current["x"] = current = {}
    secret = {"deep": deep, **{f"member-{n}": n for n in range(5000)}}
    assert shared.api.post(f"{kv}/data/x", {"data": secret}).status_code == 200
    assert shared.api.get(f"{kv}/data/x").json()["data"]["data"] == secret


def test_white_space_around_and_within_a_body_does_not_matter(shared, kv):
    body = ' \r\n\t{ "data" \n:\t{ "a" : [ 1 , 2 ] } } \n'
    assert shared.api.post(f"{kv}/data/x", raw=body).status_code == 200
    assert shared.api.get(f"{kv}/data/x").json()["data"]["data"] == {"a": [1, 2]}


def test_a_body_with_escaped_member_names_is_understood(shared, kv):
    assert shared.api.post(f"{kv}/data/x", raw='{"\\u0064ata": {"a": 1}}').status_code == 200
    assert json.loads(shared.api.get(f"{kv}/data/x").text)["data"]["data"] == {"a": 1}
