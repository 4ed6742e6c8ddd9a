// The stored form of an `Authority`, numbers big-endian:
//
//   layout 1 · mark (16) · settings (JSON) · keys (u32 count, then each: id · name · PKCS #8)
//   · issuers (u32 count, then each: DER · settings (JSON))
//
// A text, key or certificate is its u32 length and its bytes.

import Certificates
import Cryptography
import JSON
import PluginSDK

extension Authority {
    private static let layout: UInt8 = 1
    static let markBytes = 16

    static func read(_ record: [UInt8]) throws(RecordError) -> (mark: [UInt8], Authority) {
        var reader = try RecordReader(record, layout: layout)
        let mark = Array(try reader.bytes(markBytes))
        var authority = Authority(settings: try reader.json())
        for _ in 0..<(try reader.count(Limits.maxKeys)) {
            let id = try reader.text()
            let name = try reader.text()
            let bytes = try reader.bytes(Int(try reader.uint32()))
            let secret = bytes.withUnsafeBytes { SecretBytes(copying: $0) }
            guard let key = try? PrivateKey(pkcs8: secret) else { throw .damaged }
            authority.keys.append(SigningKey(id: id, name: name, key: key))
        }
        for _ in 0..<(try reader.count(Limits.maxIssuers)) {
            let der = Array(try reader.bytes(Int(try reader.uint32())))
            guard let certificate = try? Certificate(der: der),
                let issuer = Issuer(certificate, settings: try reader.json())
            else { throw .damaged }
            authority.issuers.append(issuer)
        }
        try reader.end()
        return (mark, authority)
    }

    func record(mark: [UInt8]) throws(PluginError) -> [UInt8] {
        var writer = RecordWriter(layout: Self.layout, capacity: 4_096)
        writer.raw(mark[...])
        writer.json(settings)
        writer.uint32(UInt32(clamping: keys.count))
        for key in keys {
            writer.text(key.id)
            writer.text(key.name)
            guard var bytes = try? key.key.pkcs8().exposedBytes() else {
                throw PluginError.cryptographyFailed
            }
            writer.uint32(UInt32(clamping: bytes.count))
            writer.raw(bytes[...])
            zero(&bytes)
        }
        writer.uint32(UInt32(clamping: issuers.count))
        for issuer in issuers {
            writer.uint32(UInt32(clamping: issuer.certificate.der.count))
            writer.raw(issuer.certificate.der[...])
            writer.json(issuer.settings)
        }
        return writer.bytes
    }

    private var settings: JSONValue {
        [
            "default_issuer": .string(defaultIssuer), "default_key": .string(defaultKey),
            "follows_latest": .bool(followsLatestIssuer), "urls": urls.json,
            "path": .string(clusterPath), "aia_path": .string(clusterAIAPath), "crl": lists.json,
            "changed": .int(changed.seconds),
        ]
    }

    private init(settings: JSONValue) {
        defaultIssuer = settings["default_issuer"]?.stringValue ?? ""
        defaultKey = settings["default_key"]?.stringValue ?? ""
        followsLatestIssuer = settings["follows_latest"]?.boolValue ?? false
        urls = AccessURLs(settings["urls"] ?? [:])
        clusterPath = settings["path"]?.stringValue ?? ""
        clusterAIAPath = settings["aia_path"]?.stringValue ?? ""
        lists = ListSettings(settings["crl"] ?? [:])
        changed = CertificateTime(seconds: Int64(settings["changed"]?.intValue ?? 0))
    }
}

extension Issuer {
    fileprivate var settings: JSONValue {
        [
            "id": .string(id), "name": .string(name), "key": .string(keyID),
            "not_after": .string(notAfterBehavior.rawValue), "usage": .string(usageText),
            "chain": .strings(manualChain), "urls": urls.json,
            "algorithm": .string(revocationSignatureAlgorithm),
            "revoked": revoked.map { .int($0.seconds) } ?? .null,
        ]
    }

    fileprivate init?(_ certificate: Certificate, settings: JSONValue) {
        func text(_ name: String) -> String { settings[name]?.stringValue ?? "" }
        guard let behavior = NotAfterBehavior(rawValue: text("not_after")),
            let usage = try? Issuer.usages(text("usage").split(separator: ",").map(String.init))
        else { return nil }
        self.init(id: text("id"), certificate: certificate)
        name = text("name")
        keyID = text("key")
        notAfterBehavior = behavior
        self.usage = usage
        manualChain = (settings["chain"]?.arrayValue ?? []).compactMap(\.stringValue)
        urls = AccessURLs(settings["urls"] ?? [:])
        revocationSignatureAlgorithm = text("algorithm")
        revoked = settings["revoked"]?.intValue.map { CertificateTime(seconds: Int64($0)) }
    }
}

extension AccessURLs {
    var json: JSONValue {
        [
            "issuing_certificates": .strings(issuers),
            "crl_distribution_points": .strings(lists),
            "delta_crl_distribution_points": .strings(deltaLists),
            "ocsp_servers": .strings(ocsp),
            "enable_templating": .bool(areTemplates),
        ]
    }

    init(_ json: JSONValue) {
        func texts(_ name: String) -> [String] {
            (json[name]?.arrayValue ?? []).compactMap(\.stringValue)
        }
        issuers = texts("issuing_certificates")
        lists = texts("crl_distribution_points")
        deltaLists = texts("delta_crl_distribution_points")
        ocsp = texts("ocsp_servers")
        areTemplates = json["enable_templating"]?.boolValue ?? false
    }
}

extension RecordReader {
    mutating func json() throws(RecordError) -> JSONValue {
        let bytes = Array(try bytes(Int(try uint32())))
        guard let value = try? JSONValue(parsing: bytes) else { throw .damaged }
        return value
    }

    mutating func count(_ most: Int) throws(RecordError) -> Int {
        let count = Int(try uint32())
        guard count <= most else { throw .damaged }
        return count
    }
}

extension RecordWriter {
    mutating func json(_ value: JSONValue) {
        let bytes = value.encoded()
        uint32(UInt32(clamping: bytes.count))
        raw(bytes[...])
    }
}
