// Limits of the method, with units in the names.

enum Limits {
    static let maxUserNameBytes = 512

    /// bcrypt looks at no more of a password.
    static let maxPasswordBytes = 72
    /// Each step doubles what a guess costs, and what a login costs.
    static let passwordCost = 10
    /// What a hash that somebody brings may cost: less protects nothing, and more would let a
    /// login keep a processor busy for seconds.
    static let broughtCost = 5...12
}
