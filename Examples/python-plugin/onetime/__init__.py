"""Notes that can be read a given number of times, and are gone then: a plugin on the bare protocol.

    frames.py     bytes into frames, frames into messages, and what is wrong with them
    lane.py       one connection to the core: handshake, calls, deadlines, the end
    storage.py    what a handler may ask of the core while it works on a request
    mounts.py     what each mount is, and which handler serves a request
    engine.py     the notes: the only file with anything of its own
    process.py    the process: sockets, signals, the loop

PROTOCOL.md is the specification; comments here say "PROTOCOL: Calls" for its paragraphs. `plugin_pb2` is
made from plugin.proto by build.py.
"""

NAME = "onetime"
VERSION = "1.0.0"
