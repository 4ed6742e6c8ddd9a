"""The process: one thread that serves all lanes. PROTOCOL: Start."""

import os
import selectors
import signal
import socket
import stat
import sys
import time

import onetime
from onetime.lane import Lane
from onetime.log import log
from onetime.mounts import Mounts

FIRST_DESCRIPTOR = 3
MOST_LANES = 1024
DRAIN_SECONDS = 10


def lane_sockets():
    """The sockets that the core opened for this process; None when it was not the core."""
    text = os.environ.get("COFFER_PLUGIN_LANES", "")
    if not text.isdecimal() or not 1 <= int(text) <= MOST_LANES:
        return None
    descriptors = range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + int(text))
    try:
        if all(stat.S_ISSOCK(os.fstat(descriptor).st_mode) for descriptor in descriptors):
            return [socket.socket(fileno=descriptor) for descriptor in descriptors]
    except OSError:
        pass
    return None


def serve(sockets):
    selector = selectors.DefaultSelector()
    # Signals wake the loop through a pipe, so that they never come in the middle of something.
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: None)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    selector.register(wake, selectors.EVENT_READ)

    mounts = Mounts()
    lanes = [Lane(socket, mounts) for socket in sockets]
    for lane in lanes:
        selector.register(lane.socket, selectors.EVENT_READ, lane)
    end = float("inf")
    while lanes:
        next_deadline = min([end, *(lane.next_deadline for lane in lanes)])
        timeout = None if next_deadline == float("inf") else max(0, next_deadline - time.monotonic())
        for key, _ in selector.select(timeout):
            if key.data is not None:
                key.data.receive()
            elif signal.SIGTERM in os.read(wake, 64):
                end = min(end, time.monotonic() + DRAIN_SECONDS)
                for lane in lanes:
                    lane.ask_for_drain()
        now = time.monotonic()
        if now >= end:
            log("warn", "ended with requests in flight")
            return 1
        for lane in lanes:
            lane.expire(now)
            if lane.is_over:
                selector.unregister(lane.socket)
                lane.socket.close()
        lanes = [lane for lane in lanes if not lane.is_over]
    return 0


def main():
    sockets = lane_sockets()
    if sockets is None:
        print(f"{onetime.NAME} {onetime.VERSION} is a plugin of Coffer and is not run by hand. Register it with\n"
              f"the server, which starts it when it is enabled:\n\n    coffer secrets enable {onetime.NAME}",
              file=sys.stderr)
        return 2
    try:
        return serve(sockets)
    except Exception as error:
        # Python's own report would not be a line of JSON, and might show what a client sent.
        log("error", "the plugin failed", error=type(error).__name__)
        return 1


def run():
    # At once: nothing is left to be tidied up.
    code = main()
    sys.stderr.flush()
    os._exit(code)
