// What the core remembers of a lease, and its form behind the barrier.

internal import Cryptography
internal import JSON

/// A secret that ends.
struct LeaseEntry: Sendable, Equatable {
    /// Where the engine is. Not the path: a mount that moves keeps its leases.
    var mount: UUID128
    /// Path of the request, relative to the mount.
    var path: String
    /// The token that it ends with; `nil` when there is none, or none any more.
    var token: TokenKey?
    var issuedAt: Int64
    var expiresAt: Int64
    /// 0 is "never".
    var lastRenewedAt: Int64 = 0
    /// Lifetime as first granted.
    var ttlSeconds: Int64
    /// The engine's own maximum; 0 leaves it to the mount.
    var maxTTLSeconds: Int64
    /// Whatever is asked, it ends by then; 0 is "no such time". Set for what a batch token made.
    var endsBy: Int64 = 0
    var isRenewable: Bool
    /// Its end was asked for; it cannot be renewed any more.
    var isRevoking = false
    /// When the sweep looks at it: at its end, or for the next attempt. 0 once it is parked.
    var dueAt: Int64
    /// Failed attempts to revoke it.
    var attempts = 0
    /// Why the last attempt failed.
    var failure = ""
    /// What the engine wants back.
    var internalData: [UInt8]

    /// The engine could not revoke it, and nobody tries any more until somebody says so.
    var isParked: Bool { dueAt == 0 }
    func isExpired(at now: Int64) -> Bool { expiresAt <= now }
    func remainingSeconds(at now: Int64) -> Int64 { max(0, expiresAt - now) }
}

extension LeaseEntry {
    /// Version of the stored form; a newer one is refused instead of being half understood.
    private static let formatVersion = 1
    /// Between the JSON part, which cannot contain it, and the engine's bytes, which may be
    /// anything.
    private static let separator: UInt8 = 0

    func encoded() -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 320 + internalData.count)
        writer.beginObject()
        writer.member("v", Self.formatVersion)
        writer.member("mount", mount.text)
        writer.member("path", path)
        if let token { writer.member("token", token.text) }
        writer.member("issued", Int(issuedAt))
        writer.member("expires", Int(expiresAt))
        writer.member("ttl", Int(ttlSeconds))
        writer.member("due", Int(dueAt))
        writer.member("renewable", isRenewable)
        // What most leases do not have takes no room.
        if lastRenewedAt != 0 { writer.member("renewed", Int(lastRenewedAt)) }
        if maxTTLSeconds != 0 { writer.member("max_ttl", Int(maxTTLSeconds)) }
        if endsBy != 0 { writer.member("ends_by", Int(endsBy)) }
        if isRevoking { writer.member("revoking", true) }
        if attempts != 0 { writer.member("attempts", attempts) }
        if !failure.isEmpty { writer.member("failure", failure) }
        writer.endObject()
        return writer.bytes + [Self.separator] + internalData
    }

    init(decoding bytes: [UInt8]) throws(BackendFailure) {
        let end = bytes.firstIndex(of: Self.separator) ?? bytes.endIndex
        guard let value = try? JSONValue(parsing: Array(bytes[..<end])),
            value["v"]?.intValue == Self.formatVersion,
            let mount = value["mount"]?.stringValue.flatMap({ UUID128($0) })
        else {
            throw BackendFailure(
                .internalError, "a stored lease has a form that this version does not know")
        }
        func integer(_ name: String) -> Int64 { Int64(value[name]?.intValue ?? 0) }
        self.mount = mount
        path = value["path"]?.stringValue ?? ""
        token = value["token"]?.stringValue.flatMap { TokenKey(text: $0) }
        issuedAt = integer("issued")
        expiresAt = integer("expires")
        lastRenewedAt = integer("renewed")
        ttlSeconds = integer("ttl")
        maxTTLSeconds = integer("max_ttl")
        endsBy = integer("ends_by")
        isRenewable = value["renewable"]?.boolValue ?? false
        isRevoking = value["revoking"]?.boolValue ?? false
        dueAt = integer("due")
        attempts = Int(integer("attempts"))
        failure = value["failure"]?.stringValue ?? ""
        internalData = end < bytes.endIndex ? Array(bytes[(end + 1)...]) : []
    }
}

/// A lease with the revision it was read at.
struct StoredLease: Sendable {
    let id: LeaseID
    let entry: LeaseEntry
    let revision: UInt64
}
