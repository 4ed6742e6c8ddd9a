"""What /proc says about processes: children, descriptors, environment."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """A process by number and start time, so that a reused number is another process."""

    pid: int
    started: str

    @property
    def alive(self):
        return _state(self.pid) == self.started

    @property
    def executable(self):
        return Path(os.readlink(f"/proc/{self.pid}/exe")).name

    @property
    def command(self):
        return Path(f"/proc/{self.pid}/cmdline").read_bytes().split(b"\0")[0].decode()

    def environment(self):
        text = Path(f"/proc/{self.pid}/environ").read_bytes()
        return dict(part.split(b"=", 1) for part in text.split(b"\0") if b"=" in part)

    def descriptors(self):
        """Number → what it is, such as `socket:[123]`, `/dev/null`, `pipe:[4]`."""
        folder = f"/proc/{self.pid}/fd"
        return {int(name): os.readlink(f"{folder}/{name}") for name in os.listdir(folder)}

    def resident_bytes(self):
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0

    def signal(self, number):
        if self.alive:
            os.kill(self.pid, number)


def _state(pid):
    """The start time of a living process; None for one that is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else fields[19]


def process(pid):
    return Process(pid, _state(pid) or "")


def descendants(pid):
    """All living processes below this one."""
    found = []
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except FileNotFoundError:
        return found
    for thread in threads:
        try:
            children = Path(f"/proc/{pid}/task/{thread}/children").read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        for child in children:
            state = _state(int(child))
            if state:
                found.append(Process(int(child), state))
                found += descendants(int(child))
    return found
