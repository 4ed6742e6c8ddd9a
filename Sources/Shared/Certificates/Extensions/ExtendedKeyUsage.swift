// Purposes of certificates by the names that the API has for them.

public enum ExtendedKeyUsage {
    private static let keyPurposes: [(name: String, oid: String)] = [
        ("Any", "2.5.29.37.0"),
        ("ServerAuth", "1.3.6.1.5.5.7.3.1"),
        ("ClientAuth", "1.3.6.1.5.5.7.3.2"),
        ("CodeSigning", "1.3.6.1.5.5.7.3.3"),
        ("EmailProtection", "1.3.6.1.5.5.7.3.4"),
        ("IPSECEndSystem", "1.3.6.1.5.5.7.3.5"),
        ("IPSECTunnel", "1.3.6.1.5.5.7.3.6"),
        ("IPSECUser", "1.3.6.1.5.5.7.3.7"),
        ("TimeStamping", "1.3.6.1.5.5.7.3.8"),
        ("OCSPSigning", "1.3.6.1.5.5.7.3.9"),
        ("MicrosoftServerGatedCrypto", "1.3.6.1.4.1.311.10.3.3"),
        ("NetscapeServerGatedCrypto", "2.16.840.1.113730.4.1"),
        ("MicrosoftCommercialCodeSigning", "1.3.6.1.4.1.311.2.1.22"),
        ("MicrosoftKernelCodeSigning", "1.3.6.1.4.1.311.61.1.1"),
    ]

    private static let table: [String: ObjectIdentifier] = {
        var table: [String: ObjectIdentifier] = [:]
        for (name, text) in keyPurposes { table[name.lowercased()] = ObjectIdentifier(text) }
        return table
    }()

    /// Case does not matter, and a prefix `ExtKeyUsage` may stand before it.
    public static func oid(_ name: String) -> ObjectIdentifier? {
        let name = name.lowercased()
        let prefix = "extkeyusage"
        return table[name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name]
    }
}
