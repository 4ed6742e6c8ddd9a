// `key=value` arguments into a JSON object: `key=@file` and `key=-` read the value, `key=\@x` is
// the text `@x`, `@file` and `-` read a whole JSON object, and a key given twice becomes a list.
//
// No message repeats an argument: they are secrets.

import JSON

struct KeyValueArguments {
    private(set) var object = JSONObject()
    private var inputWasRead = false
    private let readStandardInput: () throws -> [UInt8]

    init(readStandardInput: @escaping () throws -> [UInt8]) {
        self.readStandardInput = readStandardInput
    }

    mutating func add(_ argument: String, position: Int) throws {
        if argument == "-" {
            try merge(try input(), from: "standard input")
            return
        }
        if argument.first == "@" {
            let path = String(argument.dropFirst())
            try merge(try file(path), from: path)
            return
        }
        guard let equals = argument.utf8.firstIndex(of: UInt8(ascii: "=")) else {
            throw UsageError("argument \(position) has no \"=\": the format is key=value")
        }
        let key = String(argument[..<equals])
        guard !key.isEmpty else {
            throw UsageError("argument \(position) has no key before \"=\"")
        }
        insert(key, .string(try value(String(argument[argument.index(after: equals)...]), of: key)))
    }

    private mutating func value(_ text: String, of key: String) throws -> String {
        if text == "-" { return try Self.text(try input(), of: key) }
        if text.first == "@" { return try Self.text(try file(String(text.dropFirst())), of: key) }
        if text.hasPrefix("\\@") { return String(text.dropFirst()) }
        return text
    }

    private mutating func merge(_ bytes: [UInt8], from source: String) throws {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes, limits: .unlimitedMembers)
        } catch {
            throw UsageError("\(source) is not JSON: \(error.description)")
        }
        guard let members = value.objectValue else {
            throw UsageError("\(source) is not a JSON object")
        }
        for (key, value) in members.members { insert(key, value) }
    }

    private mutating func insert(_ key: String, _ value: JSONValue) {
        switch object[key] {
        case nil: object[key] = value
        case .array(let elements)?: object[key] = .array(elements + [value])
        case let first?: object[key] = .array([first, value])
        }
    }

    private mutating func input() throws -> [UInt8] {
        guard !inputWasRead else {
            throw UsageError(
                "standard input can be read only once, so \"-\" can be given only once")
        }
        inputWasRead = true
        return try readStandardInput()
    }

    private func file(_ path: String) throws(UsageError) -> [UInt8] {
        do {
            return try LocalFile.read(path)
        } catch {
            throw UsageError("error reading file: \(error.message)")
        }
    }

    /// JSON strings are text; bytes that are not UTF-8 would be changed without a word.
    private static func text(_ bytes: [UInt8], of key: String) throws(UsageError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw UsageError("the value of \"\(key)\" is not UTF-8 text; encode it, as with base64")
        }
        return text
    }
}
