// Names of hosts in other scripts than ASCII's, as the DNS and certificates have them: `xn--…`
// (IDNA 2008 after the mapping of UTS 46).

internal import CIDN2

enum InternationalName {
    /// The name in ASCII, which may be itself; of a mail address only the host is changed. Nil
    /// where the name cannot be written so.
    static func ascii(_ name: String) -> String? {
        if isASCII(name.utf8[...]) { return name }
        guard name.utf8.count <= Limits.maxInternationalNameBytes else { return nil }
        var (prefix, host) = ("", name[...])
        if let sign = name.utf8.lastIndex(of: UInt8(ascii: "@")) {
            guard isASCII(name.utf8[..<sign]) else { return nil }
            prefix = String(name[...sign])
            host = name[name.utf8.index(after: sign)...]
        }
        var labels: [String] = []
        for part in host.utf8.split(
            separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        {
            let text = String(Substring(part))
            guard let label = isASCII(part) ? text : label(text) else { return nil }
            labels.append(label)
        }
        return prefix + labels.joined(separator: ".")
    }

    private static func isASCII(_ bytes: Substring.UTF8View) -> Bool {
        bytes.allSatisfy { $0 < 0x80 }
    }

    /// One label stays one label: a sign that stands for a dot elsewhere makes no more of it.
    private static func label(_ text: String) -> String? {
        guard !text.utf8.contains(0) else { return nil }
        // Not with the library's own rules for ASCII: it leaves out what they do not allow, and
        // makes another name of it. Here such signs come through, and the name is refused.
        let flags = IDN2_NFC_INPUT.rawValue | IDN2_NONTRANSITIONAL.rawValue
        var output: UnsafeMutablePointer<CChar>?
        guard idn2_to_ascii_8z(text, &output, CInt(bitPattern: flags)) == IDN2_OK.rawValue,
            let output
        else { return nil }
        defer { idn2_free(output) }
        let label = String(cString: output)
        return HostName.isValid(label) && !label.utf8.contains(UInt8(ascii: ".")) ? label : nil
    }
}
