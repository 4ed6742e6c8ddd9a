// Bodies of answers as bytes: Vault's envelope and its errors.

internal import Cryptography
internal import JSON
internal import Kernel

enum EnvelopeEncoder {
    /// The envelope's members in Vault's order; `data` is spliced in as it came.
    static func encode(_ envelope: Envelope) -> [UInt8] {
        let dataBytes = envelope.data?.count ?? 0
        let copies = envelope.dataAtTopLevel ? 2 : 1
        var writer = JSONWriter(reservingCapacity: 320 + dataBytes * copies)
        writer.beginObject()
        if envelope.dataAtTopLevel, let data = envelope.data {
            repeatMembers(of: data, in: &writer)
        }
        writer.member("request_id", envelope.requestID.text)
        writer.member("lease_id", envelope.leaseID)
        writer.member("renewable", envelope.renewable)
        writer.member("lease_duration", envelope.leaseDurationSeconds)
        writer.key("data")
        if let data = envelope.data { writer.raw(data) } else { writer.null() }
        writer.key("wrap_info")
        if let wrapInfo = envelope.wrapInfo { writer.value(wrapInfo) } else { writer.null() }
        writer.key("warnings")
        if envelope.warnings.isEmpty { writer.null() } else { writer.strings(envelope.warnings) }
        writer.key("auth")
        if let auth = envelope.auth { writer.value(auth) } else { writer.null() }
        writer.member("mount_type", envelope.mountType)
        writer.endObject()
        writer.bytes.append(UInt8(ascii: "\n"))
        return writer.bytes
    }

    /// A member that has the name of one of the envelope's own is left out: no document of ours has
    /// a key twice.
    private static func repeatMembers(of data: [UInt8], in writer: inout JSONWriter) {
        data.withUnsafeBytes { bytes in
            JSONScanner.forEachMember(in: bytes) { key, value in
                let name = JSONScanner.string(inside: key, of: bytes)
                guard !ownMembers.contains(name) else { return }
                writer.member(name, raw: UnsafeRawBufferPointer(rebasing: bytes[value]))
            }
        }
    }

    private static let ownMembers: Set<String> = [
        "request_id", "lease_id", "renewable", "lease_duration", "data", "wrap_info", "warnings",
        "auth", "mount_type",
    ]

    static func encode(errors: [String], warnings: [String]) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 128)
        writer.beginObject()
        writer.member("errors", errors)
        if !warnings.isEmpty { writer.member("warnings", warnings) }
        writer.endObject()
        writer.bytes.append(UInt8(ascii: "\n"))
        return writer.bytes
    }
}
