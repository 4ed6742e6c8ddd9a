// What a user proves itself with, as far as the server is told.

enum Credential: Sendable, Hashable {
    case password(String)
    /// SubjectPublicKeyInfo in PEM.
    case publicKey(String)
    /// Of the client certificate that the user will show.
    case subject(CertificateSubject)

    /// What must not be in what others say about it.
    var secrets: [String] {
        if case .password(let password) = self { [password] } else { [] }
    }

    /// By its name in statements. Servers write subjects in ways of their own.
    func placeholder(
        _ subject: (CertificateSubject) -> String
    ) -> (name: String, value: String) {
        switch self {
        case .password(let password): ("password", password)
        case .publicKey(let pem): ("public_key", pem)
        case .subject(let name): ("subject", subject(name))
        }
    }
}

extension Credential {
    /// The statements where an operator gave none.
    func usualStatements(_ forPasswords: String) throws(DatabaseError) -> [String] {
        guard case .password = self else {
            throw DatabaseError(.invalid, "there are no usual statements for this credential_type")
        }
        return [forPasswords]
    }
}

/// A subject that is one common name.
struct CertificateSubject: Sendable, Hashable {
    let commonName: String

    /// `CN=name` (RFC 4514, 2.4).
    var text: String {
        let bytes = Array(commonName.utf8)
        let special = Array(",+\"\\<>;".utf8)
        var text: [UInt8] = []
        for (place, byte) in bytes.enumerated() {
            let isAtEdge = place == 0 || place == bytes.count - 1
            let isEscaped =
                special.contains(byte) || (byte == UInt8(ascii: " ") && isAtEdge)
                || (byte == UInt8(ascii: "#") && place == 0)
            if isEscaped { text.append(UInt8(ascii: "\\")) }
            text.append(byte)
        }
        return "CN=" + String(decoding: text, as: UTF8.self)
    }

    /// `/CN=name`, as OpenSSL prints a name on one line. MySQL and MariaDB compare that.
    var line: String {
        var text = "/CN="
        for byte in commonName.utf8 {
            if (0x20...0x7E).contains(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                text += "\\x" + (digits.utf8.count == 1 ? "0" : "") + digits
            }
        }
        return text
    }
}
