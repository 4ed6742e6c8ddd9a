// What several paths take out of a request in the same way: the secret's path, and JSON as bytes.

import JSON
import Paths
import PluginSDK

extension Request {
    /// The path of the secret; nil if there can be no secret of that name. A slash at the end names
    /// a folder: it never reaches the secret before the slash.
    var pathToRead: String? {
        guard let path = captures["path"], !path.isEmpty, path.utf8.last != UInt8(ascii: "/"),
            path.utf8.count <= Limits.maxPathBytes
        else { return nil }
        return path
    }

    func pathToWrite() throws(PluginError) -> String {
        guard let path = captures["path"], !path.isEmpty else {
            throw PluginError(.invalidRequest, "missing path")
        }
        if path.utf8.last == UInt8(ascii: "/") {
            throw PluginError(.invalidRequest, "cannot write to a path ending in '/'")
        }
        if path.utf8.count > Limits.maxPathBytes {
            throw PluginError(
                .invalidRequest,
                "the path of a secret may have at most \(Limits.maxPathBytes) bytes")
        }
        return path
    }

    /// The bytes of a member of the request's body, nil if it is missing or `null`.
    func member(_ name: String) -> ArraySlice<UInt8>? {
        guard let range = JSONScanner.member(name, in: data) else { return nil }
        return data[range].elementsEqual("null".utf8) ? nil : data[range]
    }

    /// A member of the body that must be an object, nil if it is missing or `null`.
    func objectMember(_ name: String) throws(PluginError) -> ArraySlice<UInt8>? {
        guard let member = member(name) else { return nil }
        guard member.first == UInt8(ascii: "{") else {
            throw PluginError(
                .invalidRequest, "error converting input for field \"\(name)\": expected an object")
        }
        return member
    }

    /// The numbers in `versions`: a list of numbers or of their texts, a single one, or text with
    /// commas. A number that no version can have is let through, since it names nothing.
    func versionNumbers(whenNone message: String) throws(PluginError) -> [UInt64] {
        let items = try fields().stringList("versions") ?? []
        if items.isEmpty { throw PluginError(.invalidRequest, message) }
        if items.count > Limits.maxVersionsInRequest {
            throw PluginError(
                .invalidRequest,
                "at most \(Limits.maxVersionsInRequest) versions may be named at once")
        }
        var numbers: [UInt64] = []
        for item in items {
            guard let number = Int64(item) else {
                throw PluginError(
                    .invalidRequest,
                    "error converting input for field \"versions\": expected version numbers")
            }
            if number > 0 { numbers.append(UInt64(number)) }
        }
        return numbers
    }
}

func requireAllowedSize(_ data: ArraySlice<UInt8>) throws(PluginError) {
    if data.count > Limits.maxSecretBytes {
        throw PluginError(
            .invalidRequest, "a secret may have at most \(Limits.maxSecretBytes) bytes")
    }
}

extension ArraySlice<UInt8> {
    /// Without JSON's white space around it.
    var trimmed: ArraySlice<UInt8> {
        var slice = self
        while let byte = slice.first, byte.isJSONSpace { slice.removeFirst() }
        while let byte = slice.last, byte.isJSONSpace { slice.removeLast() }
        return slice
    }

    var isEmptyJSONObject: Bool {
        withUnsafeBytes { JSONScanner.isEmptyObject($0) }
    }

    func parsed() throws(PluginError) -> JSONValue {
        let result = withUnsafeBytes { bytes -> JSONValue? in try? JSONValue(parsing: bytes) }
        guard let result else { throw PluginError(.invalidRequest, "invalid JSON") }
        return result
    }
}

extension UInt8 {
    fileprivate var isJSONSpace: Bool {
        self == UInt8(ascii: " ") || self == UInt8(ascii: "\n") || self == UInt8(ascii: "\r")
            || self == UInt8(ascii: "\t")
    }
}
