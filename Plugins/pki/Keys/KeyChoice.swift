// Which key an authority's certificate is made for: a new one, or one that is here.

import Cryptography
import Paths
import PluginSDK

let keyFields: [Field] = [
    .string("exported", "internal, exported or existing."),
    .string("key_name", default: "", "A name for a key that is made."),
    .string("key_ref", default: "default", "The key that is taken: an id, a name or `default`."),
]

struct KeyChoice: Sendable {
    let source: KeySource
    let kind: KeyKind
    let name: String
    let reference: String

    init(
        _ request: Request, _ fields: FieldValues, source: KeySource? = nil
    ) throws(PluginError) {
        if let source {
            self.source = source
        } else {
            self.source = try KeySource(request.captures["exported"])
        }
        let type = fields.string("key_type") ?? ""
        kind = try KeyKind(
            type: type.isEmpty ? "rsa" : type, bits: fields.integer("key_bits") ?? 0)
        name = fields.string("key_name") ?? ""
        reference = fields.string("key_ref") ?? "default"
    }

    var isNew: Bool {
        if case .made = source { true } else { false }
    }

    func withKey(
        _ authority: Authority, then: @escaping @Sendable (SigningKey) throws -> Outcome
    ) throws -> Outcome {
        guard isNew else {
            let key = try authority.key(reference)
            return key.key.kind.isSlow ? .work { try then(key) } : try then(key)
        }
        try authority.requireFreeKeyName(name)
        return try withNewKey(kind) { key in
            try then(SigningKey(id: UUID128().text, name: name, key: key))
        }
    }
}
