// What the lexer hands to the parser.

struct HCLToken {
    enum Kind: Equatable {
        case identifier(String)
        case string(String)
        case number(String)
        case bool(Bool)
        case assign
        case leftBrace
        case rightBrace
        case leftBracket
        case rightBracket
        case comma
        case end
    }

    let kind: Kind
    let position: HCLPosition

    /// For messages; says what kind of token it is and never what a string contains.
    var kindName: String {
        switch kind {
        case .identifier: "a name"
        case .string: "a string"
        case .number: "a number"
        case .bool: "a boolean"
        case .assign: "\"=\""
        case .leftBrace: "\"{\""
        case .rightBrace: "\"}\""
        case .leftBracket: "\"[\""
        case .rightBracket: "\"]\""
        case .comma: "\",\""
        case .end: "the end of the text"
        }
    }
}
