// An enabled audit device, and its form behind the barrier.

internal import Audit
internal import Cryptography
internal import JSON

struct AuditDeviceEntry: Sendable {
    /// With its trailing slash.
    var path: String
    var type: String
    var description: String
    var isLocal: Bool
    var options: [String: String]
    /// The configuration declares it; the API cannot change it.
    var isDeclared: Bool
    /// Under it the device's digests are made. It stays the device's own for as long as it lives,
    /// and a device enabled anew gets another.
    var salt: SecretBytes

    init(
        path: String, type: String, description: String, isLocal: Bool,
        options: [String: String], isDeclared: Bool, salt: SecretBytes = SecretBytes(random: 32)
    ) {
        self.path = path
        self.type = type
        self.description = description
        self.isLocal = isLocal
        self.options = options
        self.isDeclared = isDeclared
        self.salt = salt
    }

    /// Whether two entries are the same but for their salts.
    func isSame(as other: AuditDeviceEntry) -> Bool {
        path.utf8.elementsEqual(other.path.utf8) && type == other.type
            && description == other.description && isLocal == other.isLocal
            && options == other.options && isDeclared == other.isDeclared
    }

    func deviceOptions() throws(BackendFailure) -> DeviceOptions {
        do throws(AuditFailure) {
            return try DeviceOptions(type: type, options: options)
        } catch { throw BackendFailure(.invalidRequest, error.message) }
    }

    /// As `sys/audit` lists it.
    var presentation: JSONValue {
        .object([
            "type": .string(type), "description": .string(description),
            "options": optionsObject, "local": .bool(isLocal), "path": .string(path),
        ])
    }

    private var optionsObject: JSONValue {
        .object(
            JSONObject(
                options.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                    .map { ($0.key, .string($0.value)) }))
    }
}

extension AuditDeviceEntry {
    /// Version of the stored form; a newer one is refused instead of being half understood.
    private static let formatVersion = 1

    func encoded() -> [UInt8] {
        var salt = salt.exposedBytes()
        defer { zero(&salt) }
        return JSONValue.object([
            "v": .int(Self.formatVersion), "path": .string(path), "type": .string(type),
            "description": .string(description), "local": .bool(isLocal),
            "options": optionsObject, "declared": .bool(isDeclared),
            "salt": .string(Base64.encode(salt)),
        ]).encoded()
    }

    init(decoding bytes: [UInt8]) throws(BackendFailure) {
        guard let value = try? JSONValue(parsing: bytes),
            value["v"]?.intValue == Self.formatVersion,
            let path = value["path"]?.stringValue, let type = value["type"]?.stringValue,
            var salt = value["salt"]?.stringValue.flatMap({ Base64.decode($0) }), salt.count == 32
        else {
            throw BackendFailure(
                .internalError, "a stored audit device has a form that this version does not know")
        }
        var options: [String: String] = [:]
        for member in value["options"]?.objectValue?.members ?? [] {
            options[member.key] = member.value.stringValue
        }
        self.init(
            path: path, type: type, description: value["description"]?.stringValue ?? "",
            isLocal: value["local"]?.boolValue ?? false, options: options,
            isDeclared: value["declared"]?.boolValue ?? false,
            salt: SecretBytes(erasing: &salt, locked: true))
    }
}
