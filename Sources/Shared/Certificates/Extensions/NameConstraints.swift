// Which names an authority may certify (RFC 5280, 4.2.1.10).

public struct NameConstraints: Sendable, Hashable {
    public var permitted: [GeneralName] = []
    public var excluded: [GeneralName] = []

    public init() {}

    public var isEmpty: Bool { permitted.isEmpty && excluded.isEmpty }

    public var asExtension: CertificateExtension {
        CertificateExtension(.nameConstraints, critical: true) { writer in
            writer.sequence { inner in
                Self.write(permitted, tag: 0, to: &inner)
                Self.write(excluded, tag: 1, to: &inner)
            }
        }
    }

    private static func write(_ names: [GeneralName], tag: UInt8, to writer: inout DERWriter) {
        guard !names.isEmpty else { return }
        writer.constructed(DERTag.context(tag, constructed: true)) { trees in
            for name in names { trees.sequence { name.write(to: &$0) } }
        }
    }

    public init(der: [UInt8]) throws(CertificateError) {
        var reader = DERReader(der)
        var inner = try reader.sequence()
        while !inner.isAtEnd {
            guard let tag = inner.nextTag else { break }
            var trees = try inner.constructed(tag)
            var names: [GeneralName] = []
            while !trees.isAtEnd {
                var tree = try trees.sequence()
                let (tag, content) = try tree.element()
                var one = DERWriter()
                one.sequence { $0.element(tag, content) }
                names += try GeneralName.decode(one.bytes)
            }
            switch tag {
            case DERTag.context(0, constructed: true): permitted = names
            case DERTag.context(1, constructed: true): excluded = names
            default: throw CertificateError(.malformed, "the name constraints cannot be read")
            }
        }
    }

    /// Whether an authority with these constraints may certify the name.
    public func allow(_ name: GeneralName) -> Bool {
        if excluded.contains(where: { Self.matches(name, $0) }) { return false }
        let sameKind = permitted.filter { Self.isSameKind(name, $0) }
        return sameKind.isEmpty || sameKind.contains { Self.matches(name, $0) }
    }

    private static func isSameKind(_ name: GeneralName, _ constraint: GeneralName) -> Bool {
        switch (name, constraint) {
        case (.dns, .dns), (.email, .email), (.uri, .uri), (.ip, .ip): true
        default: false
        }
    }

    private static func matches(_ name: GeneralName, _ constraint: GeneralName) -> Bool {
        switch (name, constraint) {
        case (.dns(let name), .dns(let domain)):
            return isBelow(name, domain, allowsDomain: true)
        case (.email(let address), .email(let constraint)):
            guard !constraint.utf8.contains(UInt8(ascii: "@")) else {
                return address.lowercased() == constraint.lowercased()
            }
            guard let host = address.split(separator: "@").last else { return false }
            return isBelow(
                String(host), constraint, allowsDomain: !constraint.hasPrefix("."))
                && (constraint.hasPrefix(".") || host.lowercased() == constraint.lowercased())
        case (.uri(let uri), .uri(let constraint)):
            guard let host = uriHost(uri) else { return false }
            return constraint.hasPrefix(".")
                ? isBelow(host, constraint, allowsDomain: false)
                : host.lowercased() == constraint.lowercased()
        case (.ip(let address), .ip(let network)):
            guard network.count == 2 * address.count else { return false }
            return address.indices.allSatisfy {
                address[$0] & network[address.count + $0]
                    == network[$0] & network[address.count + $0]
            }
        default: return false
        }
    }

    /// A domain constraint is met by itself and by all below it; with a dot before it by those
    /// below only.
    private static func isBelow(_ name: String, _ domain: String, allowsDomain: Bool) -> Bool {
        let (name, domain) = (name.lowercased(), domain.lowercased())
        if domain.isEmpty { return true }
        let bare = domain.hasPrefix(".") ? String(domain.dropFirst()) : domain
        if name == bare { return allowsDomain && !domain.hasPrefix(".") }
        return name.hasSuffix("." + bare)
    }

    private static func uriHost(_ uri: String) -> String? {
        guard let start = uri.range(ofSlashes: ()) else { return nil }
        let authority = uri[start...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let host = authority.split(separator: "@").last ?? ""
        return String(host.prefix { $0 != ":" })
    }
}

extension String {
    /// Where a URI's authority begins.
    fileprivate func range(ofSlashes: Void) -> String.Index? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix("://") { return self.index(index, offsetBy: 3) }
            index = self.index(after: index)
        }
        return nil
    }
}
