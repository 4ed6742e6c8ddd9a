// `printf` as Go has it, as far as it is about texts and whole numbers. Where Go prints a complaint
// into the text, such as %!d(string=x), this throws: nobody wants a user of that name.

import Cryptography
import Paths
import PluginSDK

struct PrintFormat {
    private static let known =
        "printf knows %s, %q, %v, %d, %x, %X and %%, with a width, a precision, and the flags "
        + "\"-\" and \"0\""

    private var format: ArraySlice<UInt8>
    private var values: ArraySlice<TemplateValue>
    private var result: [UInt8] = []

    /// The first argument is the format.
    static func text(_ arguments: [TemplateValue]) throws(TemplateError) -> String {
        guard let format = arguments.first?.text else {
            throw TemplateError("printf takes a format")
        }
        var run = PrintFormat(
            format: Array(format.utf8)[...], values: arguments.dropFirst())
        return try run.text()
    }

    private mutating func text() throws(TemplateError) -> String {
        while let byte = format.popFirst() {
            if byte == UInt8(ascii: "%") {
                result += try directive().utf8
            } else {
                result.append(byte)
            }
            guard result.count <= Limits.maxTemplateValueBytes else {
                throw TemplateError("printf: the text becomes too long")
            }
        }
        guard values.isEmpty else { throw TemplateError("printf has more values than its format") }
        return String(decoding: result, as: UTF8.self)
    }

    private mutating func directive() throws(TemplateError) -> String {
        var pad = Padding()
        while let flag = format.first {
            if flag == UInt8(ascii: "-") {
                pad.isLeft = true
            } else if flag == UInt8(ascii: "0") {
                pad.hasZeros = true
            } else {
                break
            }
            format = format.dropFirst()
        }
        pad.width = try number()
        var precision: Int?
        if format.first == UInt8(ascii: ".") {
            format = format.dropFirst()
            precision = try number()
        }
        guard let verb = format.popFirst() else {
            throw TemplateError("printf: a \"%\" at the end. \(Self.known)")
        }
        if verb == UInt8(ascii: "%") { return "%" }
        guard "sqvdxX".utf8.contains(verb) else { throw TemplateError(Self.known) }
        guard let value = values.popFirst() else {
            throw TemplateError("printf has fewer values than its format")
        }
        switch (verb, value) {
        case (UInt8(ascii: "d"), .text):
            throw TemplateError("printf: %d takes a number, and not a text; %s takes both")
        case (UInt8(ascii: "d"), .number(let number)), (UInt8(ascii: "d"), .time(let number)),
            (UInt8(ascii: "v"), .number(let number)):
            return pad.number(number, radix: 10, isUppercase: false, precision)
        case (UInt8(ascii: "x"), .number(let number)), (UInt8(ascii: "X"), .number(let number)):
            return pad.number(
                number, radix: 16, isUppercase: verb == UInt8(ascii: "X"), precision)
        case (UInt8(ascii: "x"), _), (UInt8(ascii: "X"), _):
            let bytes = Array(value.text.utf8.prefix(precision ?? .max))
            let digits = Hex.encode(bytes)
            return pad.text(verb == UInt8(ascii: "X") ? digits.uppercased() : digits)
        default:
            var text = value.text
            if let precision { text = String(text.unicodeScalars.prefix(precision)) }
            return pad.text(verb == UInt8(ascii: "q") ? Self.quoted(text) : text)
        }
    }

    /// A width or a precision; 0 if there is none.
    private mutating func number() throws(TemplateError) -> Int {
        var number = 0
        while let digit = format.first, (0x30...0x39).contains(digit) {
            number = number * 10 + Int(digit - 0x30)
            guard number <= Limits.maxUsernameBytes else {
                throw TemplateError(
                    "printf: a width or a precision is at most \(Limits.maxUsernameBytes)")
            }
            format = format.dropFirst()
        }
        return number
    }

    /// In double quotes, and with what cannot be printed written out.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\" + String(scalar)
            case "\u{07}": result += "\\a"
            case "\u{08}": result += "\\b"
            case "\u{0C}": result += "\\f"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0B}": result += "\\v"
            case _ where VisibleText.isPrintable(scalar): result.unicodeScalars.append(scalar)
            default:
                let (letter, width) =
                    scalar.value < 0x80
                    ? ("x", 2) : scalar.value < 0x1_0000 ? ("u", 4) : ("U", 8)
                let digits = String(scalar.value, radix: 16)
                result += "\\" + letter + String(repeating: "0", count: width - digits.utf8.count)
                result += digits
            }
        }
        return result + "\""
    }
}

/// How a value is brought to its width.
private struct Padding {
    var width = 0
    var isLeft = false
    var hasZeros = false

    func text(_ text: String) -> String { filled("", text, withZeros: hasZeros) }

    func number(
        _ number: Int, radix: Int, isUppercase: Bool, _ precision: Int?
    ) -> String {
        var digits = String(number.magnitude, radix: radix, uppercase: isUppercase)
        if let precision {
            if precision == 0, number == 0 { digits = "" }
            digits =
                String(repeating: "0", count: max(0, precision - digits.utf8.count)) + digits
        }
        // A precision says already how many zeros there are.
        return filled(number < 0 ? "-" : "", digits, withZeros: hasZeros && precision == nil)
    }

    private func filled(_ sign: String, _ text: String, withZeros: Bool) -> String {
        let missing = max(0, width - sign.utf8.count - text.unicodeScalars.count)
        if isLeft { return sign + text + String(repeating: " ", count: missing) }
        return withZeros
            ? sign + String(repeating: "0", count: missing) + text
            : String(repeating: " ", count: missing) + sign + text
    }
}
