// A role's claims: JSON with parameters in it, compiled when the role is written.
//
// Parameters are replaced in the parsed tree and not in the text. An entity's name or metadata can
// therefore become a value and nothing else: not a second claim, not a key, not the end of a text.

internal import Clock
internal import JSON

struct OIDCTemplate: Sendable {
    /// Claims that the server sets itself.
    static let reservedClaims = ["iat", "aud", "exp", "iss", "sub", "namespace"]

    /// As it was written, after base64.
    let text: String
    let claims: [(name: String, value: Node)]

    static let empty = OIDCTemplate(text: "", claims: [])

    indirect enum Node: Sendable {
        case literal(JSONValue)
        case parameter(OIDCDirective)
        /// A text with numbers in it.
        case text([TextPart])
        case array([Node])
        case object([(key: String, value: Node)])
    }

    enum TextPart: Sendable {
        case literal(String)
        case parameter(OIDCDirective)
    }

    /// The claims for a subject.
    func populate(_ subject: OIDCSubject, now: Timestamp) -> [(name: String, value: JSONValue)] {
        claims.map { ($0.name, $0.value.value(subject, now: now)) }
    }
}

extension OIDCTemplate.Node {
    fileprivate func value(_ subject: OIDCSubject, now: Timestamp) -> JSONValue {
        switch self {
        case .literal(let value): return value
        case .parameter(let directive): return directive.value(subject, now: now)
        case .text(let parts):
            var text = ""
            for part in parts {
                switch part {
                case .literal(let piece): text += piece
                case .parameter(let directive):
                    text += directive.value(subject, now: now).numberValue?.text ?? ""
                }
            }
            return .string(text)
        case .array(let nodes): return .array(nodes.map { $0.value(subject, now: now) })
        case .object(let members):
            return .object(JSONObject(members.map { ($0.key, $0.value.value(subject, now: now)) }))
        }
    }
}
