// A role for identity tokens: which key signs, what the tokens say, and how long they live.

internal import JSON

struct OIDCRole: Sendable {
    let name: OIDCName
    var keyName: OIDCName
    var template: OIDCTemplate
    var ttlSeconds: Int64
    /// The tokens' audience.
    var clientID: String

    static let defaultTTLSeconds: Int64 = 24 * 3600
    private static let formatVersion = 1

    init(
        name: OIDCName, keyName: OIDCName, template: OIDCTemplate, ttlSeconds: Int64,
        clientID: String
    ) {
        self.name = name
        self.keyName = keyName
        self.template = template
        self.ttlSeconds = ttlSeconds
        self.clientID = clientID
    }

    func encoded() -> [UInt8] {
        let value: JSONValue = [
            "v": .int(Self.formatVersion), "key": .string(keyName.text),
            "template": .string(template.text), "ttl": .int(ttlSeconds),
            "client_id": .string(clientID),
        ]
        return value.encoded()
    }

    init(name: OIDCName, decoding bytes: [UInt8]) throws(BackendFailure) {
        guard let value = try? JSONValue(parsing: bytes),
            value["v"]?.intValue == Self.formatVersion,
            let keyName = try? OIDCName(value["key"]?.stringValue ?? ""),
            let template = value["template"]?.stringValue,
            let ttl = value["ttl"]?.intValue, let clientID = value["client_id"]?.stringValue
        else {
            throw BackendFailure(
                .internalError, "the stored identity token role \"\(name.text)\" cannot be read")
        }
        self.init(
            name: name, keyName: keyName, template: try OIDCTemplateCompiler.compile(template),
            ttlSeconds: Int64(ttl), clientID: clientID)
    }
}
