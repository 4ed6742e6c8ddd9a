"""Headers that the configuration adds to answers."""

import signal

from support import waiting
from support.api import errors

LISTENER = """
listener "tcp" {
  address = "127.0.0.1:0"
  tls_disable = true
  custom_response_headers {
    "default" = { "Content-Security-Policy" = ["default-src 'none'"], "X-Kind" = ["all"], "X-Vault-Mine" = ["no"] }
    "4xx" = { "X-Kind" = ["refusal"] }
    "404" = { "X-Kind" = ["nothing"] }
  }
}
"""


def test_headers_by_status_and_sighup(servers):
    server = servers.durable(listeners=LISTENER)
    good = server.api.get("sys/mounts")
    assert good.headers["Content-Security-Policy"] == "default-src 'none'"
    assert good.headers["X-Kind"] == "all" and "X-Vault-Mine" not in good.headers
    assert server.api.get("sys/mounts", token="wrong").headers["X-Kind"] == "refusal"
    assert server.api.get("nowhere/at/all").headers["X-Kind"] == "nothing"
    assert "X-Vault-Mine" in server.log, "what is not accepted is said"

    taken = server.api.post("sys/config/ui/headers/x-kind", {"values": ["mine"]})
    assert "already exists in the server configuration" in errors(taken, 400)
    assert server.api.post("sys/config/ui/headers/X-Free", {"values": ["mine"]}).status_code == 204

    config = server.folder / "config.hcl"
    config.write_text(config.read_text().replace('["all"]', '["changed"]'))
    server.process.send_signal(signal.SIGHUP)
    waiting.until(
        lambda: server.api.get("sys/mounts", headers={"Connection": "close"}).headers["X-Kind"] == "changed",
        "new connections have the new header")

    config.write_text("listener {")
    before = len(server.log)
    server.process.send_signal(signal.SIGHUP)
    waiting.until(lambda: "configuration was not read again" in server.log[before:], "the log says so")
    assert server.api.get("sys/mounts", headers={"Connection": "close"}).headers["X-Kind"] == "changed"
