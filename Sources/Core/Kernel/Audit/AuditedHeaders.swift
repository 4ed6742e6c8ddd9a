// The request headers that audit lines show, and their form behind the barrier.

internal import Audit
internal import JSON

struct AuditedHeaders: Sendable {
    struct Header: Sendable, Equatable {
        /// As it was configured, for listing.
        var name: String
        /// As requests have it.
        var lowerName: String
        var isHashed: Bool
    }

    /// Headers that carry credentials are never written plain, whatever is configured.
    private static let credentials: Set<String> = [
        "authorization", "proxy-authorization", "cookie", "x-forwarded-client-cert",
        "x-vault-token",
    ]

    private(set) var headers: [Header] = []

    init() {}

    subscript(name: String) -> Header? {
        let lower = name.lowercased()
        return headers.first { $0.lowerName == lower }
    }

    mutating func set(_ name: String, isHashed: Bool) throws(BackendFailure) {
        remove(name)
        guard headers.count < AuditLimits.headers else {
            throw BackendFailure(.invalidRequest, "there are too many audited headers")
        }
        headers.append(Header(name: name, lowerName: name.lowercased(), isHashed: isHashed))
        headers.sort { $0.lowerName.utf8.lexicographicallyPrecedes($1.lowerName.utf8) }
    }

    mutating func remove(_ name: String) {
        let lower = name.lowercased()
        headers.removeAll { $0.lowerName == lower }
    }

    /// What of a request's headers is written along.
    func entries(_ request: [(name: String, value: String)]) -> [EntryHeader] {
        guard !headers.isEmpty else { return [] }
        var entries: [EntryHeader] = []
        for header in headers {
            let isPlain = !header.isHashed && !Self.credentials.contains(header.lowerName)
            for (name, value) in request where name.utf8.elementsEqual(header.lowerName.utf8) {
                entries.append(EntryHeader(name: name, value: value, isPlain: isPlain))
            }
        }
        return entries
    }

    /// A header's name: a token of RFC 9110.
    static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= AuditLimits.headerNameBytes
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}

extension AuditedHeaders {
    private static let formatVersion = 1

    /// `{"X-Name": {"hmac": true}, …}`, as the API lists them.
    var presentation: JSONValue {
        .object(
            JSONObject(
                headers.map { ($0.name, .object(["hmac": .bool($0.isHashed)])) }))
    }

    func encoded() -> [UInt8] {
        JSONValue.object(["v": .int(Self.formatVersion), "headers": presentation]).encoded()
    }

    init(decoding bytes: [UInt8]) throws(BackendFailure) {
        guard let value = try? JSONValue(parsing: bytes),
            value["v"]?.intValue == Self.formatVersion
        else {
            throw BackendFailure(
                .internalError, "the audited headers have a form that this version does not know")
        }
        for member in value["headers"]?.objectValue?.members ?? [] {
            try set(member.key, isHashed: member.value["hmac"]?.boolValue ?? true)
        }
    }
}
