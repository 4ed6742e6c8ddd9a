// What tokens and accessors look like, and the time that the ones of ours begin with.

internal import Cryptography

/// A token is `hvs.`, its number in nine characters and 24 random ones (142 bits). Its accessor is
/// the same number and 15 random characters (89 bits).
///
/// The number is the time of making, and it leads the token's name in storage as well: what is made
/// together lies together, so a thousand tokens touch a few pages and not a thousand. It is no
/// secret. It also leads from the accessor to the token, without an index.
///
/// A text of another form is just as good a token. It has no number, is found by its digest alone
/// and by its accessor through an index: the first root token, ids of somebody's own choice, and
/// tokens of older versions.
enum TokenText {
    private static let prefix = "hvs."
    private static let randomCharacters = 24
    private static let accessorCharacters = 24
    static let characters = prefix.utf8.count + SerialNumber.characters + randomCharacters

    static func token(_ number: UInt64) -> String {
        prefix + SerialNumber.text(number) + Base62.random(randomCharacters)
    }

    /// A token without a number, as short as Vault's.
    static func plainToken() -> String { prefix + Base62.random(randomCharacters) }

    static func accessor(_ number: UInt64) -> String { SerialNumber.name(number) }

    static func plainAccessor() -> String { Base62.random(accessorCharacters) }

    /// The number of a token; `nil` if the text is not of this form.
    static func number(ofToken text: UnsafeRawBufferPointer) -> UInt64? {
        guard text.count >= characters, text.starts(with: prefix.utf8),
            hasEnd(text, at: characters)
        else { return nil }
        return SerialNumber.leading(text.dropFirst(prefix.utf8.count))
    }

    /// The number that an accessor would begin with, if it has one.
    static func number(ofAccessor text: String) -> UInt64? {
        var text = text
        return text.withUTF8 { characters in
            let text = UnsafeRawBufferPointer(characters)
            guard text.count >= accessorCharacters, hasEnd(text, at: accessorCharacters) else {
                return nil
            }
            return SerialNumber.leading(text[...])
        }
    }

    /// A namespace may follow, after a dot.
    private static func hasEnd(_ text: UnsafeRawBufferPointer, at count: Int) -> Bool {
        text.count == count || text[count] == UInt8(ascii: ".")
    }
}
