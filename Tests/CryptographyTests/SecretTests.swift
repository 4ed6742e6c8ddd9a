// Secrets do not show, do not survive, and compare in one way only.

import Cryptography
import Testing

@Suite struct SecretTests {
    @Test("a secret never appears in text, debug text, reflection or a dump")
    func redacted() {
        let secret = SecretBytes(Array("hunter2-hunter2".utf8))
        var dumped = ""
        dump(secret, to: &dumped)
        dump([secret], to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), "\([secret])", dumped] {
            #expect(text.contains("redacted"))
            #expect(!text.contains("hunter2") && !text.contains("104"))
        }
        #expect(Mirror(reflecting: secret).children.isEmpty)
    }

    @Test("equality is by content and length")
    func equality() {
        let a = SecretBytes([1, 2, 3])
        #expect(a == SecretBytes([1, 2, 3], locked: true))
        #expect(a != SecretBytes([1, 2, 4]))
        #expect(a != SecretBytes([0, 2, 3]))
        #expect(a != SecretBytes([1, 2]))
        #expect(a != SecretBytes([]))
        #expect(SecretBytes([]) == SecretBytes([]))
        #expect(constantTimeEqual([1, 2], [1, 2]) && !constantTimeEqual([1, 2], [1, 3]))
        #expect(!constantTimeEqual([1], [1, 1]))
    }

    @Test("taking bytes over leaves none behind")
    func erasing() {
        var bytes: [UInt8] = [1, 2, 3]
        let secret = SecretBytes(erasing: &bytes)
        #expect(bytes.isEmpty)
        #expect(secret.exposedBytes() == [1, 2, 3])
        #expect(SecretBytes(utf8: "ab").exposedBytes() == [97, 98])
    }

    @Test("zero overwrites every byte in place")
    func zeroing() {
        var bytes = [UInt8](repeating: 0xff, count: 1000)
        zero(&bytes)
        #expect(bytes == [UInt8](repeating: 0, count: 1000))
    }

    @Test("random bytes of any size differ from each other and from zeros")
    func random() {
        for count in [12, 16, 32, 255, 256, 257, 5000] {
            let (a, b) = (SecureRandom.bytes(count), SecureRandom.bytes(count))
            #expect(a.count == count && a != b)
            #expect(a.suffix(12).contains { $0 != 0 })
        }
        #expect(SecureRandom.bytes(0).isEmpty)
        #expect(SecretBytes(random: 32) != SecretBytes(random: 32))
    }

    @Test("no nonce repeats, within a thread's pool, across refills and between threads")
    func distinctNonces() async {
        let nonces = await withTaskGroup(of: [[UInt8]].self) { group in
            for _ in 0..<4 {
                group.addTask { (0..<5000).map { _ in SecureRandom.bytes(12) } }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(nonces).count == 20_000)
    }

    @Test("bounded random numbers stay in bounds and reach every value")
    func below() {
        var seen = Set<UInt64>()
        for _ in 0..<2000 { seen.insert(SecureRandom.below(7)) }
        #expect(seen == Set(0..<7))
        #expect(SecureRandom.below(1) == 0)
    }
}
