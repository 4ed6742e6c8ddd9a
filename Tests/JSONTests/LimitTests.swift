// Documents that cost too much are refused before they do.

import JSON
import Testing

@Suite struct LimitTests {
    private func code(_ text: String, _ limits: JSONLimits = .standard) -> JSONError.Code? {
        do throws(JSONError) {
            try JSONScanner.validate(Array(text.utf8), limits: limits)
            _ = try JSONValue(parsing: text, limits: limits)
            return nil
        } catch {
            return error.code
        }
    }

    @Test("128 levels are read and the 129th is refused, for arrays and objects")
    func depth() {
        for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
            func nested(_ levels: Int) -> String {
                String(repeating: open, count: levels) + "0"
                    + String(repeating: close, count: levels)
            }
            #expect(code(nested(128)) == nil)
            #expect(code(nested(129)) == .tooDeep)
        }
    }

    @Test("a million open brackets are refused at once, with no stack to overflow")
    func depthBomb() {
        #expect(code(String(repeating: "[", count: 1_000_000)) == .tooDeep)
        #expect(code(String(repeating: #"{"a":"#, count: 1_000_000)) == .tooDeep)
        #expect(
            code(String(repeating: "[", count: 1_000_000), JSONLimits(maxDepth: .max)) == .tooDeep)
    }

    @Test("10 000 members are read and one more is refused, for arrays and objects")
    func members() {
        func array(_ count: Int) -> String {
            "[\(Array(repeating: "0", count: count).joined(separator: ","))]"
        }
        func object(_ count: Int) -> String {
            "{\((0..<count).map { "\"\($0)\":0" }.joined(separator: ","))}"
        }
        #expect(code(array(10_000)) == nil)
        #expect(code(array(10_001)) == .tooManyMembers)
        #expect(code(array(10_001), .unlimitedMembers) == nil)
        #expect(code(object(10_000)) == nil)
        #expect(code(object(10_001)) == .tooManyMembers)
        #expect(code(object(10_001), .unlimitedMembers) == nil)
        #expect(code("[[0,0],[0,0]]", JSONLimits(maxMembersPerContainer: 2)) == nil)
    }

    @Test("values are counted over the whole document, containers among them")
    func values() {
        let limits = JSONLimits(maxValues: 6)
        #expect(code(#"{"a":[1,"x",null],"b":true}"#, limits) == nil)
        #expect(code(#"{"a":[1,"x",null],"b":{}}"#, limits) == nil)
        for more in [#"{"a":[1,"x",null],"b":[[]]}"#, "[1,2,3,4,5,6]", "[[[[[[[]]]]]]]"] {
            #expect(code(more, limits) == .tooManyValues)
        }
        #expect(code("0", JSONLimits(maxValues: 0)) == .tooManyValues)
    }
}
