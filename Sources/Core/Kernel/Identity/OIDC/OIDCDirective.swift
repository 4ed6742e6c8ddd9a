// What can stand between the braces of a token template.

internal import Clock
internal import JSON
internal import Paths

/// One template parameter. Its value is a whole JSON value, never text to be spliced in.
enum OIDCDirective: Sendable, Equatable {
    case entityID
    case entityName
    case metadata
    case metadataValue(key: String)
    case groupIDs
    case groupNames
    case alias(mountAccessor: String, AliasPart)
    /// The time of issue, moved by some seconds.
    case time(offsetSeconds: Int64)

    enum AliasPart: Sendable, Equatable {
        case id
        case name
        case metadata
        case metadataValue(key: String)
        case customMetadata
        case customMetadataValue(key: String)
    }

    /// Nil for what is no parameter.
    init?(parsing text: Substring.UTF8View) {
        if let rest = text.afterPrefix("time.now") {
            self.init(timeOffset: rest)
        } else if let rest = text.afterPrefix("identity.entity.") {
            self.init(entityPart: rest)
        } else {
            return nil
        }
    }

    private init?(timeOffset rest: Substring.UTF8View) {
        if rest.isEmpty {
            self = .time(offsetSeconds: 0)
        } else if let text = rest.afterPrefix(".plus."), let seconds = Self.duration(text) {
            self = .time(offsetSeconds: seconds)
        } else if let text = rest.afterPrefix(".minus."), let seconds = Self.duration(text) {
            self = .time(offsetSeconds: -seconds)
        } else {
            return nil
        }
    }

    private static func duration(_ text: Substring.UTF8View) -> Int64? {
        guard let seconds = DurationText.seconds(String(Substring(text))), seconds >= 0 else {
            return nil
        }
        return Int64(seconds)
    }

    private init?(entityPart rest: Substring.UTF8View) {
        switch String(Substring(rest)) {
        case "id": self = .entityID
        case "name": self = .entityName
        case "metadata": self = .metadata
        case "groups.ids": self = .groupIDs
        case "groups.names": self = .groupNames
        default:
            if let key = rest.afterPrefix("metadata."), !key.isEmpty {
                self = .metadataValue(key: String(Substring(key)))
            } else if let alias = rest.afterPrefix("aliases.") {
                self.init(alias: alias)
            } else {
                return nil
            }
        }
    }

    private init?(alias: Substring.UTF8View) {
        guard let dot = alias.firstIndex(of: UInt8(ascii: ".")), dot != alias.startIndex else {
            return nil
        }
        let accessor = String(Substring(alias[..<dot]))
        let rest = alias[alias.index(after: dot)...]
        let part: AliasPart
        switch String(Substring(rest)) {
        case "id": part = .id
        case "name": part = .name
        case "metadata": part = .metadata
        case "custom_metadata": part = .customMetadata
        default:
            if let key = rest.afterPrefix("metadata."), !key.isEmpty {
                part = .metadataValue(key: String(Substring(key)))
            } else if let key = rest.afterPrefix("custom_metadata."), !key.isEmpty {
                part = .customMetadataValue(key: String(Substring(key)))
            } else {
                return nil
            }
        }
        self = .alias(mountAccessor: accessor, part)
    }

    // MARK: Value

    /// What the subject does not have is an empty text, object or list.
    func value(_ subject: OIDCSubject, now: Timestamp) -> JSONValue {
        switch self {
        case .entityID: .string(subject.entityID)
        case .entityName: .string(subject.name)
        case .metadata: .object(subject.metadata)
        case .metadataValue(let key): subject.metadata[key] ?? ""
        case .groupIDs: .strings(subject.groups.map(\.id))
        case .groupNames: .strings(subject.groups.map(\.name))
        case .alias(let accessor, let part):
            part.value(
                subject.aliases.first { $0.mountAccessor.utf8.elementsEqual(accessor.utf8) })
        case .time(let offset): .int(now.adding(seconds: offset).seconds)
        }
    }

    /// Digits only, so that it may stand inside a quoted text too.
    var isNumber: Bool {
        if case .time = self { true } else { false }
    }
}

extension OIDCDirective.AliasPart {
    fileprivate func value(_ alias: OIDCSubject.Alias?) -> JSONValue {
        switch self {
        case .id: .string(alias?.id ?? "")
        case .name: .string(alias?.name ?? "")
        case .metadata: .object(alias?.metadata ?? JSONObject())
        case .metadataValue(let key): alias?.metadata[key] ?? ""
        case .customMetadata: .object(alias?.customMetadata ?? JSONObject())
        case .customMetadataValue(let key): alias?.customMetadata[key] ?? ""
        }
    }
}

extension Substring.UTF8View {
    fileprivate func afterPrefix(_ prefix: StaticString) -> Substring.UTF8View? {
        let count = prefix.utf8CodeUnitCount
        guard self.count >= count,
            prefix.withUTF8Buffer({ self.prefix(count).elementsEqual($0) })
        else { return nil }
        return dropFirst(count)
    }
}
