// The cases of Tests/Vectors/cryptography: lists of objects of texts, mostly in hex. Published ones
// have a source; a comment says what is wrong or right with one of ours.

import Cryptography
import Glibc
import JSON
import Testing

struct Vector: Sendable, CustomTestStringConvertible {
    private let members: [String: String]

    var name: String { members["source"] ?? members["comment"] ?? "" }
    var testDescription: String { name }
    var isValid: Bool { members["result"] != "invalid" }

    fileprivate init(_ json: JSONValue) {
        members = (json.objectValue?.members ?? []).reduce(into: [:]) {
            $0[$1.key] = $1.value.stringValue
        }
    }

    func hex(_ name: String) throws -> String {
        try #require(members[name], "\(self.name): \(name)")
    }

    func has(_ name: String) -> Bool { members[name] != nil }

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
        "the cases are there, and each says what it is about",
        arguments: [
            "aead", "aes-key-wrap", "ecdh", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "ed25519",
            "ed25519ctx", "ed25519ph", "rsa-pkcs1", "rsa-pss",
        ])
    func isThere(_ name: String) {
        let vectors = VectorFile.vectors(name)
        #expect(vectors.contains { $0.isValid })
        #expect(vectors.contains { !$0.isValid })
        #expect(vectors.allSatisfy { !$0.name.isEmpty })
        #expect(Set(vectors.map(\.name)).count == vectors.count)
    }
}
