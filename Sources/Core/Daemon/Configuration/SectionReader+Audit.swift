// `audit "file" "path" { … }`: audit devices that the configuration declares.

import HCL

/// A declared device; what its options mean is the audit log's business.
public struct AuditDeviceConfiguration: Sendable, Equatable {
    public var type: String
    public var path: String
    public var description = ""
    public var isLocal = false
    public var options: [String: String] = [:]
}

extension SectionReader {
    func auditDevices() -> [AuditDeviceConfiguration] {
        sections("audit", labelCount: 2).map { section in
            let reader = reader(of: section, "audit")
            var device = AuditDeviceConfiguration(
                type: section.labels[0].text, path: section.labels[1].text)
            device.description = reader.string("description")?.value ?? ""
            device.isLocal = reader.bool("local")?.value ?? false
            for options in reader.sections("options", labelCount: 0) {
                for item in options.body.items { device.read(option: item, reader) }
            }
            reader.finish()
            return device
        }
    }
}

extension AuditDeviceConfiguration {
    fileprivate mutating func read(option item: HCLItem, _ reader: SectionReader) {
        guard case .attribute(let attribute) = item, let text = Self.text(attribute.value) else {
            return reader.error(
                at: item.position,
                "option \(SectionReader.quoted(item.name)) of an audit device must be a string")
        }
        options[attribute.name] = text
    }

    private static func text(_ value: HCLValue) -> String? {
        switch value.kind {
        case .string(let text): text
        case .number(let digits): digits
        case .bool(let flag): flag ? "true" : "false"
        default: nil
        }
    }
}
