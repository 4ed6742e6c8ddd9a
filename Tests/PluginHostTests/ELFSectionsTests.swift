import Testing

@testable import PluginHost

@Suite struct ELFSectionsTests {
    private static let file = ProgramFile([
        .init(name: ".text", content: [1, 2, 3]),
        .init(name: "coffer.permissions", content: Array("network\n".utf8)),
        .init(name: ".bss", content: [], type: 8),
    ])

    private func content(_ bytes: [UInt8], _ name: String = "coffer.permissions") throws -> [UInt8]?
    {
        try bytes.withUnsafeBytes { file throws(DamagedProgram) in
            try ELFSections.content(of: name, in: ProgramBytes(file))
        }
    }

    @Test("a section is found by its whole name")
    func found() throws {
        let bytes = Self.file.bytes
        #expect(try content(bytes) == Array("network\n".utf8))
        #expect(try content(bytes, ".text") == [1, 2, 3])
        for name in ["coffer.permission", "permissions", "coffer.permissionsx", ".data"] {
            #expect(try content(bytes, name) == nil)
        }
    }

    @Test("a script, an empty file and a file without sections have none")
    func none() throws {
        #expect(try content([]) == nil)
        #expect(try content(Array("#!/bin/sh\n".utf8)) == nil)
        #expect(
            try content(Self.file.bytes.with(UInt64(0), at: 0x28).with(UInt16(0), at: 0x3C)) == nil)
    }

    @Test("of a file for other machines, or one cut off anywhere, nothing is believed")
    func damaged() {
        let bytes = Self.file.bytes
        #expect(throws: DamagedProgram.self) { try content(bytes.with(UInt8(1), at: 4)) }
        #expect(throws: DamagedProgram.self) { try content(bytes.with(UInt8(2), at: 5)) }
        for count in 4..<bytes.count {
            #expect(throws: DamagedProgram.self) { try content(Array(bytes.prefix(count))) }
        }
    }

    @Test("places and sizes beyond the file, or beyond all numbers, are damage and no crash")
    func places() throws {
        let bytes = Self.file.bytes
        let table = bytes.count - 5 * ProgramFile.entryBytes
        let own = table + 2 * ProgramFile.entryBytes
        let names = table + 4 * ProgramFile.entryBytes
        for wild in [UInt64.max, UInt64(Int64.max), UInt64(Int64.max) + 1, UInt64(bytes.count) + 1]
        {
            #expect(throws: DamagedProgram.self) { try content(bytes.with(wild, at: 0x28)) }
            for entry in [own, names] {
                for field in [24, 32] {
                    #expect(throws: DamagedProgram.self) {
                        try content(bytes.with(wild, at: entry + field))
                    }
                }
            }
        }
        for count in [UInt16(0), 3, 6, .max] {
            #expect(throws: DamagedProgram.self) { try content(bytes.with(count, at: 0x3C)) }
        }
        for index in [UInt16(0), 5, .max] {
            #expect(throws: DamagedProgram.self) { try content(bytes.with(index, at: 0x3E)) }
        }
        for size in [UInt16(0), 63, 65, .max] {
            #expect(throws: DamagedProgram.self) { try content(bytes.with(size, at: 0x3A)) }
        }
        #expect(throws: DamagedProgram.self) { try content(bytes.with(UInt32.max, at: own)) }
    }

    @Test("a name that stands twice, a section without bytes and a compressed one are damage")
    func ambiguous() {
        let section = ProgramFile.Section(name: "coffer.permissions", content: [0x6E])
        #expect(throws: DamagedProgram.self) {
            try content(ProgramFile([section, section]).bytes)
        }
        var empty = section
        empty.type = 8
        #expect(throws: DamagedProgram.self) { try content(ProgramFile([empty]).bytes) }
        var compressed = section
        compressed.flags = 1 << 11
        #expect(throws: DamagedProgram.self) { try content(ProgramFile([compressed]).bytes) }
    }

    @Test("whatever byte of the file is another, there is an answer")
    func anyByte() {
        let bytes = Self.file.bytes
        for index in bytes.indices {
            for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] where value != bytes[index] {
                var changed = bytes
                changed[index] = value
                _ = try? content(changed)
            }
        }
    }
}
