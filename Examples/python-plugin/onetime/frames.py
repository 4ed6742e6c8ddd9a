"""Frames: a header of 16 bytes and one protobuf message. PROTOCOL: Frames, Limits."""

import struct

from google.protobuf.message import DecodeError

from onetime import plugin_pb2 as pb

HEADER = struct.Struct("<IBBHQ")  # length, kind, flags, reserved, call
IGNORABLE = 1

HELLO, HELLO_REPLY, MOUNT, MOUNT_REPLY, UNMOUNT, UNMOUNT_REPLY, REQUEST, RESPONSE = range(1, 9)
STORAGE, STORAGE_REPLY, CANCEL, INVALIDATE, DRAIN, CLOSE, PING, PONG, EVENT = range(9, 18)

WITHOUT_CALL = {HELLO, HELLO_REPLY, INVALIDATE, DRAIN, CLOSE, EVENT}
MESSAGES = {
    HELLO: pb.Hello, HELLO_REPLY: pb.HelloReply, MOUNT: pb.Mount, MOUNT_REPLY: pb.MountReply,
    UNMOUNT: pb.Unmount, UNMOUNT_REPLY: pb.UnmountReply, REQUEST: pb.Request, RESPONSE: pb.Response,
    STORAGE: pb.Storage, STORAGE_REPLY: pb.StorageReply, INVALIDATE: pb.Invalidate, CLOSE: pb.Close,
    EVENT: pb.Event,
}

HANDSHAKE_LIMIT = 64 << 10
FRAME_LIMIT = (32 << 20) + (64 << 10)

# PROTOCOL: Drain and close.
(GOING_AWAY, UNSUPPORTED_VERSION, FRAME_TOO_LARGE, UNKNOWN_KIND, MALFORMED_MESSAGE, INVALID_TEXT,
 INVALID_VALUE, UNEXPECTED_MESSAGE, INVALID_CALL, TOO_MANY_CALLS, TOO_SLOW, INTERNAL_ERROR) = range(1, 13)


class Broken(Exception):
    """The other end broke a rule. It is told the reason, and a text that never quotes its bytes."""

    def __init__(self, reason, text):
        super().__init__(text)
        self.reason = reason
        self.text = text


def encode(kind, call, message=None):
    payload = message.SerializeToString() if message is not None else b""
    return HEADER.pack(len(payload), kind, 0, 0, call) + payload


class Decoder:
    """Takes bytes as they come and gives whole frames."""

    def __init__(self):
        self.limit = HANDSHAKE_LIMIT
        self._bytes = bytearray()

    def append(self, data):
        self._bytes += data

    def next(self):
        """(kind, call, payload), or None while there is no whole frame."""
        while len(self._bytes) >= HEADER.size:
            length, kind, flags, _, call = HEADER.unpack_from(self._bytes)
            # Looked at before there is room made for the payload.
            if length > self.limit:
                raise Broken(FRAME_TOO_LARGE, "a frame over the limit")
            is_known = HELLO <= kind <= EVENT
            if not is_known and not flags & IGNORABLE:
                raise Broken(UNKNOWN_KIND, "a frame of an unknown kind")
            end = HEADER.size + length
            if len(self._bytes) < end:
                return None
            payload = bytes(self._bytes[HEADER.size:end])
            del self._bytes[:end]
            if is_known:
                if (call == 0) != (kind in WITHOUT_CALL):
                    raise Broken(INVALID_CALL, "a call id where none belongs, or none where one does")
                return kind, call, payload
        return None


def decode(kind, payload):
    """The message of a frame, checked. Messages without content are not looked into."""
    if kind not in MESSAGES:
        return None
    message = MESSAGES[kind]()
    try:
        message.ParseFromString(payload)
    except DecodeError:
        raise Broken(MALFORMED_MESSAGE, "a payload that is not its kind's message") from None
    if kind == HELLO:
        texts(*message.features)
    elif kind == MOUNT:
        mount_id(message.id)
        for pair in message.options:
            texts(pair.name, pair.value)
    elif kind in (UNMOUNT, INVALIDATE):
        mount_id(message.id if kind == UNMOUNT else message.mount)
    elif kind == REQUEST:
        mount_id(message.mount)
    elif kind == STORAGE_REPLY:
        if message.WhichOneof("result") is None:
            raise Broken(INVALID_VALUE, "a storage reply without a result")
        if message.WhichOneof("result") == "failure":
            if message.failure.code not in pb.FailureCode.values():
                raise Broken(INVALID_VALUE, "a failure code outside the schema")
            texts(message.failure.message)
    return message


def texts(*values):
    """All text is UTF-8 in `bytes` fields."""
    for value in values:
        try:
            value.decode()
        except UnicodeDecodeError:
            raise Broken(INVALID_TEXT, "a text that is not UTF-8") from None


def mount_id(value):
    if len(value) != 16:
        raise Broken(INVALID_VALUE, "a mount id that has not 16 bytes")
