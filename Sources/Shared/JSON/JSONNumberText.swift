// The grammar of numbers.

extension JSONText {
    /// The end of the number that starts at `start` with a minus or a digit.
    func endOfNumber(from start: Int) throws(JSONFault) -> Int {
        var at = start
        if self[at] == Ascii.minus { at &+= 1 }
        if at < count, self[at] == Ascii.zero {
            at &+= 1
        } else {
            at = try endOfDigits(from: at)
        }
        if at < count, self[at] == Ascii.dot { at = try endOfDigits(from: at &+ 1) }
        // The bit is all that tells "E" from "e".
        if at < count, self[at] | 0x20 == Ascii.e {
            at &+= 1
            if at < count, self[at] == Ascii.plus || self[at] == Ascii.minus { at &+= 1 }
            at = try endOfDigits(from: at)
        }
        // "012" and "1.5.2": what follows a number is never one of its own characters.
        if at < count, Ascii.isDigit(self[at]) || self[at] == Ascii.dot {
            throw JSONFault(.invalidNumber, at)
        }
        return at
    }

    /// At least one digit must stand at `start`.
    private func endOfDigits(from start: Int) throws(JSONFault) -> Int {
        var at = start
        while at < count, Ascii.isDigit(self[at]) { at &+= 1 }
        guard at > start else { throw JSONFault(.invalidNumber, at) }
        return at
    }
}
