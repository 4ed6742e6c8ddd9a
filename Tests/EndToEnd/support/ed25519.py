"""Ed25519, Ed25519ctx and Ed25519ph as RFC 8032 describes them, in whole numbers: slow, never for secrets, and the
second opinion where other people's libraries have the plain form only."""

import hashlib

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
NEUTRAL = (0, 1)


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2 % P
    return ((x1 * y2 + y1 * x2) * pow(1 + t, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - t, -1, P) % P)


def multiply(number, point):
    sum = NEUTRAL
    while number:
        if number & 1:
            sum = add(sum, point)
        point, number = add(point, point), number >> 1
    return sum


def x_of(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square or (x == 0 and sign):
        raise ValueError("no point of the curve")
    return P - x if x & 1 != sign else x


BASE_Y = 4 * pow(5, -1, P) % P
BASE = (x_of(BASE_Y, 0), BASE_Y)


def encode(point):
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def decode(data):
    number = int.from_bytes(data, "little")
    y, sign = number & 2**255 - 1, number >> 255
    if y >= P:
        raise ValueError("no reduced coordinate")
    return (x_of(y, sign), y)


def domain(prehashed, context):
    """`prehashed` is None for the plain form."""
    if prehashed is None:
        return b""
    return b"SigEd25519 no Ed25519 collisions" + bytes([prehashed, len(context)]) + context


def number_of(*pieces):
    return int.from_bytes(hashlib.sha512(b"".join(pieces)).digest(), "little") % ORDER


def expand(seed):
    hashed = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(hashed[:32], "little") & ~7 & 2**255 - 1 | 2**254
    return scalar, hashed[32:]


def public_key(seed):
    return encode(multiply(expand(seed)[0], BASE))


def sign(seed, message, prehashed=None, context=b"", nonce=None):
    """Signs a message, or the SHA-512 digest if `prehashed`."""
    scalar, prefix = expand(seed)
    start = domain(prehashed, context)
    nonce = number_of(start, prefix, message) if nonce is None else nonce
    r = encode(multiply(nonce, BASE))
    s = (nonce + number_of(start, r, public_key(seed), message) * scalar) % ORDER
    return r + s.to_bytes(32, "little")


def verify(public, signature, message, prehashed=None, context=b""):
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    if s >= ORDER:
        return False
    challenge = number_of(domain(prehashed, context), r, public, message)
    return multiply(s, BASE) == add(decode(r), multiply(challenge, decode(public)))
