// Bytes from an enemy: nothing traps, and the scanner, the tree and the walker agree.

import JSON
import Testing

@Suite struct RobustnessTests {
    /// SplitMix64, so that a failing round can be repeated.
    struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    static let documents = [
        #"{"a":1,"b":[true,false,null],"c":{"d":"e\n\u00e9\ud83d\ude00","f":-1.5e+10}}"#,
        #"{"data":{"password":"hunter2","port":5432},"options":{"cas":0}}"#,
        #"[[[[{"x":[]},{"y":{}}]]],"é€😀",0.1,1E9]"#, #"{"":"","\"":"\\","k\u0061":0}"#,
        #""\ud83d\ude00""#,
        "{" + (0..<20).map { "\"key\($0)\":\($0)" }.joined(separator: ",") + "}",
    ].map { Array($0.utf8) }

    @Test("mutated documents never trap, and all readers agree", arguments: 0..<4)
    func mutations(_ seed: Int) {
        var random = Seeded(state: UInt64(seed))
        for _ in 0..<30_000 {
            var bytes = Self.documents.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&bytes, &random) }
            check(bytes)
        }
    }

    @Test("random bytes never trap, and all readers agree", arguments: 4..<8)
    func noise(_ seed: Int) {
        var random = Seeded(state: UInt64(seed))
        let alphabet =
            Array("{}[]\",:\\u0123456789abcdefnrtul-+.eE \n\u{e9}".utf8) + [0, 0x80, 0xFF]
        for round in 0..<20_000 {
            let count = Int.random(in: 0...24, using: &random)
            let bytes: [UInt8] =
                round.isMultiple(of: 4)
                ? (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
                : (0..<count).map { _ in
                    alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                }
            check(bytes)
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout Seeded) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: bytes.remove(at: place)
        case 3: bytes.removeSubrange(place...)
        case 4: bytes.insert(bytes[bytes.count - 1 - place], at: place)
        default:
            let end = Int.random(in: place...bytes.count, using: &random)
            bytes.insert(contentsOf: bytes[place..<end], at: place)
        }
    }

    private func check(_ bytes: [UInt8]) {
        let verdict = Result { () throws(JSONError) in try JSONScanner.validate(bytes) }
        let tree = Result { () throws(JSONError) in try JSONValue(parsing: bytes) }
        switch (verdict, tree) {
        case (.success, .success(let value)):
            let again = try? JSONValue(parsing: value.encoded())
            #expect(again == value, "\(bytes)")
            for key in value.objectValue?.keys ?? [] {
                let member = JSONScanner.member(key, in: bytes).map { Array(bytes[$0]) }
                #expect(member.flatMap { try? JSONValue(parsing: $0) } == value[key], "\(bytes)")
            }
        case (.failure(let left), .failure(let right)):
            #expect(left == right && left.offset <= bytes.count, "\(bytes)")
            // The walker is made for validated bytes; on others it must still stay within them.
            bytes.withUnsafeBytes { bytes in
                JSONScanner.forEachMember(in: bytes) { key, value in
                    #expect(key.upperBound <= bytes.count && value.upperBound <= bytes.count)
                    _ = JSONScanner.string(inside: key, of: bytes)
                    _ = JSONScanner.stringValue(at: value, of: bytes)
                }
                JSONScanner.forEachElement(in: bytes) { value in
                    #expect(value.upperBound <= bytes.count)
                }
            }
        default: Issue.record("the readers disagree about \(bytes)")
        }
    }
}
