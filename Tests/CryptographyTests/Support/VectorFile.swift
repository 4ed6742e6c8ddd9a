// The published answers of Tests/Vectors/cryptography: lists of objects of texts, mostly in hex.

import Cryptography
import Glibc
import JSON
import Testing

struct Vector: Sendable, CustomTestStringConvertible {
    private let members: [String: String]

    var source: String { members["source"] ?? "" }
    var testDescription: String { source }

    fileprivate init(_ json: JSONValue) {
        members = (json.objectValue?.members ?? []).reduce(into: [:]) {
            $0[$1.key] = $1.value.stringValue
        }
    }

    func hex(_ name: String) throws -> String { try #require(members[name], "\(source): \(name)") }

    func bytes(_ name: String) throws -> [UInt8] { try #require(Hex.decode(try hex(name))) }
}

enum VectorFile {
    /// Nothing where the file cannot be read, which `VectorFileTests` finds.
    static func vectors(_ name: String) -> [Vector] {
        let tests = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        guard let file = fopen("/\(tests)/Vectors/cryptography/\(name).json", "r") else {
            return []
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = getc(file), byte != EOF {
            bytes.append(UInt8(truncatingIfNeeded: byte))
        }
        return ((try? JSONValue(parsing: bytes))?.arrayValue ?? []).map(Vector.init)
    }
}

@Suite struct VectorFileTests {
    @Test(
        "the published answers are there",
        arguments: ["aead", "aes-key-wrap", "ecdsa-p256", "ed25519"])
    func isThere(_ name: String) {
        #expect(VectorFile.vectors(name).count >= 2)
    }
}
