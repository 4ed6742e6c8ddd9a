// A token's form behind the barrier.

internal import Cryptography
internal import Network

extension TokenEntry {
    /// Version of the stored form; a newer one is refused instead of being half understood. Version
    /// 1 is JSON.
    private static let formatVersion: UInt8 = 2

    /// Numbers of the fields. A number is never used again for something else.
    private enum Field {
        static let accessor: UInt64 = 1
        static let policy: UInt64 = 2
        static let path: UInt64 = 3
        static let displayName: UInt64 = 4
        /// A name, followed by its value.
        static let metadata: UInt64 = 5
        static let createdAt: UInt64 = 6
        static let ttl: UInt64 = 7
        static let creationTTL: UInt64 = 8
        static let explicitMaxTTL: UInt64 = 9
        static let period: UInt64 = 10
        static let expiresAt: UInt64 = 11
        static let lastRenewedAt: UInt64 = 12
        static let usesLeft: UInt64 = 13
        static let isRenewable: UInt64 = 14
        static let parent: UInt64 = 15
        static let isRevoking: UInt64 = 16
        static let entity: UInt64 = 17
        static let boundCIDR: UInt64 = 18
        static let role: UInt64 = 19
        static let login: UInt64 = 20
    }

    func encoded() -> [UInt8] {
        var writer = RecordWriter(version: Self.formatVersion)
        writer.text(Field.accessor, accessor)
        for policy in policies { writer.element(Field.policy, policy) }
        writer.text(Field.path, path)
        writer.text(Field.displayName, displayName)
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
            writer.element(Field.metadata, name)
            writer.element(Field.metadata, value)
        }
        writer.integer(Field.createdAt, createdAt)
        writer.integer(Field.ttl, ttlSeconds)
        writer.integer(Field.creationTTL, creationTTLSeconds)
        writer.integer(Field.explicitMaxTTL, explicitMaxTTLSeconds)
        writer.integer(Field.period, periodSeconds)
        writer.integer(Field.expiresAt, expiresAt)
        writer.integer(Field.lastRenewedAt, lastRenewedAt)
        writer.integer(Field.usesLeft, usesLeft)
        writer.flag(Field.isRenewable, isRenewable)
        writer.text(Field.parent, parent)
        writer.flag(Field.isRevoking, isRevoking)
        writer.text(Field.entity, entityID)
        for block in boundCIDRs { writer.element(Field.boundCIDR, block.text) }
        writer.text(Field.role, role)
        if let login { writer.data(Field.login, login.encoded()) }
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
            accessor: "", policies: [], path: "", displayName: "", metadata: [:], createdAt: 0,
            ttlSeconds: 0, creationTTLSeconds: 0, explicitMaxTTLSeconds: 0, periodSeconds: 0,
            expiresAt: 0, lastRenewedAt: 0, usesLeft: 0, isRenewable: false, parent: "",
            isRevoking: false)
        do {
            while let (field, value) = try reader.next() { try take(field, value, &reader) }
        } catch { throw Self.unknownForm }
    }

    /// A field that this version does not know may be a restriction, so it is not skipped.
    private mutating func take(
        _ field: UInt64, _ value: RecordReader.Value, _ reader: inout RecordReader
    ) throws {
        switch field {
        case Field.accessor: accessor = try value.text()
        case Field.policy: policies.append(try value.text())
        case Field.path: path = try value.text()
        case Field.displayName: displayName = try value.text()
        case Field.metadata:
            guard let (again, text) = try reader.next(), again == Field.metadata else {
                throw RecordReader.Damaged()
            }
            metadata[try value.text()] = try text.text()
        case Field.createdAt: createdAt = try value.integer()
        case Field.ttl: ttlSeconds = try value.integer()
        case Field.creationTTL: creationTTLSeconds = try value.integer()
        case Field.explicitMaxTTL: explicitMaxTTLSeconds = try value.integer()
        case Field.period: periodSeconds = try value.integer()
        case Field.expiresAt: expiresAt = try value.integer()
        case Field.lastRenewedAt: lastRenewedAt = try value.integer()
        case Field.usesLeft: usesLeft = try value.integer()
        case Field.isRenewable: isRenewable = try value.flag()
        case Field.parent: parent = try value.text()
        case Field.isRevoking: isRevoking = try value.flag()
        case Field.entity: entityID = try value.text()
        case Field.boundCIDR:
            // A range that cannot be read must not become "everywhere".
            guard let block = CIDRBlock(try value.text()) else { throw RecordReader.Damaged() }
            boundCIDRs.append(block)
        case Field.role: role = try value.text()
        case Field.login: login = try TokenLogin(decoding: Array(try value.data()))
        default: throw RecordReader.Damaged()
        }
    }

    static var unknownForm: BackendFailure {
        BackendFailure(
            .internalError, "a stored token has a form that this version does not know")
    }
}

extension TokenLogin {
    private static let formatVersion: UInt8 = 1

    private enum Field {
        static let mount: UInt64 = 1
        static let path: UInt64 = 2
        static let internalData: UInt64 = 3
        static let ttl: UInt64 = 4
        static let maxTTL: UInt64 = 5
    }

    fileprivate func encoded() -> [UInt8] {
        var writer = RecordWriter(version: Self.formatVersion)
        writer.data(Field.mount, mountID.bytes)
        writer.text(Field.path, path)
        writer.data(Field.internalData, internalData)
        writer.integer(Field.ttl, ttlSeconds)
        writer.integer(Field.maxTTL, maxTTLSeconds)
        return writer.bytes
    }

    fileprivate init(decoding bytes: [UInt8]) throws {
        guard var reader = RecordReader(bytes, version: Self.formatVersion) else {
            throw RecordReader.Damaged()
        }
        var mount: UUID128?
        self.init(
            mountID: UUID128(high: 0, low: 0), path: "", internalData: [], ttlSeconds: 0,
            maxTTLSeconds: 0)
        while let (field, value) = try reader.next() {
            switch field {
            case Field.mount: mount = UUID128(bytes: Array(try value.data()))
            case Field.path: path = try value.text()
            case Field.internalData: internalData = Array(try value.data())
            case Field.ttl: ttlSeconds = try value.integer()
            case Field.maxTTL: maxTTLSeconds = try value.integer()
            default: throw RecordReader.Damaged()
            }
        }
        guard let mount else { throw RecordReader.Damaged() }
        mountID = mount
    }
}
