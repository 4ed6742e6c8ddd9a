// Why a pattern or a key template cannot be used.

public enum PathPatternError: Error, Sendable, Equatable {
    case invalidCaptureName
    case repeatedCaptureName
    case tooManyCaptures
    case secondRest
    case optionalRestNotLast
    case unbalancedBrace
}

extension PathPatternError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidCaptureName: "a capture's name consists of letters, digits, \"_\" and \"-\""
        case .repeatedCaptureName: "the same capture name is used twice"
        case .tooManyCaptures: "more than \(PathPattern.maxCaptures) captures"
        case .secondRest: "only one capture may span segments"
        case .optionalRestNotLast: "an optional capture must be the last part"
        case .unbalancedBrace: "a brace without its partner"
        }
    }
}
