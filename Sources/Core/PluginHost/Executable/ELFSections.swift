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
    static func content(of name: String, in file: ProgramBytes) throws(DamagedProgram) -> [UInt8]? {
        let magic = try bytes(0..<min(4, file.count), of: file)
        guard magic.elementsEqual([0x7F, 0x45, 0x4C, 0x46]) else { return nil }
        guard file.count >= headerBytes else { throw DamagedProgram() }
        let header = try bytes(0..<headerBytes, of: file)
        // 64 bits, little-endian, version 1.
        guard header[4] == 2, header[5] == 1, header[6] == 1 else { throw DamagedProgram() }
        let table = try place(number(UInt64.self, header, 0x28))
        let size = Int(number(UInt16.self, header, 0x3A))
        let count = Int(number(UInt16.self, header, 0x3C))
        let namesIndex = Int(number(UInt16.self, header, 0x3E))
        if table == 0 && count == 0 { return nil }
        let (tableBytes, _) = count.multipliedReportingOverflow(by: entryBytes)
        guard size == entryBytes, count > 0, namesIndex > 0, namesIndex < count,
            let places = range(from: table, count: tableBytes, in: file)
        else { throw DamagedProgram() }
        let entries = try bytes(places, of: file)

        func section(_ index: Int) throws(DamagedProgram) -> Section {
            let at = index * entryBytes
            let type = number(UInt32.self, entries, at + 4)
            let offset = try place(number(UInt64.self, entries, at + 24))
            let size = try place(number(UInt64.self, entries, at + 32))
            return Section(
                name: Int(number(UInt32.self, entries, at)), type: type,
                flags: number(UInt64.self, entries, at + 8),
                range: type == typeNoBits ? nil : range(from: offset, count: size, in: file))
        }
        guard let names = try section(namesIndex).range else { throw DamagedProgram() }
        var found: Section?
        let wanted = Array(name.utf8) + [0]
        for index in 1..<count {
            let section = try section(index)
            guard section.name < names.count else { throw DamagedProgram() }
            let own = names.dropFirst(section.name).prefix(wanted.count)
            guard try bytes(own, of: file) == wanted else { continue }
            guard found == nil else { throw DamagedProgram() }
            found = section
        }
        guard let found else { return nil }
        guard let content = found.range, found.flags & flagCompressed == 0 else {
            throw DamagedProgram()
        }
        return try bytes(content, of: file)
    }

    private static func bytes(
        _ range: Range<Int>, of file: ProgramBytes
    ) throws(DamagedProgram) -> [UInt8] {
        guard let bytes = file.read(range), bytes.count == range.count else {
            throw DamagedProgram()
        }
        return bytes
    }

    private static func place(_ value: UInt64) throws(DamagedProgram) -> Int {
        guard let value = Int(exactly: value) else { throw DamagedProgram() }
        return value
    }

    private static func range(
        from offset: Int, count: Int, in file: ProgramBytes
    ) -> Range<Int>? {
        let (end, overflow) = offset.addingReportingOverflow(count)
        guard offset >= 0, count >= 0, !overflow, end <= file.count else { return nil }
        return offset..<end
    }

    /// The callers have looked at the bounds: this reads within the header and within the table.
    private static func number<T: FixedWidthInteger>(
        _ type: T.Type, _ bytes: [UInt8], _ at: Int
    ) -> T {
        bytes.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: type)) }
    }
}
