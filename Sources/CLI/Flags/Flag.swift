// The definition of one flag. It is the only one: the parser, the environment's defaults, the help
// text and the shell completion are all made from it.

struct Flag: Sendable {
    enum Kind: Sendable {
        case boolean
        case string
        case integer
        case duration
        /// May be given several times; every value counts.
        case strings
        /// `key=value`, may be given several times.
        case pairs
    }

    let name: String
    let kind: Kind
    let help: String
    var aliases: [String] = []
    /// What stands for the value in the help: `-ca-cert=<path>`.
    var placeholder: String
    /// The tail of the variables that give the default: `ADDR` for `COFFER_ADDR`, `VAULT_ADDR`.
    var environment: String?
    /// The default, as the help shows it and as the accessors of `FlagValues` return it.
    var fallback: String?
    /// The only values allowed; empty when anything goes.
    var choices: [String] = []

    init(
        _ name: String, _ kind: Kind, _ help: String, aliases: [String] = [],
        placeholder: String? = nil, environment: String? = nil, fallback: String? = nil,
        choices: [String] = []
    ) {
        self.name = name
        self.kind = kind
        self.help = help
        self.aliases = aliases
        self.placeholder = placeholder ?? Flag.usualPlaceholder(kind)
        self.environment = environment
        self.fallback = fallback
        self.choices = choices
    }

    var takesValue: Bool { kind != .boolean }

    func isCalled(_ text: String) -> Bool { name == text || aliases.contains(text) }

    private static func usualPlaceholder(_ kind: Kind) -> String {
        switch kind {
        case .boolean: ""
        case .string, .strings: "string"
        case .integer: "int"
        case .duration: "duration"
        case .pairs: "key=value"
        }
    }
}
