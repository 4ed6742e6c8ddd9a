// An ELF file made by hand, so that a test can bend every part of it.

/// The smallest file with a section of text, and names for its sections.
struct ProgramFile {
    struct Section {
        var name: String
        var content: [UInt8]
        var type: UInt32 = 1
        var flags: UInt64 = 0
    }

    static let headerBytes = 64
    static let entryBytes = 64

    var sections: [Section]

    init(_ sections: [Section]) { self.sections = sections }

    init(permissions: String) {
        self.init([Section(name: "coffer.permissions", content: Array(permissions.utf8))])
    }

    /// The header, the sections' contents, the names, and the table of the sections.
    var bytes: [UInt8] {
        var names: [UInt8] = [0]
        var body: [UInt8] = []
        var table = [UInt8](repeating: 0, count: Self.entryBytes)
        for section in sections + [Section(name: ".shstrtab", content: [], type: 3)] {
            let name = UInt32(names.count)
            names += Array(section.name.utf8) + [0]
            let isNames = section.name == ".shstrtab"
            let content = isNames ? names : section.content
            table += Self.number(name) + Self.number(section.type) + Self.number(section.flags)
            table += Self.number(UInt64(0)) + Self.number(UInt64(Self.headerBytes + body.count))
            table += Self.number(UInt64(content.count)) + [UInt8](repeating: 0, count: 24)
            body += content
        }
        var header: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
        header += [UInt8](repeating: 0, count: 0x28 - header.count)
        header += Self.number(UInt64(Self.headerBytes + body.count))
        header += [UInt8](repeating: 0, count: 0x3A - header.count)
        header += Self.number(UInt16(Self.entryBytes)) + Self.number(UInt16(sections.count + 2))
        header += Self.number(UInt16(sections.count + 1))
        return header + body + table
    }

    static func number<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}

extension [UInt8] {
    /// With a number of the file's written over.
    func with<T: FixedWidthInteger>(_ value: T, at offset: Int) -> [UInt8] {
        var changed = self
        changed.replaceSubrange(
            offset..<offset + MemoryLayout<T>.size, with: ProgramFile.number(value))
        return changed
    }
}
