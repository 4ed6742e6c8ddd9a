"""One connection to the core: bytes in, bytes out. PROTOCOL: Handshake, Calls, Drain and close."""

import json
import time
from dataclasses import dataclass

import onetime
from onetime import frames, plugin_pb2 as pb
from onetime.frames import Broken
from onetime.log import log
from onetime.storage import Refused, Run

MOST_CALLS = 64  # open requests on a lane


@dataclass
class Open:
    """A request whose handler waits for storage."""

    call: int
    mount: bytes
    deadline: float
    run: Run


class Lane:
    def __init__(self, socket, mounts):
        self.socket = socket
        self.is_over = False
        self._mounts = mounts
        self._decoder = frames.Decoder()
        self._hello = None
        self._is_draining = False
        self._open = {}  # by the id of the storage call that each waits for
        self._last_storage_call = 0

    # What the process calls

    def receive(self):
        """There is something to read."""
        data = self.socket.recv(256 << 10)
        if not data:
            self.is_over = True
            return
        self._decoder.append(data)
        try:
            while not self.is_over and (frame := self._decoder.next()):
                self._take(*frame)
        except Broken as broken:
            log("warn", "the core broke the protocol", reason=str(broken.reason), text=broken.text)
            self._close(broken.reason, broken.text)

    def expire(self, now):
        for storage_call, waiting in list(self._open.items()):
            if waiting.deadline <= now:
                del self._open[storage_call]
                self._refuse(waiting.call, pb.DEADLINE_EXCEEDED, "the request took too long")
        self._close_if_drained()

    @property
    def next_deadline(self):
        return min((waiting.deadline for waiting in self._open.values()), default=float("inf"))

    def ask_for_drain(self):
        """This process is to end. It serves on until the core agrees."""
        if self._hello and not self._is_draining:
            self._send(frames.DRAIN)

    # Frames

    def _take(self, kind, call, payload):
        if kind == frames.CLOSE:
            self.is_over = True
            return
        if self._hello is None:
            if kind != frames.HELLO:
                raise Broken(frames.UNEXPECTED_MESSAGE, "a message before the handshake")
            return self._greet(frames.decode(kind, payload))
        handlers = {
            frames.MOUNT: self._mount, frames.UNMOUNT: self._unmount, frames.REQUEST: self._request,
            frames.STORAGE_REPLY: self._storage_reply, frames.CANCEL: self._cancel,
            frames.PING: self._ping, frames.PONG: self._pong, frames.DRAIN: self._drain,
            # Nothing is kept in memory, so nothing of it can be stale.
            frames.INVALIDATE: lambda call, message: None,
        }
        if kind not in handlers:
            raise Broken(frames.UNEXPECTED_MESSAGE, "a message that no core sends, or not now")
        handlers[kind](call, frames.decode(kind, payload))
        self._close_if_drained()

    def _greet(self, hello):
        if hello.major != 1:
            raise Broken(frames.UNSUPPORTED_VERSION, "this plugin speaks version 1.0")
        if hello.max_frame_bytes < frames.HANDSHAKE_LIMIT or hello.max_calls_in_flight == 0:
            raise Broken(frames.INVALID_VALUE, "a hello with limits that nothing fits into")
        self._hello = hello
        self._decoder.limit = min(hello.max_frame_bytes, frames.FRAME_LIMIT)
        self._send(frames.HELLO_REPLY, 0, pb.HelloReply(
            major=1, minor=0, name=onetime.NAME.encode(), version=onetime.VERSION.encode(),
            type=pb.SECRET, max_calls_in_flight=MOST_CALLS))

    def _mount(self, call, spec):
        self._check_new(call)
        self._send(frames.MOUNT_REPLY, call, self._mounts.mount(spec))

    def _unmount(self, call, message):
        self._check_new(call)
        self._mounts.unmount(message.id)
        self._send(frames.UNMOUNT_REPLY, call, pb.UnmountReply())

    def _ping(self, call, _):
        self._check_new(call)
        self._send(frames.PONG, call)

    def _pong(self, call, _):
        raise Broken(frames.INVALID_CALL, "a pong to a ping that never was")

    def _drain(self, call, _):
        self._is_draining = True

    def _check_new(self, call):
        """The core's ids are odd, and one that is open cannot be opened again."""
        if call % 2 == 0 or any(waiting.call == call for waiting in self._open.values()):
            raise Broken(frames.INVALID_CALL, "a call id that is even or in use")

    # Requests

    def _request(self, call, message):
        self._check_new(call)
        milliseconds = message.deadline_milliseconds
        deadline = time.monotonic() + milliseconds / 1000 if milliseconds else float("inf")
        try:
            if self._is_draining or len(self._open) >= MOST_CALLS:
                raise Refused(pb.UNAVAILABLE, "the plugin takes no more calls now")
            run = self._mounts.run(message)
        except Refused as refused:
            return self._refuse(call, refused.code, refused.text)
        self._step(Open(call, message.mount, deadline, run), run.start)

    def _storage_reply(self, storage_call, reply):
        waiting = self._open.pop(storage_call, None)
        if waiting is None:
            if storage_call % 2 or storage_call > self._last_storage_call:
                raise Broken(frames.INVALID_CALL, "a reply to a storage call that never was")
            return  # Of a request that was cancelled or ran out of time.
        if waiting.deadline <= time.monotonic():
            return self._refuse(waiting.call, pb.DEADLINE_EXCEEDED, "the request took too long")
        self._step(waiting, lambda: waiting.run.resume(reply))

    def _cancel(self, call, _):
        for storage_call, waiting in list(self._open.items()):
            if waiting.call == call:
                del self._open[storage_call]
                self._refuse(call, pb.CANCELLED, "the request was cancelled")

    def _step(self, waiting, step):
        """One step of a request's handler: it wants something of storage, or has an answer."""
        try:
            result = step()
        except Refused as refused:
            return self._refuse(waiting.call, refused.code, refused.text)
        except Exception as error:  # A mistake of ours; its text may hold what a client sent.
            log("error", "a handler failed", error=type(error).__name__)
            return self._refuse(waiting.call, pb.INTERNAL_ERROR, "the plugin failed to handle the request")
        if isinstance(result, pb.Storage):
            self._ask_storage(waiting, result)
        else:
            self._answer(waiting.call, result)

    def _ask_storage(self, waiting, message):
        if len(self._open) >= self._hello.max_calls_in_flight:
            return self._refuse(waiting.call, pb.UNAVAILABLE, "too many storage calls at once")
        self._last_storage_call += 2
        self._open[self._last_storage_call] = waiting
        message.mount = waiting.mount
        message.parent_call = waiting.call
        self._send(frames.STORAGE, self._last_storage_call, message)

    def _answer(self, call, answer):
        response = pb.Response(warnings=[warning.encode() for warning in answer.warnings])
        if answer.data is not None:
            response.data = json.dumps(answer.data, ensure_ascii=False).encode()
        if response.ByteSize() > self._decoder.limit:
            return self._refuse(call, pb.INTERNAL_ERROR, "the answer is too large")
        self._send(frames.RESPONSE, call, response)

    def _refuse(self, call, code, text):
        failure = pb.Failure(code=code, message=text.encode())
        self._send(frames.RESPONSE, call, pb.Response(failure=failure))

    # The end

    def _close_if_drained(self):
        if self._is_draining and not self._open and not self.is_over:
            self._close(frames.GOING_AWAY, "drained")

    def _close(self, reason, text):
        self._send(frames.CLOSE, 0, pb.Close(reason=reason, message=text.encode()))
        self.is_over = True

    def _send(self, kind, call=0, message=None):
        """Waits until it is written: the core always reads."""
        try:
            self.socket.sendall(frames.encode(kind, call, message))
        except OSError:
            self.is_over = True
