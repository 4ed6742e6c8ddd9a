// A request in the API's terms: an operation on a path below /v1/.

import JSON

struct APIRequest: Sendable {
    var method: String
    var path: String
    var query: [(name: String, value: String)] = []
    var body: JSONValue?

    static func get(_ path: String, query: [(name: String, value: String)] = []) -> APIRequest {
        APIRequest(method: "GET", path: path, query: query)
    }
    static func put(_ path: String, _ body: JSONValue = .object(JSONObject())) -> APIRequest {
        APIRequest(method: "PUT", path: path, body: body)
    }
    static func post(_ path: String, _ body: JSONValue) -> APIRequest {
        APIRequest(method: "POST", path: path, body: body)
    }
    static func patch(_ path: String, _ body: JSONValue) -> APIRequest {
        APIRequest(method: "PATCH", path: path, body: body)
    }
    static func delete(_ path: String, query: [(name: String, value: String)] = []) -> APIRequest {
        APIRequest(method: "DELETE", path: path, query: query)
    }
    /// `GET` with `list=true` rather than the verb `LIST`, which some proxies do not let through.
    static func list(_ path: String) -> APIRequest {
        APIRequest(method: "GET", path: path, query: [(name: "list", value: "true")])
    }

    /// Path and query, percent-encoded.
    var target: String {
        let pairs = query.map {
            PercentEncoding.query($0.name) + "=" + PercentEncoding.query($0.value)
        }
        let tail = pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
        return "/v1/" + PercentEncoding.path(path) + tail
    }

    /// For messages. A query other than `list=true` was typed by the user and may be a secret.
    var shownTarget: String {
        var shown = self
        shown.query.removeAll { $0.name != "list" || $0.value != "true" }
        return shown.target
    }
}

enum PercentEncoding {
    static func path(_ text: String) -> String { encode(text, keeping: "-._~!$&'()*+,;=:@/") }
    static func query(_ text: String) -> String { encode(text, keeping: "-._~") }

    private static func encode(_ text: String, keeping kept: StaticString) -> String {
        let kept = kept.withUTF8Buffer(Array.init)
        let hex = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                bytes.append(byte)
            case _ where kept.contains(byte):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
