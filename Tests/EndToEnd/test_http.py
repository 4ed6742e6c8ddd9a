"""HTTP: methods, headers, status codes, and what is refused before anything is done."""

import json
import socket

import pytest

from support import raw
from support.api import data, errors
from support.raw import Connection, head, request


def refusal(answer, *statuses):
    assert answer is not None, "the connection was closed without an answer"
    assert answer.status in statuses, f"{answer.status}: {answer.body[:300]}"
    if answer.body and "json" in answer.headers.get("content-type", ""):
        assert isinstance(json.loads(answer.body)["errors"], list)
    return answer


# Methods and headers


def test_put_is_post_and_list_is_a_get_with_list_true(shared, kv):
    assert shared.api.put(f"{kv}/data/x", {"data": {"a": 1}}).status_code == 200
    assert shared.api.post(f"{kv}/data/x", {"data": {"a": 1}}).status_code == 200
    assert data(shared.api.list(f"{kv}/metadata")) == data(shared.api.get(f"{kv}/metadata", params={"list": "true"}))


@pytest.mark.parametrize("method", ["BREW", "TRACE", "CONNECT", "OPTIONS", "PROPFIND", "LISTS", "list", "get"])
def test_a_method_that_the_api_does_not_have_is_refused(shared, method):
    refusal(request(shared.port, method, "/v1/secret/data/x"), 405, 400)
    assert shared.api.get("sys/health").status_code == 200


@pytest.mark.parametrize("method, path", [
    ("DELETE", "secret/config"), ("PATCH", "secret/config"), ("GET", "sys/unseal"), ("DELETE", "sys/init"),
    ("LIST", "secret/data/x"), ("DELETE", "auth/token/create"), ("PATCH", "sys/mounts/secret"),
    ("GET", "auth/token/revoke"), ("POST", "sys/health"), ("GET", "secret/destroy/x"), ("POST", "secret/subkeys/x"),
])
def test_a_method_that_a_path_does_not_take_answers_405(shared, method, path):
    call = shared.api.patch if method == "PATCH" else lambda p: shared.api.request(method, p)
    answer = call(path)
    assert answer.status_code in ((405, 404) if method == "LIST" else (405,)), answer.text
    assert "errors" in answer.json()


def test_no_cross_origin_headers_are_given_to_browsers(shared):
    for method in ("GET", "OPTIONS"):
        answer = shared.api.request(
            method, "sys/health", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"})
        assert not any(name.lower().startswith("access-control") for name in answer.headers)


def test_a_token_may_come_as_a_bearer_token(shared):
    for value in ("Bearer root", "bearer root", "BEARER  root"):
        answer = shared.api.get("auth/token/lookup-self", token=None, headers={"Authorization": value})
        assert answer.status_code == 200, value
    for value in ("Basic cm9vdDpyb290", "Bearer", "Bearer ", "Bearer wrong", "root"):
        errors(shared.api.get("auth/token/lookup-self", token=None, headers={"Authorization": value}), 403)


def test_of_two_tokens_the_vault_header_counts(shared):
    token = shared.token_with("default")
    answer = shared.api.get("auth/token/lookup-self", token=token, headers={"Authorization": "Bearer root"})
    assert data(answer)["id"] == token


def test_a_token_given_twice_is_refused(shared):
    refusal(request(shared.port, "GET", "/v1/auth/token/lookup-self", headers=[("X-Vault-Token", "root")]), 400)


@pytest.mark.parametrize("token", [None, "", "wrong", "hvs.", "hvs." + "x" * 90, "root\u0000", "root\tx", "a" * 8000, "ünïcödé"])
def test_a_request_without_a_valid_token_is_refused(shared, token):
    headers = [] if token is None else [("X-Vault-Token", token.encode().decode("latin-1"))]
    refusal(request(shared.port, "GET", "/v1/sys/mounts", token=None, headers=headers), 403, 400)


def test_a_namespace_that_is_not_there_is_forbidden(shared):
    for name in ("root", "", "/", "root/"):
        assert shared.api.get("sys/mounts", headers={"X-Vault-Namespace": name}).status_code == 200, name
    for name in ("team", "team/", "a/b", "Root", "root/x"):
        errors(shared.api.get("sys/mounts", headers={"X-Vault-Namespace": name}), 403)
        assert shared.api.post("secret/data/x", {"data": {}}, headers={"X-Vault-Namespace": name}).status_code == 403
    for name in ("..", "a/../b", "a//b", "a\tb"):
        assert shared.api.get("sys/mounts", headers={"X-Vault-Namespace": name}).status_code in (400, 403)


def test_a_path_below_a_namespace_that_is_not_there_is_not_found(shared):
    errors(shared.api.get("team/sys/mounts"), 404)
    errors(shared.api.get("root/sys/mounts"), 404)


def test_the_request_header_of_vault_clients_is_accepted(shared):
    assert shared.api.get("sys/mounts", headers={"X-Vault-Request": "true"}).status_code == 200


def test_patch_needs_its_content_type(shared, kv):
    shared.api.post(f"{kv}/data/x", {"data": {"a": 1}})
    for content_type in ("application/json", "text/plain", "application/json-patch+json", ""):
        answer = shared.api.request(
            "PATCH", f"{kv}/data/x", raw='{"data": {"a": 2}}', headers={"Content-Type": content_type})
        errors(answer, 415)
    ok = shared.api.request(
        "PATCH", f"{kv}/data/x", raw='{"data": {"a": 2}}',
        headers={"Content-Type": "application/merge-patch+json; charset=utf-8"})
    assert ok.status_code == 200


def test_whatever_the_content_type_of_a_write_is_json_is_what_counts(shared, kv):
    for content_type in ("application/json", "application/x-www-form-urlencoded", "text/plain", "nonsense"):
        answer = shared.api.post(f"{kv}/data/x", raw='{"data": {"a": 1}}', headers={"Content-Type": content_type})
        assert answer.status_code == 200, content_type


def test_head_answers_as_get_without_a_body(shared, kv):
    shared.api.post(f"{kv}/data/x", {"data": {"a": 1}})
    answer = shared.api.head(f"{kv}/data/x")
    assert answer.status_code == 200 and answer.content == b""
    assert shared.api.head(f"{kv}/data/none").status_code == 404


# The connection


def test_a_connection_serves_many_requests_also_pipelined(shared):
    with Connection(shared.port) as connection:
        connection.send(head("GET", "/v1/sys/health") * 20)
        assert [connection.answer().status for _ in range(20)] == [200] * 20
        connection.send(head("LIST", "/v1/sys/policies/acl") + head("GET", "/v1/nothing/at/all"))
        assert [connection.answer().status for _ in range(2)] == [200, 404]


def test_answers_come_in_the_order_of_the_requests(shared, kv):
    for number in range(10):
        shared.api.post(f"{kv}/data/k{number}", {"data": {"n": number}})
    with Connection(shared.port) as connection:
        targets = [f"/v1/{kv}/data/k{n}" if n % 2 else "/v1/sys/seal-status" for n in range(10)]
        connection.send("".join(head("GET", target) for target in targets))
        for number in range(10):
            body = json.loads(connection.answer().body)
            assert (body["data"]["data"] == {"n": number}) if number % 2 else (body["sealed"] is False)


def test_a_body_may_come_in_drops(shared, kv):
    body = b'{"data": {"a": 1}}'
    with Connection(shared.port) as connection:
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in head("POST", f"/v1/{kv}/data/x", headers=[("Content-Length", str(len(body)))]).encode() + body:
            connection.send(bytes([byte]))
        assert connection.answer().status == 200


def test_a_body_may_come_in_chunks(shared, kv):
    with Connection(shared.port) as connection:
        connection.send(head("POST", f"/v1/{kv}/data/x", headers=[("Transfer-Encoding", "chunked")]))
        for part in ('{"data"', ': {"a"', ": 1}}"):
            connection.send(f"{len(part):x}\r\n{part}\r\n")
        connection.send("0\r\n\r\n")
        assert connection.answer().status == 200


def test_a_client_that_waits_to_be_told_is_told(shared, kv):
    body = '{"data": {"a": 1}}'
    with Connection(shared.port) as connection:
        connection.send(head("POST", f"/v1/{kv}/data/x", headers=[
            ("Content-Length", str(len(body))), ("Expect", "100-continue")]))
        assert connection.answer().status == 100
        connection.send(body)
        assert connection.answer().status == 200


def test_http_1_0_is_answered_and_closed(shared):
    with Connection(shared.port) as connection:
        connection.send("GET /v1/sys/health HTTP/1.0\r\n\r\n")
        assert connection.answer().status == 200
        assert connection.closed()


def test_a_client_that_closes_its_side_after_asking_gets_its_answers(shared, kv):
    shared.api.post(f"{kv}/data/x", {"data": {"a": 1}})
    for target in ("/v1/sys/health", f"/v1/{kv}/data/x") * 10:
        with Connection(shared.port) as connection:
            connection.send(head("GET", target))
            connection.socket.shutdown(socket.SHUT_WR)
            answer = connection.answer()
            assert answer is not None and answer.status == 200, target
            assert connection.closed()


@pytest.mark.parametrize("text", [
    "GET /v1/sys/health HTTP/1.1\r\n\r\n",
    "GET /v1/sys/health HTTP/9.9\r\nHost: x\r\n\r\n",
    "GET /v1/sys/health\r\n\r\n",
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "POST /v1/sys/unseal HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}   ",
    "POST /v1/sys/unseal HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    "POST /v1/sys/unseal HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "POST /v1/sys/unseal HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /v1/sys/unseal HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "POST /v1/sys/unseal HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n",
    "POST /v1/sys/unseal HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "GET /v1/sys/health HTTP/1.1\r\nHost: x\r\nNo colon here\r\n\r\n",
    "GET /v1/sys/health HTTP/1.1\r\nHost: x\r\nX-Bad\x00: y\r\n\r\n",
    "GET /v1/sys/health HTTP/1.1\r\nHost: x\r\nX-Vault-Token: a\x00b\r\n\r\n",
    "GET /v1/sys/health HTTP/1.1\r\nHost : x\r\n\r\n",
    "GET /v1/sys/health HTTP/1.1\r\n Host: x\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
], ids=lambda text: repr(text[:40]))
def test_what_is_not_http_is_refused_and_the_connection_ends(shared, text):
    with Connection(shared.port) as connection:
        connection.send(text.encode("latin-1"))
        connection.socket.shutdown(socket.SHUT_WR)
        answer = connection.answer()
        assert answer is None or 400 <= answer.status < 506, answer
        assert connection.closed()
    assert shared.api.get("sys/health").status_code == 200


def test_a_path_outside_the_api_is_not_found(shared):
    for target in ("/", "/v1", "/v2/sys/health", "/ui", "/ui/", "/favicon.ico", "/v1/", "*", "/V1/sys/health"):
        refusal(request(shared.port, "GET", target), 404, 400, 307)


# Bodies


@pytest.mark.parametrize("body", [
    '{', '{"data": {"a": 1}', '{"data": {"a": 1}} x', '{"data": {"a": 1},}', "{'data': 1}", '{"data": NaN}',
    '{"data": {"a": 01}}', '{"data": {"a": 1.}}', '{"data": {"a": .5}}', '{"data": {"a": +1}}', '{"a": "\\x41"}',
    '{"a": "\\ud800"}', '{"a": "\t"}', "nonsense", '[]', '7', '"text"', '[{"data": {}}]', '{"data": {"a": 1}}{"data": {}}',
    '\ufeff{"data": {"a": 1}}', '{"data": /* comment */ {}}', '{data: {}}', '{"a": 0x10}', '{"a": Infinity}',
])
def test_a_body_that_is_no_json_object_is_refused(shared, kv, body):
    text = errors(shared.api.post(f"{kv}/data/x", raw=body.encode()), 400)
    assert text
    assert shared.api.get(f"{kv}/data/x").status_code == 404


@pytest.mark.parametrize("body", [
    b'{"data": {"a": "\xff"}}', b'{"data": {"\xc3\x28": 1}}', b'{"data": {"a": "\xed\xa0\x80"}}',
    b'{"data": {"a": "\xc0\x80"}}', b'{"data": {"a": "\xf5\x80\x80\x80"}}', b'{"data": {"a": "\xe2\x82"}}',
])
def test_a_body_that_is_not_utf_8_is_refused(shared, kv, body):
    errors(shared.api.post(f"{kv}/data/x", raw=body), 400)
    assert shared.api.get(f"{kv}/data/x").status_code == 404


@pytest.mark.parametrize("body", [
    '{"data": {"a": 1}, "data": {"a": 2}}', '{"data": {"a": 1, "a": 2}}', '{"data": {"a": 1, "\\u0061": 2}}',
    '{"data": {"x": [{"a": 1, "a": 1}]}}',
])
def test_a_key_given_twice_is_refused(shared, kv, body):
    errors(shared.api.post(f"{kv}/data/x", raw=body), 400)
    assert shared.api.get(f"{kv}/data/x").status_code == 404


@pytest.mark.parametrize("opening, closing", [('{"a":', "}"), ("[", "]"), ('[{"a":', "}]")])
def test_a_body_that_is_too_deep_is_refused(shared, kv, opening, closing):
    for depth in (200, 100_000):
        body = '{"data": {"x": ' + opening * depth + "1" + closing * depth + "}}"
        errors(shared.api.post(f"{kv}/data/x", raw=body), 400)
    errors(shared.api.post(f"{kv}/data/x", raw='{"data": {"x": ' + opening * 50_000), 400)
    assert shared.api.get("sys/health").status_code == 200


def test_a_body_with_too_many_members_is_refused(shared, kv):
    for value in ({f"k{n}": n for n in range(10_001)}, {"list": list(range(10_001))}):
        errors(shared.api.post(f"{kv}/data/x", {"data": value}), 400)
    assert shared.api.post(f"{kv}/data/x", {"data": {f"k{n}": n for n in range(10_000)}}).status_code == 200


def test_a_body_with_too_many_values_is_refused_however_they_are_nested(shared, kv):
    errors(shared.api.post(f"{kv}/data/x", {"data": {f"k{n}": [""] * 9_999 for n in range(11)}}), 400)
    assert shared.api.post(f"{kv}/data/x", {"data": {f"k{n}": [""] * 9_999 for n in range(9)}}).status_code == 200


def test_an_error_about_a_body_does_not_repeat_it(shared, kv):
    answer = shared.api.post(f"{kv}/data/x", raw='{"data": {"password": "hunter2-hunter2" oops}}')
    assert "hunter2" not in answer.text and "password" not in answer.text


# Limits


def test_a_body_that_is_announced_too_large_is_refused_before_it_comes(shared, kv):
    with Connection(shared.port) as connection:
        connection.send(head("POST", f"/v1/{kv}/data/x", headers=[("Content-Length", str(33 * 1024 * 1024))]))
        refusal(connection.answer(), 413)
        assert connection.closed()


def test_a_body_that_grows_too_large_is_refused(servers):
    server = servers.durable(
        listeners='listener "tcp" {\n address = "127.0.0.1:0"\n tls_disable = true\n max_request_size = 100000\n}\n')
    mount = server.mount(2)
    assert server.api.post(f"{mount}/data/x", {"data": {"a": "x" * 90_000}}).status_code == 200
    with Connection(server.port) as connection:
        connection.send(head(
            "POST", f"/v1/{mount}/data/y", server.root_token, [("Transfer-Encoding", "chunked")]))
        try:
            for _ in range(30):
                connection.send(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass
        refusal(connection.answer(), 413)
    assert server.api.get(f"{mount}/data/y").status_code == 404


def test_a_secret_of_megabytes_is_taken_and_a_larger_one_is_refused_by_the_engine(shared, kv):
    secret = {"data": {"a": "x" * (7 * 1024 * 1024)}}
    assert shared.api.post(f"{kv}/data/x", secret, timeout=60).status_code == 200
    assert len(shared.api.get(f"{kv}/data/x", timeout=60).content) > 7 * 1024 * 1024
    secret = {"data": {"a": "x" * (31 * 1024 * 1024)}}
    assert "bytes" in errors(shared.api.post(f"{kv}/data/x", secret, timeout=60), 400)
    assert data(shared.api.get(f"{kv}/metadata/x"))["current_version"] == 1


@pytest.mark.parametrize("header", ["X-Padding", "X-Vault-Token", "Cookie", "X-Vault-Namespace"])
def test_headers_that_are_too_large_are_refused(shared, header):
    answer = request(shared.port, "GET", "/v1/sys/health", token=None, headers=[(header, "x" * 70_000)])
    refusal(answer, 431, 400, 403)


def test_too_many_headers_are_refused(shared):
    answer = request(shared.port, "GET", "/v1/sys/health", headers=[(f"X-{n}", "y" * 10) for n in range(5000)])
    refusal(answer, 431, 400)


def test_a_path_that_is_too_long_is_refused(shared):
    refusal(request(shared.port, "GET", "/v1/secret/data/" + "x" * 20_000), 414, 400)
    refusal(request(shared.port, "GET", "/v1/sys/health?" + "x" * 20_000), 414, 400)
    refusal(request(shared.port, "GET", "/v1/secret/data/" + "x" * 100_000), 414, 431, 400)


def test_a_client_that_never_finishes_its_headers_is_cut_off(servers):
    server = servers.durable(
        listeners='listener "tcp" {\n address = "127.0.0.1:0"\n tls_disable = true\n'
                  ' http_read_header_timeout = "1s"\n http_read_timeout = "1s"\n}\n')
    with Connection(server.port) as silent, Connection(server.port) as slow, Connection(server.port) as half:
        slow.send("GET /v1/sys/health HTTP/1.1\r\nHost: x\r\n")
        half.send(head("POST", "/v1/sys/unseal", None, [("Content-Length", "10")]) + "{")
        for connection in (silent, slow, half):
            answer = connection.answer()
            assert answer is None or answer.status == 408
            assert connection.closed()


def test_many_idle_connections_keep_nobody_out(shared):
    connections = [socket.create_connection(("127.0.0.1", shared.port)) for _ in range(400)]
    try:
        assert shared.api.get("sys/health", timeout=5).status_code == 200
    finally:
        for connection in connections:
            connection.close()


# Paths


@pytest.mark.parametrize("path", [
    "a%00b", "%00", "a%0ab", "a%0d%0ab", "a%1fb", "a%7fb", "%ff", "a%c3%28", "%ed%a0%80", "%c0%af", "a%", "a%2", "a%zz",
    "a//b", "/a", "a/./b", "a/../b", "..", ".", "../data/x", "a%2f..%2fb", "a/%2e%2e/b", "%2e", "a%2f%2fb",
    "e%cc%81", "a%e2%80%8bb", "a%e2%80%aeb", "a%c2%85b",
])
def test_a_path_with_more_than_one_reading_is_refused(shared, kv, path):
    for method in ("GET", "DELETE", "POST"):
        refusal(request(shared.port, method, f"/v1/{kv}/data/{path}", body=b'{"data": {}}' if method == "POST" else b""), 400)
    assert shared.api.list(f"{kv}/metadata").status_code == 404


def test_dots_do_not_lead_from_a_path_that_is_allowed_to_one_that_is_not(shared, kv):
    shared.api.post(f"{kv}/data/private/x", {"data": {"a": 1}})
    token = shared.token_with(shared.policy(f'path "{kv}/data/public/*" {{ capabilities = ["read"] }}'))
    for path in ("public/../private/x", "public/%2e%2e/private/x", "public/..%2fprivate/x", "public//../private/x",
                 "public/%2e%2e%2fprivate%2fx", "public/./../private/x", "public/..;/private/x",
                 "public/..%5cprivate/x", "public%2f..%2fprivate%2fx", "private%2fx", "Private/x", "private/x/", "private//x"):
        answer = request(shared.port, "GET", f"/v1/{kv}/data/{path}", token)
        assert answer.status in (400, 403, 404), path
        assert b'"a"' not in answer.body


def test_an_encoded_slash_is_a_slash_for_policies_too(shared, kv):
    shared.api.post(f"{kv}/data/private/x", {"data": {"a": 1}})
    token = shared.token_with(shared.policy(f"""
        path "{kv}/data/*" {{ capabilities = ["read"] }}
        path "{kv}/data/private/*" {{ capabilities = ["deny"] }}
        """))
    for path in ("private/x", "private%2fx", "private%2Fx", "%70rivate/x", "privat%65%2Fx"):
        assert request(shared.port, "GET", f"/v1/{kv}/data/{path}", token).status == 403, path


def test_a_trailing_slash_does_not_lead_around_a_deny(shared, kv):
    shared.api.post(f"{kv}/data/x", {"data": {"a": 1}})
    token = shared.token_with(shared.policy(f"""
        path "{kv}/*" {{ capabilities = ["read", "list", "create", "update", "delete"] }}
        path "{kv}/data/x" {{ capabilities = ["deny"] }}
        """))
    for path in ("x", "x/", "x%2f", "x?", "x?version=1", "x#"):
        answer = request(shared.port, "GET", f"/v1/{kv}/data/{path}", token)
        assert answer.status in (403, 400, 404), path
        assert b'{"a":1}' not in answer.body.replace(b" ", b"")


def test_mount_paths_are_checked_like_any_other(shared):
    for path in ("a%00b", "a/../b", "%2e%2e", "a//b", "%ff", "a%0ab"):
        refusal(request(shared.port, "POST", f"/v1/sys/mounts/{path}", body=b'{"type": "kv"}'), 400)


def test_a_query_is_checked_too(shared):
    for query in ("list=perhaps", "%ff=1", "a=%ff", "version=abc", "version=-1"):
        refusal(request(shared.port, "GET", f"/v1/secret/data/x?{query}"), 400, 404)
    many = "&".join(f"a{n}=1" for n in range(3000))
    refusal(request(shared.port, "GET", f"/v1/secret/data/x?{many}"), 404, 400, 414)


def test_a_header_cannot_forge_a_line_of_the_log(shared):
    shared.api.get("nowhere/a", headers={"X-Forged": "x", "User-Agent": "agent"})
    raw.request(shared.port, "GET", "/v1/nowhere/%0a2026-01-01T00:00:00Z%20[ERROR]%20forged")
    assert not any(line.startswith("2026-01-01T00:00:00Z [ERROR] forged") for line in shared.log.splitlines())
