// The sections of a program's file, as far as one of them is looked for by its name. The file is
// somebody's bytes: everything in it that is a place or a size is held against the file's own size.

/// A 64-bit little-endian ELF file whose sections make no sense.
struct DamagedProgram: Error, Equatable {}

enum ELFSections {
    private static let headerBytes = 64
    private static let entryBytes = 64
    private static let typeNoBits: UInt32 = 8
    private static let flagCompressed: UInt64 = 1 << 11

    private struct Section {
        var name: Int
        var type: UInt32
        var flags: UInt64
        var range: Range<Int>?
    }

    /// What is in the section of that name; `nil` if the file has none, or is no ELF file. A name
    /// that stands there twice is damage: two readers would not agree on it.
    static func content(
        of name: String, in file: UnsafeRawBufferPointer
    ) throws(DamagedProgram) -> [UInt8]? {
        guard file.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else { return nil }
        // 64 bits, little-endian, version 1.
        guard file.count >= headerBytes, file[4] == 2, file[5] == 1, file[6] == 1 else {
            throw DamagedProgram()
        }
        let table = try place(uint64(file, 0x28))
        let size = Int(uint16(file, 0x3A))
        let count = Int(uint16(file, 0x3C))
        let namesIndex = Int(uint16(file, 0x3E))
        if table == 0 && count == 0 { return nil }
        let (tableBytes, _) = count.multipliedReportingOverflow(by: entryBytes)
        guard size == entryBytes, count > 0, namesIndex > 0, namesIndex < count,
            let entries = range(from: table, count: tableBytes, in: file)
        else { throw DamagedProgram() }

        func section(_ index: Int) throws(DamagedProgram) -> Section {
            let at = entries.lowerBound + index * entryBytes
            let type = uint32(file, at + 4)
            let offset = try place(uint64(file, at + 24))
            let size = try place(uint64(file, at + 32))
            return Section(
                name: Int(uint32(file, at)), type: type, flags: uint64(file, at + 8),
                range: type == typeNoBits ? nil : range(from: offset, count: size, in: file))
        }
        guard let names = try section(namesIndex).range else { throw DamagedProgram() }
        var found: Section?
        let wanted = Array(name.utf8) + [0]
        for index in 1..<count {
            let section = try section(index)
            guard section.name < names.count else { throw DamagedProgram() }
            guard file[names].dropFirst(section.name).starts(with: wanted) else { continue }
            guard found == nil else { throw DamagedProgram() }
            found = section
        }
        guard let found else { return nil }
        guard let content = found.range, found.flags & flagCompressed == 0 else {
            throw DamagedProgram()
        }
        return Array(file[content])
    }

    private static func place(_ value: UInt64) throws(DamagedProgram) -> Int {
        guard let value = Int(exactly: value) else { throw DamagedProgram() }
        return value
    }

    private static func range(
        from offset: Int, count: Int, in file: UnsafeRawBufferPointer
    ) -> Range<Int>? {
        let (end, overflow) = offset.addingReportingOverflow(count)
        guard offset >= 0, count >= 0, !overflow, end <= file.count else { return nil }
        return offset..<end
    }

    // The callers have looked at the bounds: these read within the header and within `entries`.

    private static func uint16(_ file: UnsafeRawBufferPointer, _ at: Int) -> UInt16 {
        UInt16(littleEndian: file.loadUnaligned(fromByteOffset: at, as: UInt16.self))
    }

    private static func uint32(_ file: UnsafeRawBufferPointer, _ at: Int) -> UInt32 {
        UInt32(littleEndian: file.loadUnaligned(fromByteOffset: at, as: UInt32.self))
    }

    private static func uint64(_ file: UnsafeRawBufferPointer, _ at: Int) -> UInt64 {
        UInt64(littleEndian: file.loadUnaligned(fromByteOffset: at, as: UInt64.self))
    }
}
