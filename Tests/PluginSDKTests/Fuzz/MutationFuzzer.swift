// Broken frames by the million: whole frames that were cut, flipped, joined and made up. The same
// seed gives the same frames.

import Glibc
import Testing
import Wire

struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Fast, and not quite uniform, which nobody here minds.
    mutating func below(_ bound: Int) -> Int {
        Int(truncatingIfNeeded: next() >> 33) % bound
    }
}

struct MutationFuzzer {
    var generator: SeededGenerator
    private let corpus: [[UInt8]]

    init(seed: UInt64, corpus: [[UInt8]]) {
        generator = SeededGenerator(seed: seed)
        self.corpus = corpus
    }

    /// Frames to make; half of them for each end of the wire.
    static var frameCount: Int {
        let text = getenv("COFFER_FUZZ_FRAMES").map { String(cString: $0) } ?? ""
        return max(2, Int(text) ?? 1_000_000)
    }

    /// Fails when this process has grown since the check was made. Other tests that run beside this
    /// one grow it too, so only a run of the fuzz tests by themselves, one at a time, says
    /// anything:
    ///
    ///     COFFER_FUZZ_ALONE=1 swift test --skip-build --no-parallel --filter Fuzz
    ///
    /// `Fuzz` selects the suites whose names end in "FuzzTests", and nothing else.
    struct MemoryCheck {
        private let before = MutationFuzzer.residentBytes

        func expectGrowth(
            below bytes: Int, _ location: SourceLocation = #_sourceLocation
        ) {
            guard getenv("COFFER_FUZZ_ALONE").map({ String(cString: $0) }) == "1" else { return }
            let growth = MutationFuzzer.residentBytes - before
            #expect(growth < bytes, sourceLocation: location)
        }
    }

    /// Memory that this process holds.
    private static var residentBytes: Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, 128, file) != nil else { return 0 }
        let fields = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
            .split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }

    mutating func next() -> [UInt8] {
        var bytes = corpus[generator.below(corpus.count)]
        if generator.below(8) == 0 { return random(like: bytes) }
        for _ in 0...generator.below(4) { mutate(&bytes) }
        // Most frames say how long they are, so that what is behind the header is looked at.
        if generator.below(8) != 0 { fixLength(&bytes) }
        return bytes
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        let position = generator.below(bytes.count)
        switch generator.below(8) {
        case 0: bytes[position] ^= 1 << UInt8(generator.below(8))
        case 1: bytes[position] = UInt8(truncatingIfNeeded: generator.next())
        case 2: bytes[position] = [0, 1, 0x7F, 0x80, 0xFF][generator.below(5)]
        case 3: bytes.removeSubrange(position...)
        case 4: bytes.remove(at: position)
        case 5: bytes.insert(UInt8(truncatingIfNeeded: generator.next()), at: position)
        case 6:
            let end = min(bytes.count, position + 1 + generator.below(24))
            bytes.insert(contentsOf: Array(bytes[position..<end]), at: position)
        default:
            let other = corpus[generator.below(corpus.count)]
            bytes.replaceSubrange(position..., with: other[generator.below(other.count)...])
        }
    }

    private mutating func random(like frame: [UInt8]) -> [UInt8] {
        var bytes = Array(frame.prefix(WireLimits.headerBytes))
        for _ in 0..<generator.below(64) {
            bytes.append(UInt8(truncatingIfNeeded: generator.next()))
        }
        fixLength(&bytes)
        return bytes
    }

    private func fixLength(_ bytes: inout [UInt8]) {
        guard bytes.count >= WireLimits.headerBytes else { return }
        let length = UInt32(bytes.count - WireLimits.headerBytes)
        for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: length >> UInt32(index * 8)) }
    }
}
