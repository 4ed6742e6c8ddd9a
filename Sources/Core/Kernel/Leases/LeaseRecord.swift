// A lease's form behind the barrier.

internal import Cryptography
internal import JSON

extension LeaseEntry {
    /// Version of the stored form; a newer one is refused instead of being half understood. Version
    /// 1 is JSON.
    private static let formatVersion: UInt8 = 2

    /// Numbers of the fields. A number is never used again for something else.
    private enum Field {
        static let mount: UInt64 = 1
        static let path: UInt64 = 2
        static let token: UInt64 = 3
        static let issuedAt: UInt64 = 4
        static let expiresAt: UInt64 = 5
        static let lastRenewedAt: UInt64 = 6
        static let ttl: UInt64 = 7
        static let maxTTL: UInt64 = 8
        static let endsBy: UInt64 = 9
        static let isRenewable: UInt64 = 10
        static let isRevoking: UInt64 = 11
        static let dueAt: UInt64 = 12
        static let attempts: UInt64 = 13
        static let failure: UInt64 = 14
        static let internalData: UInt64 = 15
        static let tokenNamespace: UInt64 = 16
    }

    func encoded() -> [UInt8] {
        var writer = RecordWriter(
            version: Self.formatVersion, reservingCapacity: 128 + internalData.count)
        writer.data(Field.mount, mount.bytes)
        writer.text(Field.path, path)
        if let token { writer.data(Field.token, token.bytes) }
        writer.integer(Field.issuedAt, issuedAt)
        writer.integer(Field.expiresAt, expiresAt)
        writer.integer(Field.lastRenewedAt, lastRenewedAt)
        writer.integer(Field.ttl, ttlSeconds)
        writer.integer(Field.maxTTL, maxTTLSeconds)
        writer.integer(Field.endsBy, endsBy)
        writer.flag(Field.isRenewable, isRenewable)
        writer.flag(Field.isRevoking, isRevoking)
        writer.integer(Field.dueAt, dueAt)
        writer.integer(Field.attempts, Int64(attempts))
        writer.text(Field.failure, failure)
        writer.data(Field.internalData, internalData)
        writer.text(Field.tokenNamespace, tokenNamespace)
        return writer.bytes
    }

    init(decoding bytes: [UInt8]) throws(BackendFailure) {
        if bytes.first == UInt8(ascii: "{") {
            try self.init(decodingJSON: bytes)
            return
        }
        guard var reader = RecordReader(bytes, version: Self.formatVersion) else {
            throw Self.unknownForm
        }
        self.init(
            mount: UUID128(high: 0, low: 0), path: "", token: nil, issuedAt: 0, expiresAt: 0,
            ttlSeconds: 0, maxTTLSeconds: 0, isRenewable: false, dueAt: 0, internalData: [])
        var hasMount = false
        do {
            while let (field, value) = try reader.next() {
                try take(field, value)
                if field == Field.mount { hasMount = true }
            }
        } catch { throw Self.unknownForm }
        guard hasMount else { throw Self.unknownForm }
    }

    private mutating func take(_ field: UInt64, _ value: RecordReader.Value) throws {
        switch field {
        case Field.mount:
            guard let id = UUID128(bytes: Array(try value.data())) else {
                throw RecordReader.Damaged()
            }
            mount = id
        case Field.path: path = try value.text()
        case Field.token:
            guard let key = TokenKey(bytes: try value.data()) else { throw RecordReader.Damaged() }
            token = key
        case Field.issuedAt: issuedAt = try value.integer()
        case Field.expiresAt: expiresAt = try value.integer()
        case Field.lastRenewedAt: lastRenewedAt = try value.integer()
        case Field.ttl: ttlSeconds = try value.integer()
        case Field.maxTTL: maxTTLSeconds = try value.integer()
        case Field.endsBy: endsBy = try value.integer()
        case Field.isRenewable: isRenewable = try value.flag()
        case Field.isRevoking: isRevoking = try value.flag()
        case Field.dueAt: dueAt = try value.integer()
        case Field.attempts: attempts = Int(try value.integer())
        case Field.failure: failure = try value.text()
        case Field.internalData: internalData = Array(try value.data())
        case Field.tokenNamespace: tokenNamespace = try value.text()
        default: throw RecordReader.Damaged()
        }
    }

    private static var unknownForm: BackendFailure {
        BackendFailure(
            .internalError, "a stored lease has a form that this version does not know")
    }
}

// MARK: Leases as older versions stored them

extension LeaseEntry {
    /// JSON and, after a zero byte, which it cannot contain, the engine's bytes.
    private init(decodingJSON bytes: [UInt8]) throws(BackendFailure) {
        let end = bytes.firstIndex(of: 0) ?? bytes.endIndex
        guard let value = try? JSONValue(parsing: Array(bytes[..<end])),
            value["v"]?.intValue == 1,
            let mount = value["mount"]?.stringValue.flatMap({ UUID128($0) })
        else { throw Self.unknownForm }
        func integer(_ name: String) -> Int64 { Int64(value[name]?.intValue ?? 0) }
        self.init(
            mount: mount, path: value["path"]?.stringValue ?? "",
            token: value["token"]?.stringValue.flatMap { TokenKey(text: $0) },
            issuedAt: integer("issued"), expiresAt: integer("expires"),
            lastRenewedAt: integer("renewed"), ttlSeconds: integer("ttl"),
            maxTTLSeconds: integer("max_ttl"), endsBy: integer("ends_by"),
            isRenewable: value["renewable"]?.boolValue ?? false,
            isRevoking: value["revoking"]?.boolValue ?? false, dueAt: integer("due"),
            attempts: Int(integer("attempts")), failure: value["failure"]?.stringValue ?? "",
            internalData: end < bytes.endIndex ? Array(bytes[(end + 1)...]) : [])
    }
}
