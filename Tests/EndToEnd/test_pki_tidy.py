"""Tidies of a PKI mount: in the background, through restarts, and stopped half-way."""

import time

from support import waiting
from support.api import data, errors
from support.pki import PKI


def mounted(server):
    made = server.api.post("sys/mounts/pki", {"type": "pki", "config": {"max_lease_ttl": "87600h"}})
    assert made.status_code == 204, made.text
    pki = PKI(server, "pki")
    pki.root()
    pki.role()
    return pki


def expired(pki, count):
    """Certificates that are over."""
    made = [pki.issue(f"a{n}.example.com", ttl="1s") for n in range(count)]
    waiting.until(lambda: time.time() > made[-1]["expiration"] + 1, "they are over")
    return {one["serial_number"] for one in made}


def left(pki, serials):
    return len(serials & set(data(pki.server.api.list("pki/certs"))["keys"]))


def status(pki):
    return data(pki.get("tidy-status"))


def tidy(pki):
    answer = pki.post("tidy", {"tidy_cert_store": True, "safety_buffer": "0s", "page_size": 5})
    assert answer.status_code == 202, answer.text
    return answer.json()["warnings"]


def test_a_tidy_answers_at_once_and_says_how_far_it_is(servers):
    server = servers.dev("tidy").start()
    pki = mounted(server)
    serials = expired(pki, 12)
    kept = pki.issue("kept.example.com")["serial_number"]
    assert status(pki)["state"] == "Inactive"
    assert "successfully started" in tidy(pki)[0]
    waiting.until(lambda: status(pki)["state"] == "Finished", "the tidy ends", 30)
    seen = status(pki)
    assert seen["time_started"] and seen["time_finished"] and seen["error"] is None
    assert left(pki, serials) == 0 and left(pki, {kept}) == 1
    assert "none is currently running" in errors(pki.post("tidy-cancel"), 400)
    assert "no tidy operations" in pki.post("tidy").json()["warnings"][0]


def test_issuers_that_are_over_go_but_the_default_stays(servers):
    server = servers.dev("tidy").start()
    pki = mounted(server)
    lasting = data(pki.get("issuer/default"))["issuer_id"]
    over = [pki.root(f"Over {n}", ttl="2s") for n in range(2)]
    data(pki.post("config/issuers", {"default": over[0]["issuer_id"]}))
    waiting.until(lambda: time.time() > over[-1]["expiration"] + 1, "they are over")

    def issuers(buffer):
        answer = pki.post("tidy", {"tidy_expired_issuers": True, "issuer_safety_buffer": buffer})
        assert answer.status_code == 202, answer.text
        waiting.until(lambda: status(pki)["state"] == "Finished", "the tidy ends", 30)
        return set(data(server.api.list("pki/issuers"))["keys"])

    assert issuers("1h") == {lasting, *(one["issuer_id"] for one in over)}
    assert issuers("1s") == {lasting, over[0]["issuer_id"]}
    assert data(pki.get("config/issuers"))["default"] == over[0]["issuer_id"]
    # Keys are not removed with them.
    assert {one["key_id"] for one in over} <= set(data(server.api.list("pki/keys"))["keys"])


def test_a_restart_does_not_lose_a_tidy(servers):
    server = servers.durable("tidy")
    pki = mounted(server)
    serials = expired(pki, 12)
    assert "successfully started" in tidy(pki)[0]
    server.restart()
    server.unseal()
    waiting.until(lambda: status(pki)["state"] == "Finished", "the tidy goes on", 60)
    assert left(pki, serials) == 0


def test_a_tidy_can_be_stopped_before_it_has_begun(servers):
    server = servers.dev("tidy").start()
    pki = mounted(server)
    tidy(pki)
    answer = pki.post("tidy-cancel")
    # It may have been quick.
    if answer.status_code == 200:
        assert data(answer)["state"] == "Cancelling"
        waiting.until(lambda: status(pki)["state"] == "Cancelled", "the tidy stops", 30)
    assert "none is currently running" in errors(pki.post("tidy-cancel"), 400)
