"""Documentation/pipelines.md: its commands, as they stand there, in one shell."""

import os
import re
import subprocess
from pathlib import Path

from support.api import data
from support.cli import binary

PAGE = Path(__file__).resolve().parents[2] / "Documentation" / "pipelines.md"


def commands():
    return re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.M | re.S)


def run(server, folder, script):
    environment = {
        "PATH": f"{Path(binary('coffer')).parent}:{os.environ['PATH']}", "HOME": str(folder),
        "COFFER_ADDR": server.api.address, "TERM": "dumb",
    }
    (folder / ".vault-token").write_text(server.api.token)
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=folder, env=environment, capture_output=True, text=True,
        timeout=120)


def test_a_pipeline_deploys_with_approle_and_a_wrapped_secret_id(servers, tmp_path):
    server = servers.dev().start()
    log = tmp_path / "audit.log"
    server.api.put("sys/audit/file", {"type": "file", "options": {"file_path": str(log)}})
    done = run(server, tmp_path, "\n".join(commands()))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "deploying with a password of 6 characters" in done.stdout
    # The second run of the job, the broker and the guess fail for the reasons that the page gives.
    for reason in ("wrapping token is not valid", "permission denied", "invalid role or secret ID"):
        assert reason in done.stderr, done.stderr
    assert "s3cret" not in log.read_text() and "s3cret" not in server.output
    lines = log.read_text()
    assert '"role_name":"deploy"' in lines
    # All secret ids are used up or destroyed, and the job's token is revoked.
    assert server.api.list("auth/approle/role/deploy/secret-id").status_code == 404
    accessors = data(server.api.list("auth/token/accessors"))["keys"]
    paths = [data(server.api.post("auth/token/lookup-accessor", {"accessor": one}))["path"] for one in accessors]
    assert "auth/approle/login" not in paths


def test_who_unwraps_first_is_noticed_and_the_other_gets_nothing(servers, tmp_path):
    server = servers.dev().start()
    blocks = commands()
    job = next(index for index, block in enumerate(blocks) if "cat > job.sh" in block)
    stolen = 'COFFER_TOKEN=$WRAPPED_SECRET_ID coffer unwrap -field=secret_id > stolen'
    done = run(server, tmp_path, "\n".join([*blocks[:job], stolen, blocks[job]]))
    assert done.returncode != 0
    assert (tmp_path / "stolen").read_text().strip()
    assert "deploying" not in done.stdout
