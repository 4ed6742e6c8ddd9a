// The headers that HTTP or the API gives a meaning; everything else is only passed on.

enum KnownHeader: UInt16 {
    case host
    case connection
    case contentLength
    case contentType
    case transferEncoding
    case expect
    case origin
    case upgrade
    case authorization
    case token
    case namespace
    case wrapTTL
    case request

    var name: String {
        switch self {
        case .host: "host"
        case .connection: "connection"
        case .contentLength: "content-length"
        case .contentType: "content-type"
        case .transferEncoding: "transfer-encoding"
        case .expect: "expect"
        case .origin: "origin"
        case .upgrade: "upgrade"
        case .authorization: "authorization"
        case .token: "x-vault-token"
        case .namespace: "x-vault-namespace"
        case .wrapTTL: "x-vault-wrap-ttl"
        case .request: "x-vault-request"
        }
    }

    /// Told apart by length first: every header of every request comes through here.
    init?(_ spelled: String) {
        let candidate: KnownHeader? =
            switch spelled.utf8.count {
            case 4: .host
            case 6: Self.begins(spelled, with: "o") ? .origin : .expect
            case 7: .upgrade
            case 10: .connection
            case 12: .contentType
            case 13: Self.begins(spelled, with: "x") ? .token : .authorization
            case 14: .contentLength
            case 15: .request
            case 16: .wrapTTL
            case 17: Self.begins(spelled, with: "x") ? .namespace : .transferEncoding
            default: nil
            }
        guard let candidate, candidate.isSpelled(spelled) else { return nil }
        self = candidate
    }

    private static func begins(_ name: String, with letter: Unicode.Scalar) -> Bool {
        name.utf8.first.map { $0 | 0x20 } == UInt8(ascii: letter)
    }

    /// Whether a name is this one, in any case.
    private func isSpelled(_ spelled: String) -> Bool {
        var (name, spelled) = (name, spelled)
        return name.withUTF8 { expected in
            spelled.withUTF8 { bytes in
                bytes.count == expected.count
                    && bytes.indices.allSatisfy { index in
                        let (wanted, byte) = (expected[index], bytes[index])
                        return wanted == byte
                            || ((0x41...0x5A).contains(byte) && wanted == byte | 0x20)
                    }
            }
        }
    }

    /// Of these a second one would leave it open which of the two counts.
    var isSingle: Bool {
        switch self {
        case .connection, .transferEncoding, .upgrade: false
        default: true
        }
    }
}

/// A set of known headers.
struct KnownHeaders {
    private var bits: UInt32 = 0

    /// False if the header was in the set already.
    mutating func insert(_ header: KnownHeader) -> Bool {
        let bit = UInt32(1) << header.rawValue
        defer { bits |= bit }
        return bits & bit == 0
    }

    func contains(_ header: KnownHeader) -> Bool { bits & (UInt32(1) << header.rawValue) != 0 }
}
