import Testing

@testable import CLI

@Suite struct DebugTests {
    @Test("the checksum is that of gzip")
    func checksum() {
        #expect(TarArchive.crc32(Array("123456789".utf8)) == 0xCBF4_3926)
        #expect(TarArchive.crc32([]) == 0)
    }

    @Test("an archive of any size has whole blocks and ends as gzip does")
    func sizes() {
        for size in [0, 1, 511, 512, 513, 65_535, 65_536, 200_000] {
            let content = [UInt8](repeating: 7, count: size)
            let archive = TarArchive.gzipped([("a", content)], folder: "f")
            #expect(archive.starts(with: [0x1F, 0x8B, 8]))
            let length = archive.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            #expect(length % 512 == 0 && length >= size + 512 + 1024)
        }
    }

    @Test("targets may be given one by one or together, and twice is once")
    func targets() throws {
        #expect(try DebugTarget.chosen(["host,metrics", "host"]) == [.host, .metrics])
        #expect(try DebugTarget.chosen([]) == DebugTarget.allCases)
        #expect(throws: UsageError.self) { try DebugTarget.chosen(["nothing"]) }
        #expect(throws: UsageError.self) { try DebugTarget.chosen(["pprof"]) }
    }
}
