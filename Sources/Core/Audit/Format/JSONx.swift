// IBM's mapping of JSON to XML, for devices with `format=jsonx`.

internal import JSON

enum JSONx {
    private static let rootAttributes =
        " xsi:schemaLocation=\"http://www.datapower.com/schemas/json jsonx.xsd\""
        + " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
        + " xmlns:json=\"http://www.ibm.com/xmlns/prod/2009/jsonx\""

    /// One line of XML. The input is a line of ours; one that could not be read would become an
    /// empty object.
    static func encode(_ json: [UInt8]) -> [UInt8] {
        let value = (try? JSONValue(parsing: json, limits: .unlimitedMembers)) ?? .object([:])
        var writer = XMLWriter()
        writer.append(value, name: nil, attributes: rootAttributes)
        return writer.bytes
    }
}

private struct XMLWriter {
    var bytes: [UInt8] = []

    mutating func append(_ value: JSONValue, name: String?, attributes: String = "") {
        switch value {
        case .null:
            open("null", name, attributes + " /")
        case .bool(let flag):
            element("boolean", name, attributes) { $0.raw(flag ? "true" : "false") }
        case .number(let number):
            element("number", name, attributes) { $0.raw(number.text) }
        case .string(let text):
            element("string", name, attributes) { $0.escaped(text) }
        case .array(let elements):
            element("array", name, attributes) { writer in
                for element in elements { writer.append(element, name: nil) }
            }
        case .object(let object):
            element("object", name, attributes) { writer in
                for member in object.members { writer.append(member.value, name: member.key) }
            }
        }
    }

    private mutating func element(
        _ type: String, _ name: String?, _ attributes: String,
        _ body: (inout XMLWriter) -> Void
    ) {
        open(type, name, attributes)
        body(&self)
        raw("</json:\(type)>")
    }

    private mutating func open(_ type: String, _ name: String?, _ attributes: String) {
        raw("<json:\(type)")
        if let name {
            raw(" name=\"")
            escaped(name)
            raw("\"")
        }
        raw(attributes)
        raw(">")
    }

    private mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Line ends become references, so that an entry stays one line; what XML 1.0 cannot hold at
    /// all becomes U+FFFD.
    private mutating func escaped(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x26: raw("&amp;")
            case 0x3C: raw("&lt;")
            case 0x3E: raw("&gt;")
            case 0x22: raw("&#34;")
            case 0x27: raw("&#39;")
            case 0x09, 0x0A, 0x0D: raw("&#\(scalar.value);")
            case 0..<0x20, 0xFFFE, 0xFFFF: raw("\u{FFFD}")
            default: raw(String(scalar))
            }
        }
    }
}
