// Names of OpenSSL's parameters. A parameter keeps the pointer to its name, and a Swift string that
// is handed to C is there for the length of the call only: these are there as long as the process.

struct ParameterName {
    private let name: StaticString

    private init(_ name: StaticString) { self.name = name }

    /// Literals end with a zero.
    var cString: UnsafePointer<CChar> {
        UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
    }

    static let digest = ParameterName("digest")
    static let key = ParameterName("key")
    static let info = ParameterName("info")

    static let group = ParameterName("group")
    static let secret = ParameterName("priv")
    static let point = ParameterName("pub")

    static let modulus = ParameterName("n")
    static let publicExponent = ParameterName("e")
    static let privateExponent = ParameterName("d")
    static let firstPrime = ParameterName("rsa-factor1")
    static let secondPrime = ParameterName("rsa-factor2")
    static let firstExponent = ParameterName("rsa-exponent1")
    static let secondExponent = ParameterName("rsa-exponent2")
    static let coefficient = ParameterName("rsa-coefficient1")
}
